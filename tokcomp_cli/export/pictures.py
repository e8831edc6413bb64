"""Pictures as files: sized, with times where they share a sheet; nothing of the source beside its pixels."""

from collections.abc import Iterator
from contextlib import closing
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tokcomp_cli.core.frames import Picture
from tokcomp_cli.core.results.sending import SentFile
from tokcomp_cli.errors import MediaError
from tokcomp_cli.export.descriptions import timestamp
from tokcomp_cli.export.sent_size import Size
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading.read_file import open_planned

OPTIONS: dict[str, dict[str, object]] = {
    "jpeg": {"quality": 92, "subsampling": 0, "optimize": True},
    "png": {"optimize": True},
    "webp": {"quality": 92, "method": 4},
}


def encoded_pictures(one: SentFile, plan: Plan, picture_format: str) -> Iterator[bytes]:
    """Yield the files of one input, read in a second pass that decodes the chosen frames only.

    Args:
        one: What is sent of it.
        plan: For decoding.
        picture_format: `jpeg`, `png` or `webp`.

    Raises:
        MediaError: A chosen frame cannot be decoded again.
    """
    per = 1 if one.grid is None else one.grid[0] * one.grid[1]
    cells: list[Image.Image] = []
    for at, picture in enumerate(chosen_pictures(one, plan)):
        small = one.pictures[at].small
        cells.append(_sized(picture, one.size if small is None else small.size))
        if len(cells) == per or at + 1 == len(one.pictures):
            first = at + 1 - len(cells)
            yield _file(cells[0] if one.grid is None else _sheet(cells, one, first), picture_format)
            cells = []


def chosen_pictures(one: SentFile, plan: Plan) -> Iterator[Picture]:
    """Yield the chosen frames of an input in order of time.

    Raises:
        MediaError: One cannot be decoded again.
    """
    frames = np.asarray([picture.frame for picture in one.pictures], dtype=np.int64)
    done = 0
    with closing(open_planned(one.media.path, plan)) as media:
        for batch in media.frames(frames, max_batch=1):
            yield from batch.pictures
            done += len(batch.pictures)
    if done < len(frames):
        raise MediaError(
            f"{done} of {len(frames)} chosen frames of {one.media.path!r} could be decoded again; "
            "was the file changed meanwhile?"
        )


def _sized(picture: Picture, size: Size) -> Image.Image:
    return Image.fromarray(picture.scaled((size[1], size[0])))


def _sheet(cells: list[Image.Image], one: SentFile, first: int) -> Image.Image:
    """Return a contact sheet; empty cells at its end are black."""
    columns, rows = one.grid or (1, 1)
    width, height = one.size
    sheet = Image.new("RGB", (columns * width, rows * height))
    draw = ImageDraw.Draw(sheet)
    letters = ImageFont.load_default(max(10, height // 12))
    for at, cell in enumerate(cells):
        corner = at % columns * width, at // columns * height
        sheet.paste(cell, corner)
        text = timestamp(one.pictures[first + at].seconds or 0.0)
        spot = corner[0] + 2, corner[1] + 2
        draw.rectangle(draw.textbbox(spot, text, font=letters), fill="black")
        draw.text(spot, text, font=letters, fill="white")
    return sheet


def _file(picture: Image.Image, picture_format: str) -> bytes:
    written = BytesIO()
    picture.save(written, picture_format.upper(), **OPTIONS[picture_format])
    return written.getvalue()
