"""How counts are shown."""


def count(number: float) -> str:
    """Return a count with thousands apart; a mean keeps one decimal."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"


def plural(number: int, noun: str) -> str:
    """Return `1 frame`, `2 frames`."""
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")
