"""One way to round a count, and one to show counts and bytes."""

import math


def half_up(value: float) -> int:
    """Return the value rounded half up, at least 1."""
    return max(1, math.floor(value + 0.5))


def readable_bytes(count: int) -> str:
    """Return `4.2 MB`, in powers of ten."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"


def count(number: float) -> str:
    """Return a count with thousands apart; a mean keeps one decimal."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"


def plural(number: int, noun: str) -> str:
    """Return `1 frame`, `2 frames`."""
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")


def keep(tokens: int) -> str:
    """Return the verb of a count of tokens: `1 token keeps`, `2 tokens keep`."""
    return "keeps" if tokens == 1 else "keep"
