"""How a share of the content, or of anything else, is shown: one way, never above what was measured."""

from math import floor
from typing import Literal

from tokcomp_cli.core.results.curve import ROUNDING

MINUS = "−"
LITTLE_LOST, MUCH_LOST = 0.90, 0.75
Loss = Literal["little", "moderate", "much"]


def decimal(value: float, places: int = 3) -> str:
    """Return `0.913`: a cosine or a score, rounded down, with a true minus sign and never as minus zero.

    Args:
        value: Any finite number; one within `ROUNDING` below a step counts as that step.
        places: Digits after the point.
    """
    return _down(value, 1, places)


def _down(value: float, times: int, places: int) -> str:
    down = floor((value + ROUNDING) * times * 10**places) / 10**places
    return f"{down + 0.0:,.{places}f}".replace("-", MINUS)


def share(value: float) -> str:
    """Return `91.3%`, rounded down: 0.8996 has not reached 90%."""
    return f"{_down(value, 100, 1)}%"


def points(value: float) -> str:
    """Return `+2.1`: the difference of two shares in percentage points, rounded down."""
    shown = _down(value, 100, 1)
    return shown if shown.startswith(MINUS) else f"+{shown}"


def target(value: float) -> str:
    """Return `90%`: a share that somebody set, with no digits that nobody gave."""
    return f"{100 * value:g}%".replace("-", MINUS)


def fewer(reduction: float) -> str:
    """Return `−97.6%`: the change of a count that fell by a share; `+5.0%` where it rose."""
    if reduction < 0:
        return f"+{share(-reduction)}"
    shown = share(reduction)
    return shown if shown == "0.0%" else MINUS + shown


def loss(explained: float) -> Loss:
    """Return how much is lost where this share of the content is kept."""
    if explained >= LITTLE_LOST - ROUNDING:
        return "little"
    return "moderate" if explained >= MUCH_LOST - ROUNDING else "much"
