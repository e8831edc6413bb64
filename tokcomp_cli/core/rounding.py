"""One way to round, and one to show a number of bytes."""

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
