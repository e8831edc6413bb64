"""At which size a picture is sent: no larger than the model looks at it."""

from dataclasses import dataclass

from tokcomp_cli.core.frames import MediaFacts
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


@dataclass(frozen=True, slots=True)
class Unit:
    """What is paid for: a picture, or a contact sheet of several.

    Attributes:
        cell: Width and height of a picture, or of a cell.
        grid: Columns and rows of a sheet; None for a picture.
        tokens: Of it, by formula.
    """

    cell: Size
    grid: tuple[int, int] | None
    tokens: int

    @property
    def pictures(self) -> int:
        """Return the most pictures in it."""
        return 1 if self.grid is None else self.grid[0] * self.grid[1]


def unit_of(media: MediaFacts, model: CostModel, tier: Tier, side: int | None) -> Unit:
    """Return what is paid for: a still is always a picture of its own.

    Args:
        media: The input.
        model: Whose tier it is.
        tier: To send at.
        side: Columns and rows of a contact sheet, or None.
    """
    if side is None or media.kind == "image":
        size = sent_size(model, tier, media.width, media.height)
        return Unit(size, None, tokens_at(model, tier, size) or 0)
    sheet = sent_size(model, tier, media.width * side, media.height * side)
    cell = max(sheet[0] // side, 1), max(sheet[1] // side, 1)
    return Unit(cell, (side, side), tokens_at(model, tier, (cell[0] * side, cell[1] * side)) or 0)
