"""Every method on the same tokens at the same count, beside the controls."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tokcomp_cli.comparison.downsample import downsampled
from tokcomp_cli.comparison.inputs import ComparisonInput, comparison_input
from tokcomp_cli.comparison.rows import CONTROLS, RowBuilder
from tokcomp_cli.comparison.run_method import within_frames
from tokcomp_cli.comparison.verdict import signature, winner
from tokcomp_cli.compress import METHODS, find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import SamplingFacts
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison
from tokcomp_cli.core.timing import Clock, Progress, one_thread, unwatched
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import ContractError, PlanError, TokcompError
from tokcomp_cli.measure.fidelity import explained_share, measure
from tokcomp_cli.measure.interpolate import mean_of
from tokcomp_cli.pipeline.frame_pass import read_file
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve

DRAWS = 5
DOWNSAMPLE = (
    "the encoder answers otherwise to smaller pictures, which counts against it here; "
    "its time is that of encoding"
)


def compare(
    path: str,
    plan: Plan,
    encoder: Encoder,
    progress: Progress = unwatched,
    *,
    chosen: Sequence[Method] | None = None,
) -> Comparison:
    """Return every method on the tokens of a file, encoded once.

    Args:
        path: A local picture or video.
        plan: For sampling, merging frames and the budget; its spatial method is not used.
        encoder: The encoder of the plan.
        progress: Called with frames done and frames to do.
        chosen: Methods to run beside the controls; None for all.

    Raises:
        MediaError: The file cannot be read.
        PlanError: The frames do not fit into memory, or the budget is no count.
    """
    clock = Clock()
    settings = resolve(plan, encoder.facts)
    find("temporal", settings.temporal)
    with clock.on("total"):
        buffer = TokenBuffer(settings, clock, Pictures(), why="compare", extras=True)
        read = read_file(path, plan, encoder, [buffer], clock, progress)
        with one_thread():
            original = read.seen.original(encoder)
            case = comparison_input(buffer.video(), original, settings, encoder=encoder)
            with clock.on("methods"):
                rows, notes = compared(case, chosen)
    guessed = f"encoder {encoder.facts.name} is not calibrated; its threshold and floor are guesses"
    warnings = () if encoder.facts.calibrated else (guessed,)
    found = concluded(path, case, rows, (*warnings, *read.media.notes, *read.notes, *notes), chosen)
    return replace(found, media=read.media, sampling=read.sampling, timings_ms=dict(clock.spent))


def concluded(
    path: str,
    case: ComparisonInput,
    rows: Sequence[ComparedMethod],
    notes: Sequence[str],
    chosen: Sequence[Method] | None,
    media: MediaFacts | None = None,
    sampling: SamplingFacts | None = None,
) -> Comparison:
    """Return the comparison that rows make, the highest `explained` first.

    Args:
        path: The input as the user gave it.
        case: What was compared on.
        rows: In any order; equal ones keep theirs.
        notes: Of what was read and what was left out.
        chosen: Methods that were asked for, or None.
        media: What was read, if a file was.
        sampling: Which frames.
    """
    ordered = tuple(sorted(rows, key=lambda row: -row.fidelity.explained))
    original = case.original.totals
    return Comparison(
        path=path,
        media=media,
        sampling=sampling,
        encoder=case.facts,
        original=original.patches,
        merged_frames=len(case.groups),
        tokens=case.total,
        methods=ordered,
        notes=(*case.notes, *notes),
        signature=signature(case, chosen),
        verdict=winner(ordered, case.total, blank=original.energy < case.facts.floor * original.patches),
    )


def compared(
    case: ComparisonInput, chosen: Sequence[Method] | None
) -> tuple[list[ComparedMethod], list[str]]:
    """Return the methods' rows, and a sentence for each that was left out.

    Args:
        case: The input.
        chosen: Methods to run beside the controls; None for all.
    """
    random = find("spatial", "random")
    draws = [
        within_frames(case, random, seed=case.plan.seed + number, repeat=number == 0)
        for number in range(DRAWS)
    ]
    shares_explained = [explained_share(draw.groups, case.original) for draw in draws]
    chance = statistics.fmean(shares_explained)
    judge = RowBuilder(case, chance, statistics.stdev(shares_explained))
    fidelity = mean_of([measure(draw.groups, case.original, per_frame=False) for draw in draws])
    note = f"mean of {DRAWS} seeded draws"
    rows = [judge.row("random", "spatial", fidelity, draws[0].tokens, draws[0].ms, notes=(note,))]
    notes: list[str] = []
    methods = METHODS if chosen is None else tuple(chosen)
    for method in _with_controls(methods):
        try:
            rows.append(judge.spatial(method))
        except (ContractError, PlanError) as error:
            notes.append(f"left out {method.name}: {with_flags(str(error))}")
    try:
        rows.append(judge.bracketed("downsample", downsampled(case), DOWNSAMPLE))
    except TokcompError as error:
        notes.append(f"left out downsample: {error}")
    if case.frames > 1:
        rows += judge.over_time([method for method in methods if method.compress_video], notes)
    elif chosen is not None:
        notes += [f"left out {one.name}: it compares frames" for one in methods if one.compress_video]
    if chosen is None:
        rows += judge.chains(notes)
    return rows, notes


def _with_controls(methods: Sequence[Method]) -> Iterator[Method]:
    """Yield the spatial methods but `random` and `none`, the controls last if they were not asked for."""
    asked = {method.name for method in methods}
    for method in (*methods, *(find("spatial", name) for name in CONTROLS if name not in asked)):
        if method.stage == "spatial" and method.name not in {"random", "none"}:
            yield method
