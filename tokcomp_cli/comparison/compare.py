"""Methods on the same tokens at the same count, beside the controls."""

from collections.abc import Sequence
from dataclasses import replace

from tokcomp_cli.comparison.inputs import ComparisonInput, comparison_input
from tokcomp_cli.comparison.tables import compared
from tokcomp_cli.comparison.verdict import overall, signature, winners
from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison
from tokcomp_cli.core.timing import Clock, Progress, one_thread, unwatched
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reading.read_file import read_file


def compare(
    path: str,
    plan: Plan,
    encoder: Encoder,
    progress: Progress = unwatched,
    *,
    chosen: Sequence[Method] | None = None,
) -> Comparison:
    """Return methods on the tokens of a file, encoded once.

    Args:
        path: A local picture or video.
        plan: For sampling, merging frames and the budget; its spatial method is not used.
        encoder: The encoder of the plan.
        progress: Called with frames done and frames to do, then with methods.
        chosen: Methods to run beside the controls; None for all.

    Raises:
        MediaError: The file cannot be read.
        PlanError: The frames do not fit into memory, or the budget is no count.
    """
    clock = Clock()
    settings = resolve(plan, encoder.facts)
    find("temporal", settings.temporal)
    with clock.on("total"):
        buffer = TokenBuffer(settings, encoder.blank, clock, Pictures(), why="compare", extras=True)
        read = read_file(path, plan.but(gate="off"), encoder, [buffer], clock, progress)
        with one_thread():
            original = read.seen.original(encoder)
            given = comparison_input(buffer.video(), original, settings, encoder=encoder)
            with clock.on("methods"):
                rows, notes = compared(given, chosen, progress)
    guessed = f"encoder {encoder.facts.name} is not calibrated; its threshold and floor are guesses"
    warnings = () if encoder.facts.calibrated else (guessed,)
    found = concluded(path, given, rows, (*warnings, *read.media.notes, *read.notes, *notes), chosen)
    mapped = read.seen.frame_index[given.mapped] if plan.maps else None
    return replace(
        found,
        media=read.media,
        sampling=read.sampling,
        mapped_frame=mapped,
        timings_ms=dict(clock.spent),
    )


def concluded(
    path: str,
    given: ComparisonInput,
    rows: Sequence[ComparedMethod],
    notes: Sequence[str],
    chosen: Sequence[Method] | None,
) -> Comparison:
    """Return the comparison that rows make, the highest `explained` first.

    Args:
        path: The input as the user gave it.
        given: What was compared on.
        rows: In any order; equal ones keep theirs.
        notes: Of what was read and what was left out.
        chosen: Methods that were asked for, or None.
    """
    ordered = tuple(sorted(rows, key=lambda row: -row.fidelity.explained))
    original = given.original.totals
    blank = original.energy < given.facts.floor * original.patches
    verdicts = winners(ordered, given.total, blank=blank)
    return Comparison(
        path=path,
        media=None,
        sampling=None,
        encoder=given.facts,
        original=original.patches,
        merged_frames=len(given.groups),
        tokens=given.total,
        methods=ordered,
        notes=(*given.notes, *notes),
        signature=signature(given, chosen),
        verdict=overall(verdicts),
        verdicts=verdicts,
    )
