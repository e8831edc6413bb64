"""The pointing game: whether the patch most relevant to a phrase lies in the box of what it names."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor

from tokcomp_cli.core.bootstrap import bootstrap_by_file, wilson
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import place
from tokcomp_cli.encoders.pointing import Pointing
from tokcomp_cli.encoders.relevance import asked, relevance
from tokcomp_cli.errors import EncoderError, PlanError

COLUMNS = ("image", "phrase", "x0", "y0", "x1", "y1")
SEED = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A line of a file of boxes.

    Attributes:
        line: Its number in the file, from 1.
        picture: Path of the picture.
        phrase: What is in the box.
        left: Edges in pixels of the picture as displayed, right and bottom beyond the last.
        top: As `left`.
        right: As `left`.
        bottom: As `left`.
    """

    line: int
    picture: str
    phrase: str
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in the box."""
        return self.left <= x < self.right and self.top <= y < self.bottom


@dataclass(frozen=True, slots=True)
class Hits:
    """Whether relevance, saliency and the picture's centre point into the box of one phrase."""

    relevance: bool
    saliency: bool
    centre: bool


def read_boxes(path: Path) -> list[Box]:
    """Return the lines of a file of boxes: six columns with tabs between them; empty lines are skipped.

    A first line that names the columns is skipped too. A relative path is looked up in the working folder,
    then beside the file.

    Raises:
        PlanError: It cannot be read, a cell is not what its column holds, or there is no line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"`boxes` {str(path)!r} cannot be read as UTF-8 text: {error}") from error
    boxes = []
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or (number == 1 and tuple(cells) == COLUMNS):
            continue
        boxes.append(_box(path, number, cells))
    if not boxes:
        raise PlanError(f"`boxes` {path.name} holds no line; expected {_columns()}")
    return boxes


def _box(path: Path, number: int, cells: Sequence[str]) -> Box:
    where = f"`boxes` {path.name}, line {number}"
    if len(cells) != len(COLUMNS):
        raise PlanError(f"{where}: expected {_columns()}; got {len(cells)}")
    for name, cell in zip(COLUMNS[:2], cells, strict=False):
        if not cell:
            raise PlanError(f"{where}, column {name}: expected {'a path' if name == 'image' else 'words'}")
    edges = []
    for name, cell in zip(COLUMNS[2:], cells[2:], strict=True):
        try:
            edges.append(float(cell))
        except ValueError:
            edges.append(float("nan"))
        if not isfinite(edges[-1]):
            raise PlanError(f"{where}, column {name}: expected a number of pixels; got {cell!r}")
    for name, low, high in (("x1", edges[0], edges[2]), ("y1", edges[1], edges[3])):
        if high <= low:
            raise PlanError(f"{where}, column {name}: expected more than {low:g}; got {high:g}")
    picture = cells[0] if Path(cells[0]).exists() else str(path.parent / cells[0])
    return Box(number, picture, cells[1], *edges)


def _columns() -> str:
    return f"{len(COLUMNS)} columns with tabs between them ({', '.join(COLUMNS)})"


def check_boxes(
    encoder: Encoder, boxes: Iterable[Box], read: Callable[[str], tuple[tuple[int, int], FrameTokens]]
) -> Pointing:
    """Return how often relevance, saliency and the centre point into the boxes.

    Args:
        encoder: With a text tower.
        boxes: The lines.
        read: Gives a picture's height and width, and its tokens, from its path.

    Raises:
        EncoderError: The encoder has no text tower.
        PlanError: A box lies outside its picture.
    """
    if not encoder.facts.text:
        raise EncoderError(
            f"encoder {encoder.facts.name} has no text tower, so that nothing is relevant to a phrase; "
            "choose a clip: encoder with one"
        )
    by_picture = []
    for path, lines in groupby(sorted(boxes, key=lambda box: box.picture), key=lambda box: box.picture):
        size, tokens = read(path)
        by_picture.append([_hits(encoder, box, size, tokens) for box in lines])
    every = [one for hits in by_picture for one in hits]
    return Pointing(
        pictures=len(by_picture),
        phrases=len(every),
        relevance=wilson(sum(one.relevance for one in every), len(every)),
        saliency=wilson(sum(one.saliency for one in every), len(every)),
        centre=wilson(sum(one.centre for one in every), len(every)),
        over_saliency=bootstrap_by_file(
            [[one.relevance - one.saliency for one in hits] for hits in by_picture], seed=SEED
        ),
        over_centre=bootstrap_by_file(
            [[one.relevance - one.centre for one in hits] for hits in by_picture], seed=SEED
        ),
    )


def _hits(encoder: Encoder, box: Box, size: tuple[int, int], tokens: FrameTokens) -> Hits:
    height, width = size
    if box.right <= 0 or box.bottom <= 0 or box.left >= width or box.top >= height:
        raise PlanError(
            f"`boxes`, line {box.line}: expected a box within {width} x {height} pixels; got "
            f"{box.left:g}, {box.top:g}, {box.right:g}, {box.bottom:g}"
        )
    question = asked(encoder, box.phrase)
    if question is None or tokens.text_features is None:
        raise EncoderError(f"encoder {encoder.facts.name} gave no embedding of a text or of patches")
    points = centres(size, encoder.facts)
    found = relevance(tokens.text_features[0], question).argmax()
    salient = tokens.saliency[0].argmax()
    return Hits(
        relevance=box.holds(*points[found].tolist()),
        saliency=box.holds(*points[salient].tolist()),
        centre=box.holds(width / 2, height / 2),
    )


def centres(size: tuple[int, int], facts: EncoderFacts) -> Tensor:
    """Return x and y of each patch's centre in pixels of the picture, float64, (P, 2).

    Args:
        size: Height and width of the picture.
        facts: How the encoder sees it; what it fills around a picture lies outside.
    """
    spot, (rows, columns) = place(size, facts.input_size, facts.fit), facts.grid
    left, top, right, bottom = spot.source
    to_left, to_top, to_right, to_bottom = spot.target
    x = (torch.arange(columns, dtype=torch.float64) + 0.5) * facts.input_size[1] / columns
    y = (torch.arange(rows, dtype=torch.float64) + 0.5) * facts.input_size[0] / rows
    x = left + (x - to_left) / (to_right - to_left) * (right - left)
    y = top + (y - to_top) / (to_bottom - to_top) * (bottom - top)
    return torch.stack([x.repeat(rows), y.repeat_interleave(columns)], 1)
