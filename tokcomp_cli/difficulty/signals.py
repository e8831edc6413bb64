"""What makes a picture look hard: edges, colour, regions, and how spread its content is."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.frames import ArrayPicture, Picture, Scaling
from tokcomp_cli.core.stats import centred, gram_rank, normalised_entropy, spread

LONG_SIDE = 256
EDGE_MAGNITUDE = 0.1
SAME_REGION = 0.7
BACKGROUND_BORDER = 0.25
LEAST_PATCHES = 2


@dataclass(frozen=True, slots=True)
class ImageSignals:
    """Raw measures of one picture and of its grid of patch tokens.

    Attributes:
        edge: Share of pixels whose gradient magnitude exceeds 0.1 (grey 0-1, long side 256).
        colour: Mean over channels of the standard deviation of values 0-1.
        objects: Salient regions in the patch affinity graph.
        effective_rank: Of the grid's content.
        attention_entropy: Of the saliency over patches, divided by its maximum.
        variety: Effective rank of the content after its mean is taken out; 1 for a blank picture.
        fine: Mean squared Laplacian (grey 0-1, long side 256): the finest structure.
        energy: Mean squared content of a patch after the mean is taken out.
        gram_rank: exp(entropy of the Gram matrix's normalised eigenvalues), the mean taken out.
        region: Salient region of each patch, 0 for the background; empty while unmeasured.
    """

    edge: float
    colour: float
    objects: int = 0
    effective_rank: float = 1.0
    attention_entropy: float = 1.0
    variety: float = 1.0
    fine: float = 0.0
    energy: float = 0.0
    gram_rank: float = 1.0
    region: tuple[int, ...] = ()


def planes(picture: tuple[int, int]) -> tuple[Scaling, Scaling]:
    """Return the small pictures that `picture_signals` asks of a picture of a height and width."""
    scale = LONG_SIDE / max(picture)
    size = max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))
    return (size, "area"), (size, "nearest")


def picture_signals(picture: Picture) -> ImageSignals:
    """Return what the pixels of a picture tell; the rest is still unmeasured.

    Edges are those of an averaged plane. Averaging takes spread away, of a page of text nearly half, so
    colour is that of single pixels, and of all of them where they are there anyway.
    """
    averaged, picked = planes(picture.size)
    small = picture.scaled(*averaged)
    pixels = picture.rgb() if isinstance(picture, ArrayPicture) else picture.scaled(*picked)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.25)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.25)
    edge = float((np.hypot(across, down) > EDGE_MAGNITUDE).mean())
    colour = float(cv2.meanStdDev(pixels)[1].mean() / 255)
    return ImageSignals(
        edge=edge, colour=colour, fine=float(np.square(cv2.Laplacian(grey, cv2.CV_32F)).mean())
    )


def grid_signals(
    picture: ImageSignals, *, content: Tensor, saliency: Tensor, grid: tuple[int, int], floor: float
) -> ImageSignals:
    """Return the picture's measures together with those of its patch tokens.

    Args:
        picture: Measures of the pixels.
        content: Patch content, (P, D).
        saliency: Saliency of the patches, (P,).
        grid: Rows and columns.
        floor: Content energy a patch below which a picture counts as blank.
    """
    wide = content.double()
    products = wide @ wide.T
    around = centred(products)
    energy = float(around.diagonal().mean())
    blank = energy < floor
    variety, rank_of_products = (1.0, 1.0) if blank else spread(around)
    region = (
        torch.zeros(len(content), dtype=torch.int64) if blank else salient_regions(content, saliency, grid)
    )
    return replace(
        picture,
        objects=int(region.max()),
        effective_rank=gram_rank(products),
        attention_entropy=normalised_entropy(saliency),
        variety=variety,
        energy=energy,
        gram_rank=rank_of_products,
        region=tuple(region.tolist()),
    )


def regions(content: Tensor, grid: tuple[int, int]) -> npt.NDArray[np.int32]:
    """Return the region of each patch, int32, (P,): neighbours of like content belong together.

    Args:
        content: Patch content, (P, D).
        grid: Rows and columns.
    """
    rows, columns = grid
    unit = F.normalize(content - content.mean(0), dim=1).view(rows, columns, -1)
    drawn = np.zeros((2 * rows - 1, 2 * columns - 1), np.uint8)  # a pixel each patch, and one between two
    drawn[::2, ::2] = 1
    drawn[::2, 1::2] = (unit[:, :-1] * unit[:, 1:]).sum(2) > SAME_REGION
    drawn[1::2, ::2] = (unit[:-1] * unit[1:]).sum(2) > SAME_REGION
    labels = cv2.connectedComponents(drawn, connectivity=4)[1][::2, ::2]
    return np.asarray(labels.ravel() - 1, dtype=np.int32)


def salient_regions(content: Tensor, saliency: Tensor, grid: tuple[int, int]) -> Tensor:
    """Return which region before the background each patch is in, 0 for none, int64, (P,): a rough count.

    A region is a connected set of at least two neighbouring patches whose content is alike (cosine above
    0.7 after the mean is taken out). One that holds more than a quarter of the border is background; one
    less salient than the average patch is not counted. Regions are numbered from 1 in raster order.

    Args:
        content: Patch content, (P, D), of a picture that is not blank.
        saliency: Saliency of the patches, (P,).
        grid: Rows and columns.
    """
    rows, columns = grid
    border = torch.zeros(rows, columns)
    border[[0, -1]] = border[:, [0, -1]] = 1
    labels = torch.from_numpy(regions(content, grid)).long()
    size = torch.bincount(labels)
    at_border = torch.bincount(labels, weights=border.flatten()) / border.sum()
    attended = torch.bincount(labels, weights=saliency) / size >= saliency.mean()
    counted = (size >= LEAST_PATCHES) & (at_border <= BACKGROUND_BORDER) & attended
    return torch.where(counted, counted.cumsum(0), 0)[labels]
