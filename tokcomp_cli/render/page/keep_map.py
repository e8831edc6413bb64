"""A keep-map as drawing: outlines of tokens, pruned patches, and where content is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.render.page.picture import PagePicture

WIDTH = 600.0
LEVELS = 8
FULL_LOSS = 1.0  # what a patch holds on average: losing it all has the full colour


@dataclass(frozen=True, slots=True)
class KeepMapDrawing:
    """Paths over a picture, in the units of a view box of `width` × `height`.

    Attributes:
        width, height: Of the view box.
        cell: Width and height of a patch.
        outlines: Borders between tokens.
        pruned: Patches that no token stands for.
        lost: Patches of each level of loss, the least first; level 0 is not drawn.
        picture: Left, top, width and height of the picture; None without one.
        address: Of the picture; None without one.
    """

    width: float
    height: float
    cell: tuple[float, float]
    outlines: str
    pruned: str
    lost: tuple[str, ...]
    picture: tuple[float, float, float, float] | None
    address: str | None


def keep_map_drawing(found: KeepMap, picture: PagePicture | None) -> KeepMapDrawing:
    """Return the drawing of one keep-map.

    Args:
        found: Which token each patch has.
        picture: What the encoder saw of it, or None.
    """
    rows, columns = found.grid
    aspect = columns / rows if picture is None else picture.aspect
    width, height = WIDTH, round(WIDTH / aspect, 2)
    cell = width / columns, height / rows
    place = None
    if picture is not None:
        left, top, across, down = picture.rectangle
        place = left * width, top * height, across * width, down * height
    levels = () if found.lost is None else loss_levels(found.lost)
    return KeepMapDrawing(
        width=width,
        height=height,
        cell=cell,
        outlines=outlines(found.owner, found.grid, cell),
        pruned=cells([at for at, token in enumerate(found.owner) if token < 0], columns, cell),
        lost=tuple(
            cells([at for at, level in enumerate(levels) if level == wanted], columns, cell)
            for wanted in range(LEVELS)
        ),
        picture=place,
        address=None if picture is None else picture.address,
    )


def loss_levels(lost: Sequence[float]) -> list[int]:
    """Return the level of loss of each patch, 0 to `LEVELS` - 1, evenly apart up to `FULL_LOSS`."""
    return [min(int(max(value, 0.0) / FULL_LOSS * LEVELS), LEVELS - 1) for value in lost]


def cells(places: Sequence[int], columns: int, cell: tuple[float, float]) -> str:
    """Return a path of whole patches, neighbours in a row as one rectangle."""
    wide, tall = cell
    path, at = [], 0
    while at < len(places):
        end = at + 1
        while end < len(places) and places[end] == places[end - 1] + 1 and places[end] % columns:
            end += 1
        row, column = divmod(places[at], columns)
        length = (end - at) * wide
        path.append(f"M{_n(column * wide)} {_n(row * tall)}h{_n(length)}v{_n(tall)}h-{_n(length)}z")
        at = end
    return "".join(path)


def outlines(owner: Sequence[int], grid: tuple[int, int], cell: tuple[float, float]) -> str:
    """Return a path of the borders between patches of different tokens; between pruned ones are none."""
    (rows, columns), (wide, tall) = grid, cell
    path = []
    for row in range(rows):
        for column in range(columns):
            at = row * columns + column
            if column + 1 < columns and owner[at] != owner[at + 1]:
                path.append(f"M{_n((column + 1) * wide)} {_n(row * tall)}v{_n(tall)}")
            if row + 1 < rows and owner[at] != owner[at + columns]:
                path.append(f"M{_n(column * wide)} {_n((row + 1) * tall)}h{_n(wide)}")
    return "".join(path)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
