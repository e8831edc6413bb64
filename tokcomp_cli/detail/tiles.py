"""The detail path: a picture at three times the resolution, in tiles, minus what the global tokens hold.

Reference: the reference note's section on FastVLM. The real one (arXiv 2412.13303) has one path and drops no
token. Deviation: one encoder sees both the whole picture and its tiles, and nothing is learned.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.content_similarity import patch_similarity
from tokcomp_cli.compress.pool import pooled_cells
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.results.advice import Detail
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.detail.hardest import SIDE, HardestPicture
from tokcomp_cli.difficulty.detail import detail_reasons
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.metrics import explained

GLOBAL_SHARE = 0.25
NOVEL_BELOW = 0.3
"""Similarity of content above which a detail token is nothing new: over 27 photos with `embedded` it keeps 76
of 196 tokens on average, as many as the knee of the mean curve of `explained` against tokens."""
CHOSEN_WITH = "embedded"
SCALE = (
    "below 0 is worse than one mean token; an encoder answers otherwise to another scale, and that counts as "
    "lost here: compare the three figures with each other"
)


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tokens of a picture's tiles.

    Attributes:
        tokens: Of each tile in raster order, (9, P, D).
        content: The same minus the blank response, (9, P, D).
        pooled_to: Detail token of each patch, its cell of 3 x 3 patches, int64, (9, P).
        detail: Content of the detail tokens, one over each patch of the whole picture's grid, (P, D).
    """

    tokens: FrameTokens
    content: Tensor
    pooled_to: Tensor
    detail: Tensor


def check_grid(grid: tuple[int, int]) -> None:
    """Check that a grid has room for global tokens.

    Raises:
        PlanError: It cannot be pooled to a quarter.
    """
    if grid[0] * grid[1] < 4:
        raise PlanError(
            f"the detail path pools the grid to a quarter of its patches, and this encoder's has "
            f"{grid[0]}×{grid[1]}; choose an encoder with at least 2×2"
        )


def global_cells(grid: tuple[int, int]) -> Tensor:
    """Return the global token of each patch, int64, (P,): 14 x 14 patches go to 7 x 7."""
    return pooled_cells(grid, half_up(GLOBAL_SHARE * grid[0] * grid[1]))


def detail_cells(grid: tuple[int, int]) -> Tensor:
    """Return the detail token of each patch of each tile, int64, (9, P): cells of 3 x 3 patches.

    Tiles lie side by side; together they have three times the grid's rows and columns, and a cell may
    reach over the edge of a tile.
    """
    rows, columns = grid
    patch = torch.arange(rows * columns)
    tile = torch.arange(SIDE * SIDE)[:, None]
    row = tile // SIDE * rows + patch // columns
    column = tile % SIDE * columns + patch % columns
    return row // SIDE * columns + column // SIDE


def cut_tiles(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the tiles of a picture in raster order, uint8, (9, H, W, 3).

    Args:
        picture: Three times an encoder's input along each side, uint8, (3H, 3W, 3).
    """
    height, width = picture.shape[0] // SIDE, picture.shape[1] // SIDE
    cut = picture.reshape(SIDE, height, SIDE, width, 3).swapaxes(1, 2)
    return np.ascontiguousarray(cut.reshape(SIDE * SIDE, height, width, 3))


def encode_tiles(picture: npt.NDArray[np.uint8], encoder: Encoder) -> Tiles:
    """Return the tokens of a picture's tiles, encoded in one batch.

    Args:
        picture: Three times the encoder's input along each side, uint8, (3H, 3W, 3).
        encoder: Each tile is one input of it.
    """
    tokens = encoder.encode(cut_tiles(picture))
    content = tokens.features - encoder.blank
    cells = detail_cells(encoder.facts.grid)
    flat, ones = cells.flatten(), torch.ones(cells.numel(), dtype=torch.int64)
    detail, _ = merge_mean(content.flatten(0, 1), ones, flat, encoder.facts.num_patches)
    return Tiles(tokens, content, cells, detail)


def novel(detail: Tensor, over: Tensor, floor: float, threshold: float = NOVEL_BELOW) -> Tensor:
    """Return which detail tokens hold what the global tokens over them do not, bool, (P,).

    Args:
        detail: Content of the detail tokens, (P, D).
        over: Content of the global token over each, (P, D).
        floor: Least content energy of a patch.
        threshold: Similarity of the two above which nothing is new.
    """
    return patch_similarity(detail, over, floor) <= threshold


def share_explained(tiles: Tiles, over: Tensor, kept: Tensor, floor: float) -> float:
    """Return how much of the full-resolution content is explained by kept detail and by global tokens.

    Args:
        tiles: The full resolution.
        over: Content of the global token over each detail token, (P, D).
        kept: Detail tokens that stand for their patches, bool, (P,); global ones stand for the others.
        floor: Least energy of a patch.
    """
    stand_in = torch.where(kept[:, None], tiles.detail, over)[tiles.pooled_to]
    lost = (tiles.content - stand_in).double().square().sum()
    energy = (tiles.content - tiles.content.mean((0, 1))).double().square().sum()
    return explained(float(lost), float(energy), floor=floor, patches=tiles.pooled_to.numel())


@dataclass(frozen=True, slots=True)
class TileFeatures:
    """The hardest merged frame's picture looked at more closely.

    Attributes:
        tiles: Its tiles.
        over: Content of the whole picture's global token over each detail token, (P, D).
        enlarged: Whether the file has fewer pixels than the tiles.
    """

    tiles: Tiles
    over: Tensor
    enlarged: bool


def look_closer(hardest: HardestPicture, encoder: Encoder, over: Tensor | None = None) -> TileFeatures:
    """Return the tokens of the kept picture's tiles, and the global tokens over them.

    Args:
        hardest: The picture.
        encoder: Sees all tiles in one batch.
        over: Content of the global token over each detail token, (P, D); None to encode the picture whole.
    """
    tiles = encode_tiles(hardest.picture, encoder)
    if over is not None:
        return TileFeatures(tiles, over, hardest.enlarged)
    content = encoder.encode(hardest.picture[None]).features[0] - encoder.blank
    cells = global_cells(encoder.facts.grid)
    pooled, _ = merge_mean(content, torch.ones_like(cells), cells, int(cells.max()) + 1)
    return TileFeatures(tiles, pooled[cells], hardest.enlarged)


def decide(
    query: str | None, signals: ImageSignals, *, at_seconds: float | None, text: float | None = None
) -> Detail:
    """Return whether the detail path is wanted, nothing of it encoded yet.

    Args:
        query: The question, or None.
        signals: Of the hardest merged frame.
        at_seconds: Its start; None for an image.
        text: Likelihood of text in the input, in [0, 1], or None where nothing measured it.
    """
    reasons = detail_reasons(query, edge=signals.edge, text=text)
    return Detail(bool(reasons), reasons, edge=signals.edge, text=text, at_seconds=at_seconds)


def measure_detail(decision: Detail, closer: TileFeatures, facts: EncoderFacts) -> Detail:
    """Return the decision together with what the detail path is worth.

    Args:
        decision: Whether it is wanted, and why.
        closer: The picture looked at more closely.
        facts: Of the encoder.
    """
    tiles, over = closer.tiles, closer.over
    new = novel(tiles.detail, over, facts.floor)
    every, none = torch.ones_like(new), torch.zeros_like(new)
    notes = ["the file has fewer pixels than the tiles: they show it enlarged"] if closer.enlarged else []
    if facts.name != CHOSEN_WITH:
        notes.append(f"the threshold was chosen with {CHOSEN_WITH}; for {facts.name} it is a guess")
    return replace(
        decision,
        tiles=len(tiles.content),
        threshold=NOVEL_BELOW,
        tokens_global=int(global_cells(facts.grid).max()) + 1,
        tokens_tiles=len(tiles.detail),
        tokens_detail=int(new.sum()),
        explained_global=share_explained(tiles, over, none, facts.floor),
        explained_detail=share_explained(tiles, over, new, facts.floor),
        explained_all=share_explained(tiles, over, every, facts.floor),
        notes=(*notes, SCALE),
    )
