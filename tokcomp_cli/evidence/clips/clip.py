"""A clip: things and writing that come, move and go on a photo that stands still or is panned over."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from tokcomp_cli.evidence.task.ingredients import Ground, Ingredients, Rgb
from tokcomp_cli.evidence.task.scene import (
    COLOURS,
    LOOKS,
    OFTEN,
    SIDE,
    WORDS,
    Box,
    any_of,
    apart,
    lay_down,
    looking,
    written,
)

FRAMES, FRAMES_A_SECOND = 8, 2
FEWEST_KINDS, MOST_KINDS = 2, 4
MOST_TIMES = 3
PANNED, MOVING, PAN = 0.5, 0.5, 0.25
LEAST_SHIFT, MOST_SHIFT = 0.3, 0.6
NOISE = 2.0
TRIES = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One stay of a thing in a clip.

    Attributes:
        name: Number of the thing, or -1 for writing.
        first, last: Its frames, both included.
        boxes: Left, top, right, bottom in each of them.
        look: How it stands out: one of `LOOKS`.
        colour: Number of its colour where it is tinted or written, else -1.
        text: What is written, or empty.
    """

    name: int
    first: int
    last: int
    boxes: tuple[Box, ...]
    look: str
    colour: int = -1
    text: str = ""

    @property
    def shift(self) -> int:
        """Return how many pixels it moves to the right from its first frame to its last."""
        return self.boxes[-1][0] - self.boxes[0][0]


@dataclass(frozen=True, slots=True)
class Clip:
    """The frames of a clip and what is on them.

    Attributes:
        rgb: (FRAMES, SIDE, SIDE, 3).
        ground: Kind of its ground.
        shown: Stays of things, in no order.
    """

    rgb: Rgb
    ground: str
    shown: tuple[Shown, ...]

    def of(self, name: int) -> list[Shown]:
        """Return the stays of a thing, in order of time."""
        return sorted((one for one in self.shown if one.name == name), key=lambda one: one.first)


def make_clip(given: Ingredients, grounds: dict[str, tuple[Ground, ...]], rng: np.random.Generator) -> Clip:
    """Return one clip: two to four kinds of things, one perhaps several times, and perhaps writing."""
    ground = any_of(rng, any_of(rng, [group for group in grounds.values() if group]))
    frames, shown = _ground_frames(ground.pixels, rng), list[Shown]()
    kinds = rng.permutation(len(given.things))[: rng.integers(FEWEST_KINDS, MOST_KINDS + 1)].tolist()
    times = [int(rng.integers(1, MOST_TIMES + 1)), *[1] * (len(kinds) - 1)]
    for name, count in zip(kinds, times, strict=True):
        look, colour = str(rng.choice(LOOKS, p=OFTEN)), int(rng.integers(len(COLOURS)))
        cut = looking(given.things[name][1], look, colour, rng)
        for first, last in _stays(count, rng):
            shade = colour if look == "tinted" else -1
            _show(frames, cut, shown, Shown(name, first, last, (), look, shade), rng)
    if rng.random() < 0.7:
        text = str(any_of(rng, [any_of(rng, WORDS), str(rng.integers(10)), str(rng.integers(10, 100))]))
        colour = int(rng.integers(len(COLOURS)))
        ((first, last),) = _stays(1, rng)
        _show(
            frames, written(text, colour, rng), shown, Shown(-1, first, last, (), "plain", colour, text), rng
        )
    noisy = frames + rng.normal(0, NOISE, frames.shape).astype(np.float32)
    return Clip(noisy.round().clip(0, 255).astype(np.uint8), ground.kind, tuple(shown))


def _ground_frames(pixels: Rgb, rng: np.random.Generator) -> Rgb:
    """Return a part of a ground in each frame, at the clip's size; it may move on from frame to frame."""
    height, width = pixels.shape[:2]
    side = int(rng.uniform(0.6, 1 - PAN / 2) * min(height, width))
    room = np.array([height - side, width - side])
    start = rng.integers(0, room + 1)
    step = rng.uniform(-PAN, PAN, 2) * side / (FRAMES - 1) if rng.random() < PANNED else np.zeros(2)
    made = []
    for frame in range(FRAMES):
        top, left = np.clip(start + np.round(step * frame), 0, room).astype(int)
        part = pixels[top : top + side, left : left + side]
        made.append(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.stack(made).astype(np.uint8)


def _stays(count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Return first and last frame of so many stays, in order, with a frame at least between two of them."""
    if count == 1:
        first = int(rng.integers(FRAMES - 1))
        return [(first, int(rng.integers(first + 1, FRAMES)))]
    edges = np.sort(rng.permutation(FRAMES + 1)[: 2 * count]).tolist()
    stays = [(first, end - 1) for first, end in zip(edges[::2], edges[1::2], strict=True)]
    return stays if all(a[1] + 1 < b[0] for a, b in pairwise(stays)) else _stays(count, rng)


def _show(frames: Rgb, cut: Rgb, shown: list[Shown], stay: Shown, rng: np.random.Generator) -> None:
    """Lay a thing on its frames where nothing else lies in any of them, or nowhere."""
    path = _path(cut.shape[:2], shown, stay, rng)
    if path is None:
        return
    for frame, box in zip(range(stay.first, stay.last + 1), path, strict=True):
        lay_down(frames[frame], cut, box, stay.look)
    shown.append(Shown(stay.name, stay.first, stay.last, tuple(path), stay.look, stay.colour, stay.text))


def _path(
    size: tuple[int, int], shown: Sequence[Shown], stay: Shown, rng: np.random.Generator
) -> list[Box] | None:
    """Return the box of a thing in each of its frames, or None where no way is free."""
    height, width = size
    if height >= SIDE or width >= SIDE:
        return None
    count = stay.last - stay.first + 1
    for _ in range(TRIES):
        top, left = int(rng.integers(SIDE - height + 1)), int(rng.integers(SIDE - width + 1))
        end = left
        if rng.random() < MOVING and count > 1:
            end = left + int(rng.choice([-1, 1]) * rng.uniform(LEAST_SHIFT, MOST_SHIFT) * SIDE)
            if not 0 <= end <= SIDE - width:
                continue
        path = [(int(at), top, int(at) + width, top + height) for at in np.linspace(left, end, count).round()]
        if all(_free(path, stay.first, other) for other in shown):
            return path
    return None


def _free(path: Sequence[Box], first: int, other: Shown) -> bool:
    """Return whether a path lies apart from another stay in the frames that both are in."""
    return all(
        apart(box, other.boxes[frame - other.first])
        for frame, box in enumerate(path, start=first)
        if other.first <= frame <= other.last
    )
