"""A scene: things and writing laid on a photo, and what there is to know about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tokcomp_cli.evidence.task.ingredients import Ground, Ingredients, Rgb

T = TypeVar("T")
Box = tuple[int, int, int, int]
SIDE = 224
COLOURS = {
    "red": (210, 40, 40),
    "orange": (240, 150, 30),
    "green": (50, 160, 60),
    "blue": (40, 90, 210),
    "purple": (140, 60, 170),
    "white": (240, 240, 240),
}
_SHORT = "ant bat cup dog egg fox gap hat ink jar key leg map net oak pen run sun toe van wax yes zip arm"
WORDS = tuple(_SHORT.split())
LOOKS = ("plain", "tinted", "faint", "like the ground", "at the rim")
OFTEN = (0.35, 0.2, 0.15, 0.15, 0.15)
MOST_COPIES = 3
TRIES = 20


@dataclass(frozen=True, slots=True)
class Fullness:
    """How much lies on a scene.

    Attributes:
        kinds: Fewest and most kinds of things.
        sizes: Sides of the smallest and the largest thing, in parts of the scene's.
        writings: 1 for a word, a digit or a number in nine scenes of ten, 2 for a word and one of the others.
    """

    kinds: tuple[int, int]
    sizes: tuple[float, float]
    writings: int


SOME = Fullness((2, 5), (0.10, 0.40), 1)
CROWDED = Fullness((4, 6), (0.08, 0.25), 2)


@dataclass(frozen=True, slots=True)
class Laid:
    """One thing in a scene.

    Attributes:
        name: Number of the thing, or -1 - w for writing.
        box: Left, top, right, bottom in pixels of the scene.
        look: How it stands out: one of `LOOKS`.
        colour: Number of its colour where it is tinted or written, else -1.
        text: What is written, or empty.
    """

    name: int
    box: Box
    look: str
    colour: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture and what is on it.

    Attributes:
        rgb: (SIDE, SIDE, 3).
        ground: Kind of its ground.
        laid: Things, in the order in which they were laid.
    """

    rgb: Rgb
    ground: str
    laid: tuple[Laid, ...]

    def of(self, name: int) -> list[Laid]:
        """Return all copies of a thing."""
        return [one for one in self.laid if one.name == name]


def make_scene(
    given: Ingredients,
    grounds: dict[str, tuple[Ground, ...]],
    rng: np.random.Generator,
    full: Fullness = SOME,
) -> Scene:
    """Return one scene: some kinds of things, one perhaps several times, and perhaps writing."""
    ground = any_of(rng, any_of(rng, [group for group in grounds.values() if group]))
    canvas = _patch_of(ground.pixels, rng)
    laid: list[Laid] = []
    fewest, most = full.kinds
    kinds = rng.permutation(len(given.things))[: rng.integers(fewest, most + 1)]
    copies = [int(rng.integers(1, MOST_COPIES + 1)), *[1] * (len(kinds) - 1)]
    for name, count in zip(kinds.tolist(), copies, strict=True):
        look, colour = str(rng.choice(LOOKS, p=OFTEN)), int(rng.integers(len(COLOURS)))
        for _ in range(count):
            cut = looking(given.things[name][1], look, colour, rng, full.sizes)
            box = _lay(canvas, cut, laid, look, rng)
            if box is not None:
                laid.append(Laid(name, box, look, colour if look == "tinted" else -1))
    for text in _texts(full, rng):
        colour = int(rng.integers(len(COLOURS)))
        box = _lay(canvas, written(text, colour, rng), laid, "plain", rng)
        if box is not None:
            laid.append(Laid(-1, box, "plain", colour, text))
    return Scene(canvas, ground.kind, tuple(laid))


def _texts(full: Fullness, rng: np.random.Generator) -> list[str]:
    if full.writings == 1 and rng.random() >= 0.9:
        return []
    word, digit, number = any_of(rng, WORDS), str(rng.integers(10)), str(rng.integers(10, 100))
    if full.writings == 1:
        return [any_of(rng, [word, digit, number])]
    return [word, any_of(rng, [digit, number])]


def any_of(rng: np.random.Generator, values: Sequence[T]) -> T:
    """Return any of some values."""
    return values[int(rng.integers(len(values)))]


def _patch_of(pixels: Rgb, rng: np.random.Generator) -> Rgb:
    """Return a part of a ground at the scene's size, perhaps mirrored."""
    height, width = pixels.shape[:2]
    side = int(rng.uniform(0.6, 1) * min(height, width))
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    part = cv2.resize(
        pixels[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA
    )
    shown = part[:, ::-1] if rng.random() < 0.5 else part
    return np.ascontiguousarray(shown, dtype=np.uint8)


def looking(
    cut: Rgb,
    look: str,
    colour: int,
    rng: np.random.Generator,
    sizes: tuple[float, float] = SOME.sizes,
) -> Rgb:
    """Return a thing at its size, mirrored or not, with its look, RGBA."""
    side = SIDE * np.exp(rng.uniform(*np.log(sizes)))
    scale = side / max(cut.shape[:2])
    size = max(3, round(cut.shape[1] * scale)), max(3, round(cut.shape[0] * scale))
    whole = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    small = whole[:, ::-1].copy() if rng.random() < 0.5 else whole
    if look == "tinted":
        grey = small[..., :3].mean(2, keepdims=True) / 255
        small[..., :3] = (np.array(list(COLOURS.values())[colour]) * (0.35 + 0.65 * grey)).clip(0, 255)
    if look == "faint":
        small[..., 3] = (small[..., 3] * rng.uniform(0.35, 0.55)).astype(np.uint8)
    return small


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def written(text: str, colour: int, rng: np.random.Generator) -> Rgb:
    """Return writing on a plate of black or on nothing, RGBA."""
    size = int(SIDE * np.exp(rng.uniform(np.log(0.14), np.log(0.34))))
    left, top, right, bottom = _font(size).getbbox(text)
    around = size // 6
    picture = Image.new("RGBA", (int(right - left) + 2 * around, int(bottom - top) + 2 * around))
    drawing = ImageDraw.Draw(picture)
    if rng.random() < 0.5:
        drawing.rectangle((0, 0, *picture.size), (0, 0, 0, 255))
    ink = list(COLOURS.values())[colour]
    drawing.text(
        (around - left, around - top), text, ink, _font(size), stroke_width=1, stroke_fill=(0, 0, 0, 255)
    )
    return np.asarray(picture)


def _lay(canvas: Rgb, cut: Rgb, laid: list[Laid], look: str, rng: np.random.Generator) -> Box | None:
    """Lay something where nothing lies yet and return where, or None where no place was found."""
    height, width = cut.shape[0], cut.shape[1]
    if height >= SIDE or width >= SIDE:
        return None
    for _ in range(TRIES):
        left, top = int(rng.integers(SIDE - width + 1)), int(rng.integers(SIDE - height + 1))
        if look == "at the rim":
            left = int(rng.choice([0, SIDE - width]))
        box = (left, top, left + width, top + height)
        if all(apart(box, one.box) for one in laid):
            break
    else:
        return None
    lay_down(canvas, cut, box, look)
    return box


def lay_down(canvas: Rgb, cut: Rgb, box: Box, look: str) -> None:
    """Lay something, RGBA, on a canvas at a box of its size."""
    left, top, right, bottom = box
    part = canvas[top:bottom, left:right]
    alpha = cut[..., 3:].astype(np.float32) / np.float32(255)
    colours = cut[..., :3].astype(np.float32)
    if look == "like the ground":
        colours = _moved_to(colours, part.astype(np.float32), alpha)
    part[:] = (colours * alpha + part * (1 - alpha)).round().clip(0, 255).astype(np.uint8)


def _moved_to(
    colours: npt.NDArray[np.float32], ground: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return a thing with the mean colour of what it covers, and half its own contrast."""
    inside = alpha[..., 0] > 0.5
    if not inside.any():
        return colours
    own = colours[inside].mean(0)
    moved: npt.NDArray[np.float32] = (colours - own) * np.float32(0.5) + ground.reshape(-1, 3).mean(0)
    return moved


def apart(a: Box, b: Box) -> bool:
    """Return whether two boxes do not overlap."""
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
