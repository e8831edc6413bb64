"""The tables of an analysis: stages, merged frames, fidelity, steps."""

from collections.abc import Sequence

from tokcomp_cli.core.results.analysis import Analysis, Fidelity, StageRecord, TimelineEntry, TraceStep
from tokcomp_cli.core.rounding import count
from tokcomp_cli.core.shares import decimal, fewer, points, share
from tokcomp_cli.render.console.layout import ALERT, BAR, PLAIN, QUIET, STRONG, loss_style
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable
from tokcomp_cli.render.units import milliseconds, seconds

LISTED = 12  # merged frames in the list before it is shortened


def ledger(analysis: Analysis) -> FittedTable:
    """Return the tokens from the input through each stage to the last layer."""
    whole = analysis.original
    rows = [
        _row("input", whole, whole),
        *(_stage(stage, whole, analysis.timings_ms.get(stage.name)) for stage in analysis.stages),
        _row("LLM input", analysis.llm_input, whole, share(analysis.fidelity.explained)),
        _row("last layer", analysis.layers.last, whole),
    ]
    headers = ("stage", "method", "tokens in>", "tokens out>", "by stage>", "in all>", "")
    return FittedTable((*headers, "content kept>", "ms>"), rows, spare=(8, 2, 4))


def _stage(stage: StageRecord, whole: int, spent_ms: float | None) -> tuple[Cell, ...]:
    return (
        stage.name,
        stage.method,
        (count(stage.tokens_in), QUIET),
        count(stage.tokens_out),
        (fewer(stage.reduction), QUIET),
        fewer(1 - stage.tokens_out / whole),
        Bar(stage.tokens_out / whole),
        share(stage.fidelity.explained),
        ("" if spent_ms is None else milliseconds(spent_ms), QUIET),
    )


def _row(name: str, tokens: int, whole: int, kept: str = "") -> tuple[Cell, ...]:
    saved = "" if tokens == whole else fewer(1 - tokens / whole)
    share_left = Bar(tokens / whole)
    return (
        (name, STRONG), "", "", (count(tokens), STRONG), "", (saved, STRONG), share_left, (kept, STRONG), ""
    )  # fmt: skip


def merged_frames(timeline: Sequence[TimelineEntry]) -> FittedTable:
    """Return the list of merged frames, cut to its first entries where it is long."""
    longest = max(entry.frames for entry in timeline)
    rows: list[tuple[Cell, ...]] = [
        (
            (str(number), STRONG),
            f"{entry.start_seconds:,.2f}",
            f"{entry.end_seconds:,.2f}",
            (f"{entry.first_frame}–{entry.last_frame}", QUIET),
            count(entry.frames),
            Bar(entry.frames / longest),
            count(entry.tokens),
            ("" if entry.similarity is None else decimal(entry.similarity), QUIET),
        )
        for number, entry in enumerate(timeline[:LISTED], start=1)
    ]
    headers = ("#>", "from s>", "to s>", "file frames>", "frames>", "", "tokens>", "similarity>")
    return FittedTable(headers, rows, spare=(3, 7))


def figures(fidelity: Fidelity, *, frames: int) -> FittedTable:
    """Return the metrics with what each means; those over frames only where there are several.

    Args:
        fidelity: What is left at the LLM input.
        frames: Sampled frames of the input.
    """
    near = "" if fidelity.sampled is None else "~"
    worst = fidelity.worst_frame
    over_frames = [
        ("5th percentile", near, fidelity.explained_p5, "95% of frames keep at least this"),
        ("weakest moment", near, worst.explained, f"{seconds(worst.seconds)}, frame {count(worst.frame)}"),
    ]
    shares = [
        ("content kept", near, fidelity.explained, "share of the content explained"),
        ("evenly", "", fidelity.explained_evenly, "with all patches counting alike"),
        *(over_frames if frames > 1 else []),
        ("saliency kept", "", fidelity.saliency_kept, "share of attention on kept patches"),
        ("rank kept", near, fidelity.rank_kept, "variety of the tokens"),
    ]
    cosines = [
        ("cosine", fidelity.cosine, "mean cosine, patch to token"),
        ("pooled", fidelity.pooled, "cosine of the mean token; saturates"),
    ]
    kept = len(shares) - 2
    rows: list[tuple[Cell, ...]] = [
        _figure(
            name, Bar(value, loss_style(value) if number < kept else BAR), sampled + share(value), meaning
        )
        for number, (name, sampled, value, meaning) in enumerate(shares)
    ]
    rows += [_figure(name, Bar(value), decimal(value), meaning) for name, value, meaning in cosines]
    distance = near + decimal(fidelity.coverage)
    rows.append(_figure("coverage", "", distance, "distance of the farthest patch"))
    if (lift := fidelity.lift) is not None:
        lost = lift < 0
        meaning = "points: worse than random" if lost else "points over random selection"
        rows.append(_figure("lift", "", points(lift), meaning, ALERT if lost else PLAIN))
    return FittedTable(("metric", "", "value>", ""), rows, spare=(3,))


def _figure(name: str, bar: Cell, value: str, meaning: str, style: str = PLAIN) -> tuple[Cell, ...]:
    if name == "content kept":
        style = STRONG
    return (name, style), bar, (value, style), (meaning, style if style == ALERT else QUIET)


def steps(trace: Sequence[TraceStep]) -> FittedTable:
    """Return the progressive reduction step by step."""
    rows: list[tuple[Cell, ...]] = [
        (
            (str(number), QUIET),
            step.method,
            (f"{step.ratio:.2f}×", QUIET),
            (count(step.tokens_in), QUIET),
            count(step.tokens_out),
            Bar(step.tokens_out / trace[0].tokens_in),
            points(-step.explained_lost),
        )
        for number, step in enumerate(trace, start=1)
    ]
    headers = ("#>", "step", "over budget>", "tokens in>", "tokens out>", "", "content, points>")
    return FittedTable(headers, rows, spare=(2,))
