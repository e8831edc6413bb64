"""What a stage is, and the one loop that runs a list of them."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from torch import Tensor

from tokcomp_cli.core.memory import give_back
from tokcomp_cli.core.results.analysis import (
    Fidelity,
    LayerSchedule,
    Scalar,
    StageRecord,
    TraceStep,
    WorstFrame,
)
from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.measure.fidelity import Original, measure
from tokcomp_cli.reduce.conservation import check_groups
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.video_tokens import VideoTokens

MANY = 32
"""Merged frames above which memory that a stage has freed is worth giving back."""
MEASURED_AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class TokensAsked:
    """How many tokens the budget stage lands on, and what the spatial stage keeps a merged frame for it.

    Attributes:
        total: Tokens for the whole input.
        num_keep: Tokens that a merged frame keeps.
        spatial_notes, budget_notes: What is to be said of either, each a sentence.
    """

    total: int
    num_keep: int
    spatial_notes: tuple[str, ...] = ()
    budget_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What a run holds between two stages.

    Attributes:
        original: What every stage is measured against.
        groups: Merged frames with their tokens; none as long as a whole video is untouched.
        video: All frames' tokens, where a temporal method chooses among them; else None.
        cells: Cell of each patch after frames of `video` were pooled, int64, (P,); None for single patches.
        per_frame: Whether each frame still has its own tokens: frames are merged by the temporal stage.
        asked: How many tokens the budget asks for, once that is known.
        curve: `explained` as a function of the total of tokens; None where no budget decides it.
        recommendation: The measured budget for the plan's target, or None where none was asked for.
        other_curve: What the recommendation is read off, where another way to merge makes it and its
            keep-maps are asked for; else None.
        shown: Merged frames of the timeline, where `groups` holds other tokens beside theirs; else None.
        records: The lines of the ledger so far.
        trace: Steps of a progressive reduction.
        layers: Tokens inside the language model.
    """

    original: Original
    groups: tuple[MergedFrame, ...] = ()
    video: VideoTokens | None = None
    cells: Tensor | None = None
    per_frame: bool = False
    asked: TokensAsked | None = None
    curve: Curve | None = None
    recommendation: Recommendation | None = None
    other_curve: Curve | None = None
    shown: tuple[MergedFrame, ...] | None = None
    records: tuple[StageRecord, ...] = ()
    trace: tuple[TraceStep, ...] = ()
    layers: LayerSchedule | None = None

    @property
    def tokens(self) -> int:
        """Return the tokens that are left."""
        if not self.groups:
            return self.original.totals.patches
        return sum(
            len(group.tokens) * (group.frames if self.per_frame and not group.whole_video else 1)
            for group in self.groups
        )

    @property
    def merged_frames(self) -> int:
        """Return the merged frames."""
        return sum(not group.whole_video for group in self.groups)

    @property
    def last(self) -> StageRecord:
        """Return the last line of the ledger."""
        return self.records[-1]


@dataclass(frozen=True, slots=True)
class Line:
    """What a stage says of itself for the ledger.

    Attributes:
        method: Name in the table of methods.
        params: Settings of the method in force.
        notes: What was changed, limited or fallen back to, each a sentence.
        weighted: Whether tokens are weighted sums, which can be measured on merged frames only.
        merges: Whether tokens are means of what they own; else each is its earliest patch.
    """

    method: str
    params: Mapping[str, Scalar] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    weighted: bool = False
    merges: bool = True


class Stage(Protocol):
    """One step of a run."""

    @property
    def name(self) -> str:
        """Return its name in the ledger and among the timings."""

    def __call__(self, state: State) -> tuple[State, Line | None]:
        """Return the state after the stage, and its line; None where it leaves all tokens as they are."""


def run_stages(stages: Sequence[Stage], state: State, clock: Clock) -> State:
    """Return the state after all stages; each is timed, checked for conservation, measured and recorded.

    A stage is measured while the next ones run; of many merged frames one after the other, as memory asks.

    Raises:
        ContractError: A stage lost a patch or counted one twice.
    """
    before, lines = state.original.totals.patches, list[tuple[str, Line, int, int, Future[Fidelity]]]()
    with ThreadPoolExecutor(MEASURED_AT_A_TIME, "measure") as pool:
        pool.submit(lambda: state.original.rank)  # every measure needs it; the first stage need not wait
        for stage in stages:
            with clock.on(stage.name):
                state, line = stage(state)
            if line is None:
                continue
            if state.groups:
                check_groups(state.groups, stage=stage.name, frames=len(state.original.frame_index))
            measured = pool.submit(_measured, state, line, clock)
            if len(state.groups) >= MANY:
                measured.result()
                give_back()
            lines.append((stage.name, line, before, state.tokens, measured))
            before = state.tokens
        records = tuple(
            StageRecord(name, line.method, line.params, tokens_in, tokens_out, measured.result(), line.notes)
            for name, line, tokens_in, tokens_out, measured in lines
        )
    return replace(state, records=(*state.records, *records))


def _measured(state: State, line: Line, clock: Clock) -> Fidelity:
    with clock.on("fidelity"):
        return _fidelity(state, line)


def _fidelity(state: State, line: Line) -> Fidelity:
    original = state.original
    if state.groups:
        per_frame = state.per_frame and not line.weighted
        return measure(state.groups, original, per_frame=per_frame, merges=line.merges)
    first = WorstFrame(int(original.frame_index[0]), float(original.pts_seconds[0]), 1.0)
    return Fidelity(
        explained=1.0,
        explained_evenly=1.0,
        explained_p5=1.0,
        cosine=1.0,
        pooled=1.0,
        saliency_kept=1.0,
        coverage=0.0,
        rank_kept=1.0,
        worst_frame=first,
    )
