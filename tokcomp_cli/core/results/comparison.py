"""What a comparison of methods found out. Console, JSON and pages read these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import Fidelity
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.core.results.sampling import SamplingFacts

Pool = Literal["merged frames", "whole video"]
MERGED_FRAMES: Pool = "merged frames"
WHOLE_VIDEO: Pool = "whole video"
WHERE = {MERGED_FRAMES: "within merged frames", WHOLE_VIDEO: "over the whole video"}


@dataclass(frozen=True, slots=True)
class ComparedMethod:
    """One method at the count that all of them have.

    Attributes:
        method: Name in the table of methods; for a chain of stages, their methods joined by ` + `.
        stage: `spatial`: within merged frames, an equal share each; `temporal`: over the whole video;
            `one-shot`: within each sampled frame, none of them merged; `progressive`: stage after stage.
        control: Whether it is there to be beaten.
        tokens_out: Tokens that are left.
        fidelity: What is left of the content, with its lift.
        lift_spread: Standard deviation of `explained` over the random selections behind the lift.
        ms: Time that the method took, without decoding and encoding.
        between: Counts of the two grids between which a grid method was interpolated, or None.
        notes: What was changed or limited, each a short sentence.
        pool: Tokens that the method started from: those of the merged frames, or of all sampled frames.
        map: Which token each patch of the comparison's `mapped_frame` has; None without `--maps`.
    """

    method: str
    stage: str
    control: bool
    tokens_out: int
    fidelity: Fidelity
    lift_spread: float
    ms: float
    between: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    pool: Pool = MERGED_FRAMES
    map: KeepMap | None = None

    @property
    def label(self) -> str:
        """Return a name that no other row of a comparison has."""
        if self.stage == "one-shot":
            return f"{self.method} (one-shot)"
        return f"{self.method} ({self.pool})" if self.control and self.pool == WHOLE_VIDEO else self.method

    @property
    def lift(self) -> float:
        """Return `explained` minus the mean of random selections of the same count from the same pool."""
        return self.fidelity.lift or 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Methods at one count of one input's tokens, best first.

    Attributes:
        path: The input exactly as the user gave it.
        media, sampling: What was read; None where tokens came from a file.
        encoder: What made the tokens.
        original: Patch tokens of all sampled frames.
        merged_frames: Merged frames that the spatial methods worked on.
        tokens: Tokens that every method was left with.
        methods: The methods, the highest `explained` first.
        notes: Methods left out and why, and what was limited, each a sentence.
        signature: One line that says under which settings the figures were made.
        verdict: What won, and whether it matters.
        verdicts: The same for each pool, the one of the best method first.
        mapped_frame: The file's number of the frame whose keep-maps the methods have; None without.
        timings_ms: Milliseconds by part.
    """

    path: str
    media: MediaFacts | None
    sampling: SamplingFacts | None
    encoder: EncoderFacts
    original: int
    merged_frames: int
    tokens: int
    methods: tuple[ComparedMethod, ...]
    notes: tuple[str, ...]
    signature: str
    verdict: str
    verdicts: Mapping[Pool, str] = field(default_factory=dict)
    mapped_frame: int | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def tokens_of(self, pool: Pool) -> int:
        """Return how many tokens a pool holds."""
        return self.original if pool == WHOLE_VIDEO else self.merged_frames * self.encoder.num_patches


@dataclass(frozen=True, slots=True)
class MethodSummary:
    """One method over several files.

    Attributes:
        label, method, stage, control, pool: As in `ComparedMethod`.
        files: Files on which it ran.
        explained: Mean over files.
        spread: Standard deviation over files.
        lift: Over random selection from the same pool, on the same files.
        behind: `explained` of the pool's best method minus its own, on the files that both ran on.
        ms: Mean time a file.
    """

    label: str
    method: str
    stage: str
    control: bool
    pool: Pool
    files: int
    explained: float
    spread: float
    lift: Interval
    behind: Interval
    ms: float


@dataclass(frozen=True, slots=True)
class ComparisonSummary:
    """Several comparisons together, the highest mean first."""

    files: int
    methods: tuple[MethodSummary, ...]
    verdict: str
