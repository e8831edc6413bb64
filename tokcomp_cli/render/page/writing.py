"""Where words were read in a picture, and which of them the encoder's input loses."""

from dataclasses import dataclass

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.render.page.keep_map import KeepMapDrawing, keep_map_drawing
from tokcomp_cli.render.page.picture import PagePicture


@dataclass(frozen=True, slots=True)
class Writing:
    """Lines of writing over a picture.

    Attributes:
        drawing: The picture.
        boxes: Left, top, width and height of each line, its words, and whether some are lost.
        lost: All words that are lost.
    """

    drawing: KeepMapDrawing
    boxes: list[tuple[float, float, float, float, str, bool]]
    lost: tuple[str, ...]


def writing(analysis: Analysis, picture: PagePicture | None) -> Writing | None:
    """Return where words were read and which of them are lost; None where words were not read."""
    found = analysis.resolution
    if found is None or not found.lines:
        return None
    grid = analysis.encoder.grid
    drawing = keep_map_drawing(KeepMap(grid, (0,) * (grid[0] * grid[1])), picture)
    left, top, wide, tall = drawing.picture or (0.0, 0.0, drawing.width, drawing.height)
    boxes = []
    for line in found.lines:
        x1, y1, x2, y2 = line.box
        words = " ".join(line.words)
        said = f"{words}: lost {', '.join(line.lost)}" if line.lost else f"{words}: still read"
        place = round(left + x1 * wide, 2), round(top + y1 * tall, 2), (x2 - x1) * wide, (y2 - y1) * tall
        boxes.append((*place, said, bool(line.lost)))
    return Writing(drawing, boxes, tuple(word for line in found.lines for word in line.lost))
