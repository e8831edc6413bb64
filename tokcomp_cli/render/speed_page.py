"""The page of `bench pipeline`."""

from tokcomp_cli.core.results.speed import PipelineSpeed
from tokcomp_cli.core.rounding import count, plural, readable_bytes
from tokcomp_cli.core.shares import decimal
from tokcomp_cli.render.console.layout import ALERT, QUIET, STRONG, Page, Section, Words, words
from tokcomp_cli.render.console.table import Cell, FittedTable, facts
from tokcomp_cli.render.units import seconds

WHAT = {
    "naive": "decode, encode one by one, merge",
    "fair": "decode, encode in batches, merge",
    "ours": "what tokcomp analyze does after start-up",
    "decode": "of ours alone",
    "encode": "of the frames that ours encodes, alone",
}


def speed_page(found: PipelineSpeed) -> Page:
    """Return the page of `tokcomp bench pipeline`."""
    headers = ("", "seconds>", "CPU seconds>", "frames a second>", "format", "")
    table = FittedTable(headers, [_row(found, name) for name in found.spent], spare=(5,))
    outcomes = found.outcomes
    delta = f"{found.explained_delta:+.4f}".replace("-", "−")
    results = facts(
        ("overhead", f"{found.overhead_share:.1%} of our CPU time is neither decoding nor encoding"),
        ("limit", f"{decimal(found.wall_vs_limit, 2)} times the least that decoding and encoding take"),
        ("gate", f"timeline agreement {decimal(outcomes.timeline_agreement, 3)}, content kept {delta}"),
        *(("warning", (one, ALERT)) for one in found.machine.warnings),
        ("memory", f"{readable_bytes(found.peak_memory_bytes)} at most: {found.peak_memory_of}"),
    )
    return [
        Section("tokcomp bench pipeline", "", _head(found), framed=True),
        Section("Speed", f"medians of {plural(len(found.rounds), 'round')}, interleaved", (table,)),
        Section("Ours", "", (results,)),
    ]


def verdict(found: PipelineSpeed) -> str:
    """Return what the ratios say in a sentence."""
    naive, fair = (decimal(found.speedup(name), 2) for name in ("naive", "fair"))
    return (
        f"{naive} times as fast as a script that encodes frame by frame in float32, {fair} times as fast as "
        "one that encodes in batches in the machine's fastest format."
    )


def _head(found: PipelineSpeed) -> tuple[Words | str, ...]:
    work, machine, media = found.work, found.machine, found.media
    loops = "" if work.loops == 1 else f", repeated {work.loops} times"
    clip = (
        f"{media.width}×{media.height}, {media.codec}, {work.rule}: {plural(work.frames, 'frame')} "
        f"({count(work.frames_encoded)} encoded), {seconds(work.seconds)}{loops}"
    )
    versions = " ".join(f"{name} {one}" for name, one in machine.versions.items() if name in {"torch", "av"})
    where = (
        f"{machine.processor}, {plural(machine.cores, 'core')}, encoder {machine.encoder}, {versions}",
        QUIET,
    )
    return (words(media.path), "", words((verdict(found), STRONG)), "", words(clip), words(where))


def _row(found: PipelineSpeed, name: str) -> tuple[Cell, ...]:
    one, formats = found.spent[name], found.machine.dtype
    return (
        (name, STRONG if name == "ours" else ""),
        decimal(one.seconds, 2),
        decimal(one.cpu_seconds, 2),
        count(round(found.frames_per_second[name], 1)),
        (formats.get(name, formats["ours"] if name == "encode" else ""), QUIET),
        (WHAT[name], QUIET),
    )
