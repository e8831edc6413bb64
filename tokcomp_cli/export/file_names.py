"""Names of the written files: by time, sorted as the frames are, safe on every system."""

import re
from collections.abc import Sequence
from pathlib import Path

from tokcomp_cli.core.results.sending import SentFile
from tokcomp_cli.export.wishes import FORMATS

LONGEST = 60


def timestamp(seconds: float) -> str:
    """Return a time as `00:01:02.345`; a time before the first second has a minus."""
    whole = round(abs(seconds) * 1000)
    text = f"{whole // 3600000:02d}:{whole // 60000 % 60:02d}:{whole // 1000 % 60:02d}.{whole % 1000:03d}"
    return f"-{text}" if seconds < 0 and whole else text


def file_names(files: Sequence[SentFile], picture_format: str) -> list[list[str]]:
    """Return the names of what is written of each input: one a picture, or one a contact sheet."""
    suffix, used = FORMATS[picture_format], set[str]()
    found: list[list[str]] = []
    for number, one in enumerate(files, start=1):
        stem = _safe(Path(one.media.path).stem) or "picture"
        before = f"{number:0{len(str(len(files)))}d}-" if len(files) > 1 else ""
        names = []
        per = 1 if one.grid is None else one.grid[0] * one.grid[1]
        for picture in one.pictures[::per]:
            time = "" if picture.seconds is None else timestamp(picture.seconds).replace(":", "-")
            parts = [stem] if len(files) > 1 or not time else []
            name = before + "_".join([*parts, *([time] if time else [])])
            if name in used:
                name += f"_f{picture.frame}"
            used.add(name)
            names.append(f"{name}.{suffix}")
        found.append(names)
    return found


def _safe(stem: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:LONGEST]
