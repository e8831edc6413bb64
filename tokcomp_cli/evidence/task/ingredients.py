"""What scenes are made of: photos for the ground, cut-out things, and fonts, all from free packages.

    tuxpaint-stamps-default   things cut out of photos (GPL-2)
    gcompris-qt-data          paintings, monuments, photos of nature (GPL-3, CC BY-SA)
    mate-backgrounds, ukui-wallpapers, plasma-workspace-wallpapers
                              photos and drawings for desktops (GPL-2, CC BY-SA)

Nothing of them is in this package: they are read where Debian puts them, or where a folder is named.
"""

import io
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from tokcomp_cli.errors import EvidenceError

Rgb = npt.NDArray[np.uint8]
PACKAGES = (
    "tuxpaint-stamps-default",
    "gcompris-qt-data",
    "mate-backgrounds",
    "ukui-wallpapers",
    "plasma-workspace-wallpapers",
)
LICENCES = {
    "scenes": (
        "tuxpaint-stamps-default: GPL-2",
        "gcompris-qt-data: GPL-3, photos CC BY-SA",
        "mate-backgrounds: GPL-2, CC BY-SA",
        "ukui-wallpapers: GPL-2+, CC BY-SA",
        "plasma-workspace-wallpapers: CC BY-SA, LGPL-3",
        "font Aileron: CC0",
    ),
    "easy-vqa": ("easy-vqa: MIT",),
}
"""What the pictures of a task are made of, for the cards of what was trained on them."""

STAMPS = "usr/share/tuxpaint/stamps"
THINGS_IN = (
    "animals/birds",
    "animals/fish",
    "animals/insects",
    "animals/mammals",
    "clothes",
    "food/fruit",
    "food/vegetables",
    "hobbies/music/string",
    "household/tools",
    "plants/flowers",
    "sports",
    "vehicles/auto",
)
NUM_THINGS = 32
THING_SIDE, GROUND_SIDE = 160, 448
GROUNDS = {
    "monument": ("usr/share/gcompris-qt/rcc/explore_monuments.rcc",),
    "nature": (
        "usr/share/gcompris-qt/rcc/erase.rcc",
        "usr/share/gcompris-qt/rcc/explore_world_animals.rcc",
        "usr/share/gcompris-qt/rcc/explore_farm_animals.rcc",
        "usr/share/backgrounds/mate/nature",
    ),
    "drawing": (
        "usr/share/backgrounds/mate/abstract",
        "usr/share/backgrounds/mate/desktop",
        "usr/share/wallpapers/*/contents/images",
    ),
    "mixed": ("usr/share/backgrounds",),
}
"""Kinds of ground, and the files or folders that hold them; of `mixed` nobody is asked what it shows."""

SPLITS = {"train": (0, 55), "validation": (55, 75), "held_out": (75, 100)}
"""Percent of the grounds of each split, by a hash of the picture's name: no ground is in two."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A picture that things are laid on.

    Attributes:
        kind: A key of `GROUNDS`.
        pixels: RGB, shorter side `GROUND_SIDE`, (H, W, 3).
        split: A key of `SPLITS`.
    """

    kind: str
    pixels: Rgb
    split: str


@dataclass(frozen=True)
class Ingredients:
    """All that scenes are made of.

    Attributes:
        root: Folder that the packages are unpacked in; `/` where they are installed.
    """

    root: Path = Path("/")

    @cached_property
    def things(self) -> tuple[tuple[str, Rgb], ...]:
        """Return the name and the RGBA pixels of each thing, longer side `THING_SIDE`.

        Raises:
            EvidenceError: A package is missing.
        """
        found = [path for folder in THINGS_IN for path in sorted((self.root / STAMPS / folder).glob("*.png"))]
        if len(found) < NUM_THINGS:
            raise EvidenceError(missing("tuxpaint-stamps-default", self.root))
        chosen = sorted(found, key=lambda path: zlib.crc32(path.stem.encode()))[:NUM_THINGS]
        return tuple((path.stem, _cut_out(path)) for path in sorted(chosen))

    @cached_property
    def grounds(self) -> tuple[Ground, ...]:
        """Return all grounds.

        Raises:
            EvidenceError: A package is missing.
        """
        return tuple(
            Ground(kind, pixels, split)
            for kind, places in GROUNDS.items()
            for place in places
            for split, pixels in self._pictures(place)
        )

    def of_split(self, split: str) -> dict[str, tuple[Ground, ...]]:
        """Return the grounds of a split by kind."""
        return {
            kind: tuple(ground for ground in self.grounds if (ground.kind, ground.split) == (kind, split))
            for kind in GROUNDS
        }

    def _pictures(self, place: str) -> list[tuple[str, Rgb]]:
        found = sorted(self.root.glob(place))
        if not found:
            package = next(name for name in PACKAGES if name.split("-")[0] in place or name == PACKAGES[-1])
            raise EvidenceError(missing(package, self.root))
        files = [path for one in found for path in (sorted(one.iterdir()) if one.is_dir() else [one])]
        named = dict(blob for path in files if path.is_file() for blob in _blobs(path))
        pictures = [(_split(name), _ground(data)) for name, data in named.items()]
        return [(split, picture) for split, picture in pictures if picture is not None]


def missing(package: str, root: Path) -> str:
    """Return the sentence about a package that is not there."""
    return (
        f"the task is made of free pictures from Debian's {package}, and {root} does not hold them; install "
        f"them with `apt-get install {' '.join(PACKAGES)}`, or name the folder that the packages are "
        "unpacked in with --data"
    )


def _blobs(path: Path) -> list[tuple[bytes, bytes]]:
    """Return name and data of the encoded pictures in a file; a picture's other sizes have its name.

    WebP pictures stand plain in Qt's resource files; their first bytes name them.
    """
    if path.suffix in {".jpg", ".png", ".webp"}:
        name = path.parents[2].name if path.parent.name == "images" else path.stem.split("_")[0]
        return [(name.encode(), path.read_bytes())]
    if path.suffix != ".rcc":
        return []
    data, found, at = path.read_bytes(), [], 0
    while (at := data.find(b"RIFF", at)) >= 0:
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at + 8 : at + 12] == b"WEBP" and end <= len(data):
            found.append((data[at : at + 4096], data[at:end]))
            at = end
        else:
            at += 4
    return found


def _ground(blob: bytes) -> Rgb | None:
    """Return a picture as a ground, or None where it is too small or has no content."""
    with Image.open(io.BytesIO(blob)) as picture:
        if min(picture.size) < GROUND_SIDE // 2 or "A" in picture.mode:
            return None
        picture.draft("RGB", (GROUND_SIDE * 2, GROUND_SIDE * 2))
        rgb = picture.convert("RGB")
    scale = GROUND_SIDE / min(rgb.size)
    width, height = (max(GROUND_SIDE, round(side * scale)) for side in rgb.size)
    pixels = np.asarray(rgb.resize((width, height), Image.Resampling.BICUBIC))
    return pixels if pixels.std() > 8 else None


def _cut_out(path: Path) -> Rgb:
    with Image.open(path) as picture:
        rgba = picture.convert("RGBA")
    rgba = rgba.crop(rgba.getchannel("A").getbbox())
    rgba.thumbnail((THING_SIDE, THING_SIDE))
    return np.asarray(rgba)


def _split(name: bytes) -> str:
    percent = zlib.crc32(name) % 100
    return next(split for split, (first, end) in SPLITS.items() if first <= percent < end)
