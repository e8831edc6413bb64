"""At which size a picture is sent: no larger than the model looks at it."""

from tokcomp_cli.cost.model import CostModel, Tier

Size = tuple[int, int]


def sent_size(model: CostModel, tier: Tier, width: int, height: int) -> Size:
    """Return width and height to send a picture at; aspect ratio kept, never enlarged.

    It covers the size that the tier brings a picture to, and no side is longer than the vendor accepts.

    Args:
        model: Whose tier it is.
        tier: Tells the size.
        width: Of the picture as displayed, in pixels.
        height: Of the picture as displayed, in pixels.
    """
    seen = model.of_picture(tier, width, height).size
    scale = 1.0 if seen is None else min(1.0, max(seen[0] / width, seen[1] / height))
    if model.rejects_above is not None:
        scale = min(scale, model.rejects_above / max(width, height))
    return max(round(width * scale), 1), max(round(height * scale), 1)


def tokens_at(model: CostModel, tier: Tier, size: Size) -> int | None:
    """Return what a picture of a size costs, or None where the model refuses it."""
    return model.of_picture(tier, *size).tokens
