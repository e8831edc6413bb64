"""Clips made for tests: screens that differ in writing, and shots of one colour."""

from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WORDS = (
    *("invoice", "payment", "station", "garden", "winter", "summer", "report", "number", "window"),
    *("letter", "market", "bridge", "common", "frame", "picture", "river", "mountain", "silver"),
    *("orange", "kitchen", "planet", "doctor", "engine", "history"),
)


def page(seed: int, size: tuple[int, int] = (640, 480), letters: int = 20) -> np.ndarray:
    """Return a page of writing in a layout that is always the same, uint8, (H, W, 3)."""
    random = np.random.default_rng(seed)
    picture = Image.new("RGB", size, (245, 245, 245))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(letters)
    draw.rectangle((0, 0, 90, size[1]), fill=(40, 60, 90))
    for y in range(60, size[1] - 30, 2 * letters):
        draw.text((110, y), " ".join(random.choice(WORDS, 5)), fill="black", font=font)
    return np.asarray(picture)


def face(seed: int) -> np.ndarray:
    """Return one page with a patch in its corner that differs from seed to seed, uint8, (576, 1024, 3)."""
    picture = page(0, (1024, 576), 16).copy()
    soft = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    picture[60:180, 860:980] = soft.repeat(20, 0).repeat(20, 1)
    return picture


def write_clip(path: Path, pictures: list[np.ndarray], *, each: int, rate: int) -> Path:
    """Write a clip in which each picture is shown for so many frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            for _ in range(each):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
