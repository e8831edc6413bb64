"""The page of `export`: what was written, and what it saves."""

from tokcomp_cli.core.results.sending import Export, SentFile
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.render.console.layout import ALERT, GOOD, QUIET, STRONG, Page, Part, Section, Words, words
from tokcomp_cli.render.units import seconds


def export_page(done: Export) -> Page:
    """Return the page of an export."""
    lines: list[Words | str] = []
    for one in done.files:
        lines += [
            words((one.media.path, STRONG), f"  {_source(one)}"),
            words("  ", (_sent(one), ""), f", {one.tier.setting}"),
            words("  ", f"{one.explained:.3f} of its content is explained", (_measured(one, done), QUIET)),
            *(words("  ", (warning, ALERT)) for warning in one.warnings),
        ]
    lines += ["", words(*saving(done.before, done.after, done.model)), words((_where(done), QUIET))]
    return [Section("Export", f"for {done.model}", lines)]


def saving(before: int | None, after: int, model: str) -> tuple[Part, ...]:
    """Return the line of tokens before and after."""
    if before is None:
        return (f"{count(after)} tokens in {model} (estimated); as it is it would be refused",)
    share = 1 - after / before if before else 0.0
    told: Part = (f"{share:.0%} less", GOOD) if share > 0 else (f"{-share:.0%} more", ALERT)
    return (f"{count(before)} → {count(after)} tokens in {model} (estimated), ", told)


def _source(one: SentFile) -> str:
    size = f"{one.media.width}×{one.media.height} px"
    if one.media.kind == "image":
        return size
    return f"{size}, {seconds(one.media.duration_seconds or 0.0)}, {plural(one.sampled, 'frame')} looked at"


def _sent(one: SentFile) -> str:
    size = f"{one.size[0]}×{one.size[1]} px"
    if one.media.kind == "image":
        return f"the picture at {size}"
    frames = plural(len(one.pictures), "frame")
    if one.grid is None:
        small = [f"{at.size[0]}×{at.size[1]} px" for picture in one.pictures if (at := picture.small)]
        told = ", ".join(f"{small.count(size)} at {size}" for size in dict.fromkeys(small))
        large = f"{frames} at {size}" if not small else f"{len(one.pictures) - len(small)} at {size}, {told}"
        return large if not small else f"{frames}: {large}"
    sheets = -(-len(one.pictures) // (one.grid[0] * one.grid[1]))
    return f"{frames} in {plural(sheets, 'contact sheet')}, {size} each"


def _measured(one: SentFile, done: Export) -> str:
    if one.media.kind == "image":
        return ""
    return f" by the frames, in features of {done.encoder}"


def _where(done: Export) -> str:
    return f"{plural(len(done.written), 'file')} in {done.folder}"
