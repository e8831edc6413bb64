"""How a picture is brought to an encoder's input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokcomp_cli.core.encoder_facts import EncoderFacts, Fit, Interpolation
from tokcomp_cli.core.frames import squash
from tokcomp_cli.core.lazy import F, Tensor, np, npt, torch
from tokcomp_cli.errors import EncoderError

if TYPE_CHECKING:
    from tokcomp_cli.core.frames import Picture, Scaling

BLANK_GREYS = (0, 40, 128, 200, 255)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in an encoder's input; rectangles are left, top, right, bottom in pixels.

    Attributes:
        resized: Height and width of the whole picture after scaling.
        source: The part of the picture that the encoder sees, in the picture's own pixels.
        target: Where that part lies in the input; what is outside is filled.
    """

    resized: tuple[int, int]
    source: tuple[float, float, float, float]
    target: tuple[int, int, int, int]


def place(picture: tuple[int, int], size: tuple[int, int], fit: Fit = "squash") -> Placement:
    """Return where a picture lies in an input.

    `crop` scales the shorter side to the input and cuts the middle out, `pad` scales the longer side and
    fills around the middle; both round as torchvision's and timm's transforms do, which CLIP models were
    trained with.

    Args:
        picture: Height and width of the picture.
        size: Height and width of the input.
        fit: How to reconcile their aspect ratios.
    """
    (height, width), (rows, columns) = picture, size
    if fit == "squash":
        return Placement(size, (0.0, 0.0, float(width), float(height)), (0, 0, columns, rows))
    if fit == "pad":
        scale = max(height / rows, width / columns)
        tall, wide = max(1, round(height / scale)), max(1, round(width / scale))
        top, left = (rows - tall) // 2, (columns - wide) // 2
        whole = (0.0, 0.0, float(width), float(height))
        return Placement((tall, wide), whole, (left, top, left + wide, top + tall))
    if height * columns <= width * rows:
        tall, wide = rows, max(columns, rows * width // height)
    else:
        tall, wide = max(rows, columns * height // width), columns
    top, left = _corner((tall, wide), size)
    across, down = width / wide, height / tall
    source = (left * across, top * down, (left + columns) * across, (top + rows) * down)
    return Placement((tall, wide), source, (0, 0, columns, rows))


def fitted(
    rgb: npt.NDArray[np.uint8],
    size: tuple[int, int],
    *,
    fit: Fit = "squash",
    interpolation: Interpolation = "bicubic",
    fill: int = 0,
) -> Tensor:
    """Return pictures brought to the input as `place` says, uint8, (T, 3, H, W).

    Args:
        rgb: Pictures, uint8, (T, H, W, 3).
        size: Height and width of the input in pixels.
        fit: How to reconcile the aspect ratios.
        interpolation: Kernel, antialiased.
        fill: Level of what lies outside the picture, 0-255.
    """
    spot = place((rgb.shape[1], rgb.shape[2]), size, fit)
    pictures = squash(rgb, spot.resized, interpolation)
    if spot.resized == size:
        return pictures
    rows, columns = size
    if fit == "crop":
        top, left = _corner(spot.resized, size)
        return pictures[..., top : top + rows, left : left + columns]
    left, top, right, bottom = spot.target
    return F.pad(pictures, (left, columns - right, top, rows - bottom), value=fill)


def scaling(picture: tuple[int, int], facts: EncoderFacts) -> Scaling:
    """Return the size and kernel that `input_of` asks of a picture of a height and width."""
    return place(picture, facts.input_size, facts.fit).resized, facts.interpolation


def input_of(
    picture: Picture,
    size: tuple[int, int],
    *,
    fit: Fit = "squash",
    interpolation: Interpolation = "bicubic",
    fill: int = 0,
) -> npt.NDArray[np.uint8]:
    """Return one picture brought to the input as `place` says, uint8, (H, W, 3).

    `fitted` leaves it as it is, so that `encode` takes a stack of them.

    Args:
        picture: As displayed.
        size: Height and width of the input in pixels.
        fit: How to reconcile the aspect ratios.
        interpolation: Kernel, antialiased.
        fill: Level of what lies outside the picture, 0-255.

    Raises:
        MediaError: The picture cannot be made.
    """
    spot = place(picture.size, size, fit)
    pixels = picture.scaled(spot.resized, interpolation)
    if spot.resized == size:
        return pixels
    if fit == "crop":
        top, left = _corner(spot.resized, size)
        return pixels[top : top + size[0], left : left + size[1]]
    left, top, right, bottom = spot.target
    whole = np.full((*size, 3), fill, dtype=np.uint8)
    whole[top:bottom, left:right] = pixels
    return whole


def seen_by(facts: EncoderFacts, picture: Picture) -> npt.NDArray[np.uint8]:
    """Return one picture as an encoder sees it, uint8, (H, W, 3): its input, ready for `encode`."""
    return input_of(
        picture, facts.input_size, fit=facts.fit, interpolation=facts.interpolation, fill=facts.fill
    )


def _corner(resized: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """Return top and left of the middle that is cut out of a resized picture."""
    return round((resized[0] - size[0]) / 2), round((resized[1] - size[1]) / 2)


def blank_frames(size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return one grey frame for each level of `BLANK_GREYS`, uint8, (5, H, W, 3)."""
    levels = np.asarray(BLANK_GREYS, dtype=np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (len(levels), *size, 3))


def check_finite(features: Tensor, facts: EncoderFacts) -> None:
    """Raise EncoderError if a token holds NaN or infinity."""
    if not torch.isfinite(features).all():
        raise EncoderError(
            f"encoder {facts.name} returned values that are not finite; "
            "its weights are damaged or the number format is too narrow: choose another encoder"
        )
