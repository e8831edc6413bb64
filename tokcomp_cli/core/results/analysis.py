"""What a run found out. Console, JSON, pages and plots read these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.advice import Detail, Lod, Serving
from tokcomp_cli.core.results.curve import Recommendation, Weakest
from tokcomp_cli.core.results.difficulty import Difficulty, Resolution
from tokcomp_cli.core.results.keep_maps import KeepMap, NestedMaps
from tokcomp_cli.core.results.sampling import GateFacts, SamplingFacts

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class WorstFrame:
    """The frame of which least is explained: its file frame number, time in seconds and `explained`."""

    frame: int
    seconds: float
    explained: float


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What is left of the content after a stage (definitions: docs/numbers.md).

    Attributes:
        explained: Share of the content energy that the kept tokens explain, each patch counting as much as
            it is salient.
        explained_evenly: The same with all patches counting alike, exact for owned patches.
        explained_p5: 5th percentile of `explained` over frames.
        cosine: Mean cosine of a patch's content and what stands for it.
        pooled: Cosine of the size-weighted mean token before and after.
        saliency_kept: Share of the saliency in patches that a token owns.
        coverage: Largest distance (1 - cosine) from a patch to the nearest kept token of its merged frame.
        rank_kept: Effective rank of the kept tokens divided by that of all patches.
        worst_frame: The frame that lost most.
        lift: `explained` minus the mean of five random selections of the same count; None if not measured.
        sampled: Frames on which the per-frame figures were measured, where not all were; None = all.
    """

    explained: float
    explained_evenly: float
    explained_p5: float
    cosine: float
    pooled: float
    saliency_kept: float
    coverage: float
    rank_kept: float
    worst_frame: WorstFrame
    lift: float | None = None
    sampled: int | None = None


@dataclass(frozen=True, slots=True)
class StageRecord:
    """One line of the ledger.

    Attributes:
        name: `spatial`, `temporal` or `budget`.
        method: Name in the table of methods.
        params: Settings of the method in force.
        tokens_in, tokens_out: Tokens before and after, over the whole input.
        fidelity: What is left after this stage.
        notes: What was changed, limited or fallen back to, each a short sentence.
    """

    name: str
    method: str
    params: Mapping[str, Scalar]
    tokens_in: int
    tokens_out: int
    fidelity: Fidelity
    notes: tuple[str, ...] = ()

    @property
    def reduction(self) -> float:
        """Return the share of the stage's input that is gone."""
        return 1 - self.tokens_out / self.tokens_in


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of the timeline: a run of frames that share one set of tokens.

    Attributes:
        start_seconds: Presentation time of the first frame.
        end_seconds: Presentation time of the last frame plus its duration.
        first_frame, last_frame: The file's frame numbers in presentation order.
        frames: Sampled frames in it.
        tokens: Tokens left for it after the budget stage.
        similarity: Mean of the similarities at which frames joined; None for a single frame.
    """

    start_seconds: float
    end_seconds: float
    first_frame: int
    last_frame: int
    frames: int
    tokens: int
    similarity: float | None


@dataclass(frozen=True, slots=True)
class FrameSimilarity:
    """How each sampled frame compared with the open merged frame, in order; None for the first.

    Attributes:
        statistic: Over the cosines of co-located patches: `mean`, `p10` or `min`.
        threshold: Above which a frame joins; None where the method has none.
        values: One similarity a sampled frame.
    """

    statistic: str
    threshold: float | None
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class LayerSchedule:
    """Visual tokens inside the language model when layers drop them progressively.

    Attributes:
        keep: Kept fractions of the LLM input at depth 0, 1/4, 1/2 and 3/4.
        tokens: Visual tokens that enter each layer.
    """

    keep: tuple[float, ...]
    tokens: tuple[int, ...]

    @property
    def last(self) -> int:
        """Return the tokens in the last layer."""
        return self.tokens[-1]

    @property
    def mean(self) -> float:
        """Return the mean over layers."""
        return sum(self.tokens) / len(self.tokens)


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step of a progressive reduction.

    Attributes:
        ratio: Tokens over budget before the step.
        method: `merge`, `prune`, `deduplicate` or `merge pairs`.
        tokens_in, tokens_out: Tokens before and after.
        explained_lost: `explained` before minus after.
    """

    ratio: float
    method: str
    tokens_in: int
    tokens_out: int
    explained_lost: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What keep-maps are drawn from.

    Attributes:
        tokens: Total of the maps.
        timeline: Merged frames; frames where a method chose over the whole video.
        maps: One an entry of the timeline.
        nested: The maps at other budgets; None where they are no cuts through dendrograms.
    """

    tokens: int
    timeline: tuple[TimelineEntry, ...]
    maps: tuple[KeepMap, ...]
    nested: NestedMaps | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything one run found out about one input.

    `recommended_maps` are those of the recommendation, where it is made with other settings.
    """

    media: MediaFacts
    sampling: SamplingFacts
    encoder: EncoderFacts
    plan: Mapping[str, Scalar]
    stages: tuple[StageRecord, ...]
    layers: LayerSchedule
    timeline: tuple[TimelineEntry, ...]
    frame_similarity: FrameSimilarity
    difficulty: Difficulty
    verdict: str
    maps: tuple[KeepMap, ...]
    nested: NestedMaps | None = None
    recommended_maps: Shown | None = None
    trace: tuple[TraceStep, ...] = ()
    recommendation: Recommendation | None = None
    detail: Detail | None = None
    lod: Lod | None = None
    serving: Serving | None = None
    resolution: Resolution | None = None
    weakest: Weakest | None = None
    gate: GateFacts | None = None
    warnings: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    @property
    def original(self) -> int:
        """Return the patch tokens of all sampled frames."""
        return self.stages[0].tokens_in

    @property
    def llm_input(self) -> int:
        """Return the visual tokens that a language model would read."""
        return self.stages[-1].tokens_out

    @property
    def reduction(self) -> float:
        """Return 1 - llm_input / original."""
        return 1 - self.llm_input / self.original

    @property
    def shown(self) -> tuple[Shown, ...]:
        """Return what keep-maps are drawn from: the settings in force, then another recommendation."""
        now = Shown(self.llm_input, self.timeline, self.maps, self.nested)
        return (now,) if self.recommended_maps is None else (now, self.recommended_maps)

    @property
    def recommends_other(self) -> bool:
        """Return whether the recommendation is made with other settings than those in force."""
        options = {} if self.recommendation is None else self.recommendation.options
        return any(self.plan.get(key) != value for key, value in options.items())

    @property
    def fidelity(self) -> Fidelity:
        """Return what is left at the language model's input."""
        return self.stages[-1].fidelity


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be done: its path as given, the error's name and its sentence."""

    path: str
    type: str
    message: str
