"""What is written beside the pictures: the manifest, the list of times to paste, and names of files."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from PIL import __version__ as pillow_version

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.sending import Export, SentFile, SentPicture
from tokcomp_cli.export.wishes import FORMATS, Wishes

Json = dict[str, object]
LONGEST = 60


def manifest(export: Export, names: list[list[str]], wishes: Wishes, settings: Json, meta: Json) -> Json:
    """Return the manifest: no time of writing and no timing, so that a second run gives the same bytes.

    Args:
        export: What is sent.
        names: Of the files of each input.
        wishes: What was asked for beside the plan.
        settings: Of the plan.
        meta: What a document says of itself.
    """
    return {
        "meta": {**meta, "pillow_version": pillow_version},
        "model": export.model,
        "formula": export.formula,
        "source": export.source,
        "date": export.date,
        "tokens": {"before": export.before, "after": export.after, "estimated": True},
        "target": export.target,
        "encoder": export.encoder,
        "settings": {**settings, **{key: value for key, value in asdict(wishes).items() if key != "force"}},
        "inputs": [_input(one, files) for one, files in zip(export.files, names, strict=True)],
    }


def _input(one: SentFile, names: list[str]) -> Json:
    per = 1 if one.grid is None else one.grid[0] * one.grid[1]
    return {
        "path": printable(one.media.path),
        "kind": one.media.kind,
        "width": one.media.width,
        "height": one.media.height,
        "duration_seconds": one.media.duration_seconds,
        "frames_in_file": one.media.frames_in_file,
        "sampling": one.sampling,
        "frames_sampled": one.sampled,
        "frames_measured": one.measured,
        "shows_nothing_seconds": one.nothing,
        "left_out_seconds": one.unlike,
        "setting": one.tier.name,
        "tokens": {"before": one.tokens_before, "after": one.tokens_after, "estimated": True},
        "explained": one.explained,
        "survival": None if one.tier.survival is None else asdict(one.tier.survival),
        "files": [
            {
                "file": name,
                **_sent_at(one, at * per),
                "frames": [_frame(picture, one) for picture in one.pictures[at * per : (at + 1) * per]],
            }
            for at, name in enumerate(names)
        ],
        "warnings": list(one.warnings),
    }


def _sent_at(one: SentFile, first: int) -> Json:
    """Return the size and the setting of a file, by the first picture in it."""
    columns, rows = one.grid or (1, 1)
    small = one.pictures[first].small
    if small is None:
        return {"width": one.size[0] * columns, "height": one.size[1] * rows, "setting": one.tier.name}
    return {
        "width": small.size[0],
        "height": small.size[1],
        "setting": small.tier.name,
        "beside_seconds": small.beside,
        "survival_beside": None if small.tier.survival is None else asdict(small.tier.survival),
    }


def _frame(picture: SentPicture, one: SentFile) -> Json:
    weight = round(picture.frames / max(one.sampled, 1), 6)
    if picture.seconds is None:
        return {"frame": picture.frame, "weight": weight}
    return {
        "frame": picture.frame,
        "seconds": picture.seconds,
        "spans_seconds": picture.spans,
        "weight": weight,
    }


def captions(one: SentFile, names: list[str]) -> list[str]:
    """Return what is said of each file of an input."""
    if one.media.kind == "image":
        return [f"Picture {printable(one.media.path)}:"]
    if one.grid is None:
        return [
            f"Frame at {timestamp(shown.seconds or 0.0)}{_beside(shown)}, standing for {_spans(shown.spans)}:"
            for shown in one.pictures
        ]
    per = one.grid[0] * one.grid[1]
    found = []
    for at in range(len(names)):
        times = [timestamp(picture.seconds or 0.0) for picture in one.pictures[at * per : (at + 1) * per]]
        found.append(f"Contact sheet, row by row: {', '.join(times)}:")
    return found


def _beside(picture: SentPicture) -> str:
    if picture.small is None:
        return ""
    return f" (small; what did not change is sharper in the frame at {timestamp(picture.small.beside)})"


def _spans(spans: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{timestamp(start)} to {timestamp(end)}" for start, end in spans)


def prompt(export: Export, names: list[list[str]]) -> str:
    """Return the list of times to paste, with the name of each file."""
    lines: list[str] = []
    for one, files in zip(export.files, names, strict=True):
        shown = printable(one.media.path)
        if one.media.kind == "image":
            lines.append(f"{files[0]}: the picture {shown}")
            continue
        length = timestamp(one.media.duration_seconds or 0.0)
        lines.append(f"Frames of {shown} ({length} long), each with the times that are most like it:")
        spans = captions(one, files)
        lines += [f"{name}: {said.removesuffix(':')}" for name, said in zip(files, spans, strict=True)]
        if one.unlike:
            lines.append(f"Left out, and like none of these frames: {_spans(one.unlike)}.")
        if one.nothing:
            lines.append(f"Nothing to see, as in a black picture: {_spans(one.nothing)}.")
    return "\n".join(lines) + "\n"


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
