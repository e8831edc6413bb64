"""The line of `--for`: what a model costs before and after."""

from tokcomp_cli.core.results.cost import BeforeAfter
from tokcomp_cli.core.rounding import count
from tokcomp_cli.render.console.layout import ALERT, GOOD, STRONG, Part, Words, words
from tokcomp_cli.render.units import price


def before_after_line(one: BeforeAfter, first: str = "") -> Words:
    """Return tokens before and after, the share saved, money where it is known, and what was dropped."""
    return words(f"{first}For ", (one.model, STRONG), *_parts(one))


def before_after_text(one: BeforeAfter) -> str:
    """Return the same line as plain text."""
    return "".join(part if isinstance(part, str) else part[0] for part in ("For ", one.model, *_parts(one)))


def _parts(one: BeforeAfter) -> list[Part]:
    if one.tokens_before is None:
        return [" (estimated): it refuses this size as it is"]
    parts: list[Part] = [f" (estimated): {count(one.tokens_before)} → {count(one.tokens_after)} tokens"]
    share = one.saved or 0.0
    told = f"{share:.0%} less" if share >= 0 else f"{-share:.0%} more"
    parts += [", ", (told, GOOD if one.worth_it else ALERT)]
    if one.price_before is not None and one.price_after is not None:
        parts.append(f", {price(one.price_before, one.currency)} → {price(one.price_after, one.currency)}")
    if one.frames_before > one.frames_after:
        dropped = f"{count(one.frames_before - one.frames_after)} of {count(one.frames_before)} frames"
        parts.append(f"; dropped: {dropped}, merged into those kept")
    if not one.worth_it:
        what = "a picture is sent whole" if one.frames_before == 1 else "send it as it is"
        parts.append(f"; not worth it: {what}")
    return parts
