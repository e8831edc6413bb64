"""The rows of the page's tables, made from the results; laying them out is the console's work."""

from tokcomp_cli.core.results.analysis import Analysis, Fidelity, StageRecord, TimelineEntry, TraceStep
from tokcomp_cli.core.results.difficulty import Difficulty
from tokcomp_cli.render.bars import ALERT, PLAIN, QUIET, STRONG, Bar, Cell, Grid
from tokcomp_cli.render.words import count, less, milliseconds, original_words, seconds, share

LISTED = 12  # merged frames in the list before it is shortened

_FEATURE_MEANS = {
    "edge": "share of pixels on edges",
    "colour": "spread of the colours",
    "objects": "salient regions",
    "variety": "predicts the tokens needed",
    "length": "words in the query",
    "negation": "query says not or without",
    "counting": "query asks how many",
    "reasoning": "query asks why or how",
}


def ledger(analysis: Analysis) -> Grid:
    """Return the way of the tokens: input, each stage, LLM input, last layer."""
    whole = analysis.original
    size, _, _ = original_words(analysis).partition("=")
    rows = [
        (
            ("input", PLAIN),
            (size, PLAIN),
            ("", PLAIN),
            (count(whole), PLAIN),
            *_nothing(2),
            Bar(1),
            *_nothing(2),
        )
    ]
    rows += [_stage_row(stage, whole, analysis.timings_ms.get(stage.name)) for stage in analysis.stages]
    rows.append(_total_row("LLM input", analysis.llm_input, whole, share(analysis.fidelity.explained)))
    rows.append(_total_row("last layer", analysis.layers.last, whole, ""))
    headers = ("stage", "method", "in>", "out>", "step>", "total>", "", "explained>", "ms>")
    return Grid(headers, tuple(rows), spare=(8, 4, 2))


def _stage_row(stage: StageRecord, whole: int, spent_ms: float | None) -> tuple[Cell, ...]:
    return (
        (stage.name, PLAIN),
        (stage.method, PLAIN),
        (count(stage.tokens_in), QUIET),
        (count(stage.tokens_out), PLAIN),
        (less(stage.reduction), QUIET),
        (less(1 - stage.tokens_out / whole), PLAIN),
        Bar(stage.tokens_out / whole),
        (share(stage.fidelity.explained), PLAIN),
        ("" if spent_ms is None else milliseconds(spent_ms), QUIET),
    )


def _total_row(name: str, tokens: int, whole: int, explained: str) -> tuple[Cell, ...]:
    return (
        (name, STRONG),
        *_nothing(2),
        (count(tokens), STRONG),
        *_nothing(1),
        (less(1 - tokens / whole), STRONG),
        Bar(tokens / whole),
        (explained, STRONG),
        *_nothing(1),
    )


def _nothing(cells: int) -> tuple[Cell, ...]:
    return (("", PLAIN),) * cells


def merged_frames(timeline: tuple[TimelineEntry, ...]) -> Grid:
    """Return the list of merged frames, cut to its first entries where it is long."""
    longest = max(entry.frames for entry in timeline)
    rows: list[tuple[Cell, ...]] = [
        (
            (str(number), STRONG),
            (f"{entry.start_seconds:,.2f}", PLAIN),
            (f"{entry.end_seconds:,.2f}", PLAIN),
            (f"{entry.first_frame}–{entry.last_frame}", QUIET),
            (count(entry.frames), PLAIN),
            Bar(entry.frames / longest),
            (count(entry.tokens), PLAIN),
            ("one frame" if entry.similarity is None else share(entry.similarity), QUIET),
        )
        for number, entry in enumerate(timeline[:LISTED], start=1)
    ]
    headers = ("#>", "from s>", "to s>", "file frames>", "frames>", "", "tokens>", "similarity>")
    return Grid(headers, tuple(rows), spare=(3, 7))


def unasked(difficulty: Difficulty) -> tuple[str, ...]:
    """Return the features that no query was there to measure."""
    if difficulty.query is not None:
        return ()
    return tuple(name for name, feature in difficulty.features.items() if feature.raw is None)


def features(difficulty: Difficulty) -> Grid:
    """Return each feature with its value, raw measure and contribution, and their sum."""
    rows: list[tuple[Cell, ...]] = [
        (
            (name, PLAIN),
            Bar(feature.value),
            (f"{feature.value:.2f}", PLAIN),
            ("" if feature.raw is None else f"{feature.raw:.4g}", QUIET),
            (f"+{feature.contribution:.3f}", PLAIN),
            (_FEATURE_MEANS.get(name, ""), QUIET),
        )
        for name, feature in difficulty.features.items()
        if name not in unasked(difficulty)
    ]
    total = (share(difficulty.score), STRONG)
    rows.append(
        (("difficulty", STRONG), Bar(difficulty.score), *_nothing(2), total, (difficulty.band, STRONG))
    )
    return Grid(("feature", "", "value>", "raw>", "adds>", ""), tuple(rows), spare=(5, 3))


def figures(fidelity: Fidelity, *, frames: int) -> Grid:
    """Return the metrics with what each means; those over frames only where there are several.

    Args:
        fidelity: What is left at the LLM input.
        frames: Sampled frames of the input.
    """
    near = "" if fidelity.sampled is None else "~"
    worst = fidelity.worst_frame
    place = f"frame {count(worst.frame)} at {seconds(worst.seconds)}"
    over_frames = [
        ("in 95% of frames", near, fidelity.explained_p5, "explained is at least this"),
        ("in the worst", near, worst.explained, place),
    ]
    figures_ = [
        ("explained", "", fidelity.explained, "share of content kept"),
        *(over_frames if frames > 1 else []),
        ("cosine", "", fidelity.cosine, "likeness of patch and token"),
        ("saliency kept", "", fidelity.saliency_kept, "attention that has a token"),
        ("rank kept", near, fidelity.rank_kept, "variety of the tokens"),
        ("pooled", "", fidelity.pooled, "of the mean token; saturates"),
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            (name, STRONG if i == 0 else PLAIN),
            Bar(value),
            (sampled + share(value), STRONG if i == 0 else PLAIN),
            (meaning, QUIET),
        )
        for i, (name, sampled, value, meaning) in enumerate(figures_)
    ]
    coverage = (near + share(fidelity.coverage), PLAIN)
    rows.append((("coverage", PLAIN), ("", PLAIN), coverage, ("farthest patch; 0 is best", QUIET)))
    if fidelity.lift is not None:
        lost = fidelity.lift < 0
        meaning = "LOST to random selection" if lost else "explained above random selection"
        lift = (f"{fidelity.lift:+.3f}".replace("-", "−"), ALERT if lost else PLAIN)
        rows.append((("lift", PLAIN), ("", PLAIN), lift, (meaning, ALERT if lost else QUIET)))
    return Grid(("metric", "", "value>", ""), tuple(rows), spare=(3,))


def steps(trace: tuple[TraceStep, ...]) -> Grid:
    """Return the progressive reduction step by step."""
    rows: list[tuple[Cell, ...]] = [
        (
            (str(number), QUIET),
            (step.method, PLAIN),
            (f"{step.ratio:.2f}×", QUIET),
            (count(step.tokens_in), QUIET),
            (count(step.tokens_out), PLAIN),
            Bar(step.tokens_out / trace[0].tokens_in),
            (f"{-step.explained_lost:+.4f}".replace("-", "−"), PLAIN),
        )
        for number, step in enumerate(trace, start=1)
    ]
    return Grid(("#>", "step", "over budget>", "in>", "out>", "", "explained>"), tuple(rows), spare=(2,))
