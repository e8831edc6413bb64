"""The evidence of a calibration: neighbours beside strangers, by similarity."""

from collections.abc import Mapping, Sequence

WIDTH = 24


def calibration_rows(evidence: Mapping[str, object], threshold: float) -> list[tuple[str, str, str, str]]:
    """Return one row a bar of the histogram, the bar with the threshold marked.

    Args:
        evidence: With `histogram`, a list of {low, high, neighbours, strangers}.
        threshold: Similarity above which a frame joins.
    """
    found = evidence.get("histogram", ())
    bins: Sequence[Mapping[str, float]] = found if isinstance(found, list | tuple) else ()
    if not bins:
        return []
    most = [max(one[side] for one in bins) or 1 for side in ("neighbours", "strangers")]
    rows = []
    for one in bins:
        drawn = [
            "#" * max(round(one[side] / top * WIDTH), int(one[side] > 0))
            for side, top in zip(("neighbours", "strangers"), most, strict=True)
        ]
        mark = f"< threshold {threshold:.3f}" if one["low"] <= threshold < one["high"] else ""
        rows.append((f"{one['low']:.2f} to {one['high']:.2f}", drawn[0], drawn[1], mark))
    return rows
