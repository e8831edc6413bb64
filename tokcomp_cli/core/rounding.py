"""One way to round."""

import math


def half_up(value: float) -> int:
    """Return the value rounded half up, at least 1."""
    return max(1, math.floor(value + 0.5))
