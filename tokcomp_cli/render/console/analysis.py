"""The page of `analyze`, and the sections that it shares with `budget`."""

from rich.console import RenderableType

from tokcomp_cli.core.results.analysis import Analysis, LayerSchedule
from tokcomp_cli.core.results.curve import Weakest
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import share, target
from tokcomp_cli.render.console import ledger
from tokcomp_cli.render.console.advice import advice
from tokcomp_cli.render.console.difficulty import difficulty
from tokcomp_cli.render.console.glyphs import column
from tokcomp_cli.render.console.layout import (
    ALERT,
    BAR,
    QUIET,
    STRONG,
    Page,
    Part,
    Section,
    SideBySide,
    loss_style,
    words,
)
from tokcomp_cli.render.console.table import facts
from tokcomp_cli.render.console.timeline import TimelineChart
from tokcomp_cli.render.facts import (
    decoder_words,
    encoder_words,
    gate_words,
    media_words,
    sampling_words,
    settings,
    shrunk_words,
)
from tokcomp_cli.render.units import milliseconds, seconds

DEPTHS = " at depth 0, 1/4, 1/2 and 3/4"


def analysis_page(analysis: Analysis) -> Page:
    """Return the page of `tokcomp analyze`."""
    video = [] if analysis.media.kind == "image" else [timeline(analysis)]
    numbers = facts(
        ("tokens", (shrunk_words(analysis), STRONG)),
        ("content kept", kept(analysis.fidelity.explained)),
        *weakest(analysis.weakest),
    )
    return [
        headline("tokcomp", analysis, numbers),
        *warnings(analysis),
        tokens(analysis),
        *video,
        SideBySide(difficulty(analysis.difficulty), fidelity(analysis)),
        layers(analysis.layers),
        *trace(analysis),
        *advice(analysis, whole=False),
        source(analysis),
        *time(analysis),
    ]


def headline(title: str, analysis: Analysis, numbers: RenderableType) -> Section:
    """Return the file, the verdict and the numbers that matter."""
    verdict = words((analysis.verdict, STRONG))
    return Section(title, "", (words(analysis.media.path), "", verdict, "", numbers), framed=True)


def kept(explained: float) -> Part:
    """Return a share of the content kept, in the colour of what is lost."""
    return share(explained), f"bold {loss_style(explained)}"


def weakest(found: Weakest | None) -> list[tuple[str, Part]]:
    """Return the moment of a video, or the region of a picture, that lost most."""
    if found is None:
        return []
    kept, style = share(found.explained), loss_style(found.explained)
    if found.seconds is None:
        return [("weakest region", (f"{kept}, {found.region}", style))]
    place = f"{seconds(found.seconds)}, frame {count(found.frame or 0)}"
    return [("weakest moment", (f"{kept} at {place}", style))]


def warnings(analysis: Analysis) -> list[Section]:
    """Return what a user should know before trusting the figures; notes on the file are among it."""
    found = analysis.warnings
    if analysis.media.salvaged and not analysis.media.notes:
        found = ("The file is damaged: it is read only as far as it goes.", *found)
    lines = [words(("! ", ALERT), warning) for warning in found]
    return [Section("Warnings", "", lines)] if lines else []


def source(analysis: Analysis) -> Section:
    """Return what was read, how, and by which encoder."""
    preset = analysis.plan.get("preset")
    rows = facts(
        ("media", media_words(analysis.media)),
        ("decoder", decoder_words(analysis.media)),
        ("frames", sampling_words(analysis.sampling)),
        *([] if analysis.gate is None else [("gate", gate_words(analysis.gate))]),
        ("encoder", encoder_words(analysis.encoder)),
        *([] if preset is None else [("preset", str(preset))]),
    )
    return Section("Input", "", (rows,))


def tokens(analysis: Analysis) -> Section:
    """Return the ledger with the settings and notes of its stages."""
    notes = [words(f"{stage.name}: {note}") for stage in analysis.stages for note in stage.notes]
    rows = facts(
        *((stage.name, (settings(stage.params), QUIET)) for stage in analysis.stages if stage.params)
    )
    return Section(
        "Tokens",
        "tokens saved by each stage and in all, and the content kept after it",
        (ledger.ledger(analysis), *notes, rows),
    )


def timeline(analysis: Analysis) -> Section:
    """Return the merged frames to scale, the similarity that made them, and their list."""
    merged, similarity = analysis.timeline, analysis.frame_similarity
    body: list[RenderableType] = [TimelineChart(merged, similarity)]
    if any(value is not None for value in similarity.values):
        merging = analysis.plan.get("temporal", "frame-merge") == "frame-merge"
        reference = "the open merged frame" if merging else "the frame before"
        meaning = f"bars: {similarity.statistic} cosine of patches to {reference}"
        if similarity.threshold is not None:
            meaning += f"; at or below {similarity.threshold:g} a new one opens"
        body.append(words((meaning, QUIET)))
    body.append(ledger.merged_frames(merged))
    if hidden := merged[ledger.LISTED :]:
        frames = plural(sum(entry.frames for entry in hidden), "frame")
        left = plural(sum(entry.tokens for entry in hidden), "token")
        more = plural(len(hidden), "more merged frame")
        body.append(words(f"{more} not shown ({frames}, {left}); --json lists all"))
    sampled = plural(analysis.sampling.frames_sampled, "sampled frame")
    return Section("Timeline", f"{sampled} → {plural(len(merged), 'merged frame')}, drawn to scale", body)


def fidelity(analysis: Analysis) -> Section:
    """Return what is left at the LLM input."""
    found = analysis.fidelity
    body: list[RenderableType] = [ledger.figures(found, frames=analysis.sampling.frames_sampled)]
    if found.sampled is not None:
        body.append(words((f"~ measured on a sample of {plural(found.sampled, 'frame')}", QUIET)))
    return Section("Fidelity", "at the LLM input; a proxy in feature space, no labels", body)


def layers(schedule: LayerSchedule) -> Section:
    """Return the tokens inside the language model: three counts, and one column a layer."""
    most = max(schedule.tokens)
    columns = "".join(column(tokens, low=0, high=most, rows=1) for tokens in schedule.tokens)
    keep = ", ".join(map(target, schedule.keep))
    counts = (
        f"{count(schedule.tokens[0])} at the LLM input · {count(schedule.last)} in the last layer · "
        f"{count(schedule.mean)} on average over layers"
    )
    depth = DEPTHS if len(schedule.keep) == 4 else ""
    return Section(
        "LLM layers",
        f"{plural(len(schedule.tokens), 'layer')} that keep {keep} of the tokens{depth}",
        (words(counts), words((columns, BAR), ("  one column a layer", QUIET))),
    )


def trace(analysis: Analysis) -> list[Section]:
    """Return the steps of a progressive reduction, if there was one."""
    if not analysis.trace:
        return []
    return [
        Section("Steps", "down to the budget, and what each of them lost", [ledger.steps(analysis.trace)])
    ]


def time(analysis: Analysis) -> list[Section]:
    """Return the time spent, if it was measured."""
    spent = dict(analysis.timings_ms)
    if not spent:
        return []
    total = spent.pop("total", None)
    gloss = "" if total is None else f"{seconds(total / 1000)} in all; parts in ms, summed over threads"
    parts = " · ".join(f"{name} {milliseconds(ms)}" for name, ms in spent.items())
    return [Section("Time", gloss, [words(parts)])]
