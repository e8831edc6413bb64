"""Damages real small files and reads them: no traceback, no hang, no crash.

    python -m tests.media.fuzz --cases 2000 --seed 1 [--keep FOLDER]

Each case runs in a worker process without further isolation, so a crash there is one that the main
process would have had. A find (traceback, hang, crash) is kept as a file and fails the run; copy it to
`tests/media/finds` once it is mended.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

OUTCOMES = ("whole", "salvaged", "refused", "traceback", "hang", "crash")
FINDS = ("traceback", "hang", "crash")
TIMEOUT_SECONDS = 30.0
_CLIP_NAMES = (
    "closed.mp4", "open_gop.mkv", "fragmented.mp4", "vfr.mp4", "hevc.mp4", "vp9.webm", "vp8_altref.webm",
    "av1.mp4", "h264.ts", "h264.avi", "mpeg4_b.avi", "mpeg2.mpg", "mpeg2.mkv", "closed.flv", "raw.h264",
    "ffv1.mkv", "mjpeg.avi", "rotated_90.mp4", "prores.mov",
)  # fmt: skip


def seeds(folder: Path) -> list[bytes]:
    """Return the contents of the files that are damaged: clips, stills and animations of every format."""
    from PIL import Image

    from tests.media.clips import CLIPS, numbered_picture, write

    made = [write(next(clip for clip in CLIPS if clip.name == name), folder) for name in _CLIP_NAMES]
    pictures = [Image.fromarray(numbered_picture(number)) for number in range(4)]
    for suffix in ("png", "jpg", "gif", "webp", "bmp", "tiff", "jp2", "avif", "ppm", "ico", "qoi", "mpo"):
        made.append(folder / f"still.{suffix}")
        pictures[0].save(made[-1])
    for suffix in ("gif", "webp", "png", "tiff", "mpo"):
        made.append(folder / f"many.{suffix}")
        pictures[0].save(made[-1], save_all=True, append_images=pictures[1:], duration=80)
    for suffix in ("jpg", "png"):
        made.append(folder / f"stream.{suffix}")
        made[-1].write_bytes((folder / f"still.{suffix}").read_bytes() * 4)
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, mode in (
        ("cmyk.jpg", "CMYK"),
        ("palette.png", "P"),
        ("alpha.webp", "RGBA"),
        ("cmyk.tiff", "CMYK"),
    ):
        made.append(folder / name)
        pictures[1].convert(mode).save(made[-1], exif=exif)
    made.append(Path(__file__).parent / "files" / "rocket.jpg")
    return [path.read_bytes() for path in made]


def damaged(contents: list[bytes], case: int, seed: int) -> bytes:
    """Return the content of one case; the same for the same numbers."""
    source = random.Random(f"{seed}:{case}")
    content = bytearray(contents[case % len(contents)])
    for _ in range(source.choice((1, 1, 1, 2, 4))):
        _damage(content, contents, source)
    return bytes(content) or b"\0"


def _damage(content: bytearray, contents: list[bytes], source: random.Random) -> None:
    """Damage a content in place in one of several ways."""
    # Half of the damage goes to the first kilobyte, where the headers are.
    reach = len(content) if source.random() < 0.5 else min(len(content), 1024)
    at = source.randrange(max(reach, 1))
    length = min(source.choice((1, 2, 4, 8, 64, 512)), max(len(content) - at, 0))
    way = source.randrange(7)
    if way == 0:
        del content[max(at, 1) :]
    elif way == 1:
        for _ in range(source.choice((1, 3, 10, 100))):
            position = source.randrange(len(content)) if content else 0
            content[position : position + 1] = bytes([source.randrange(256)])
    elif way == 2:
        content[at : at + length] = bytes(length)
    elif way == 3:
        content[at : at + length] = b"\xff" * length
    elif way == 4:
        del content[at : at + length]
    elif way == 5:
        other = source.choice(contents)
        start = source.randrange(len(other))
        content[at : at + length] = other[start : start + source.choice((4, 64, 4096))]
    else:
        content[at:at] = content[at : at + length] * source.choice((1, 2, 50))


def read(path: Path) -> str:
    """Return what became of one file: whole, salvaged or refused. Any other error is a find."""
    import numpy as np

    from tokcomp_cli.errors import MediaError
    from tokcomp_cli.media.open import open_media
    from tokcomp_cli.media.sampling import sample

    try:
        with open_media(str(path), isolate=False, max_pixels=4_000_000) as media:
            chosen = sample(media.pts_seconds, media.duration_seconds, fps="native", max_frames=60)
            last = -1
            for batch in media.frames(chosen.frame_index):
                if batch.rgb.dtype != np.uint8 or batch.rgb.ndim != 4 or not (batch.frame_index > last).all():
                    raise ValueError("a batch of the wrong kind")
                last = int(batch.frame_index[-1])
            if not (np.isfinite(media.pts_seconds).all() and np.isfinite(media.duration_seconds).all()):
                raise ValueError("a time that is no number")
            json.dumps(media.facts.notes).encode("utf-8")
            return "salvaged" if media.facts.salvaged else "whole"
    except MediaError as error:
        sentence = str(error)
        if "\n" in sentence or not sentence.endswith("."):
            raise ValueError(f"no clear sentence: {sentence!r}") from error
        return "refused"


def work(folder: Path, first: int, last: int, seed: int) -> None:
    """Run cases one after the other and print each one's outcome; the worker's side."""
    contents = [path.read_bytes() for path in sorted((folder / "seeds").iterdir())]
    for case in range(first, last):
        path = folder / f"case_{case}"
        path.write_bytes(damaged(contents, case, seed))
        print(json.dumps({"case": case}), flush=True)  # noqa: T201 - the protocol
        try:
            outcome, error = read(path), None
        except Exception as found:
            outcome, error = "traceback", f"{type(found).__name__}: {found}"
        print(json.dumps({"case": case, "outcome": outcome, "error": error}), flush=True)  # noqa: T201
        path.unlink()


def run(cases: int, seed: int, keep: Path | None = None) -> tuple[Counter[str], list[str]]:
    """Return how often each outcome came, and a line for each find."""
    counts: Counter[str] = Counter()
    finds: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "seeds").mkdir()
        (folder / "made").mkdir()
        for number, content in enumerate(seeds(folder / "made")):
            (folder / "seeds" / f"{number:03d}").write_bytes(content)
        case = 0
        while case < cases:
            case = _supervise(folder, case, cases, seed, counts, finds)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            contents = [path.read_bytes() for path in sorted((folder / "seeds").iterdir())]
            for find in finds:
                number = int(find.split()[1])
                (keep / f"seed{seed}_case{number}").write_bytes(damaged(contents, number, seed))
    return counts, finds


def _supervise(folder: Path, first: int, last: int, seed: int, counts: Counter[str], finds: list[str]) -> int:
    """Run a worker until it ends or is ended; return the case to go on with."""
    command = [
        sys.executable,
        "-m",
        "tests.media.fuzz",
        "--work",
        str(folder),
        str(first),
        str(last),
        str(seed),
    ]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root) as worker:
        current = first
        hung = threading.Event()
        while True:
            watchdog = threading.Timer(TIMEOUT_SECONDS, lambda: (hung.set(), worker.kill()))
            watchdog.start()
            line = worker.stdout.readline() if worker.stdout else b""
            watchdog.cancel()
            if not line:
                break
            message = json.loads(line)
            current = message["case"]
            if "outcome" in message:
                counts[message["outcome"]] += 1
                if message["outcome"] in FINDS:
                    finds.append(f"case {current} {message['outcome']} {message['error']}")
                current += 1
    if current >= last:
        return last
    outcome = "hang" if hung.is_set() else "crash"
    counts[outcome] += 1
    finds.append(f"case {current} {outcome} exit {worker.returncode}")
    return current + 1


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        folder, first, last, seed = options.work
        work(Path(folder), int(first), int(last), int(seed))
        return
    counts, finds = run(options.cases, options.seed, options.keep)
    for outcome in OUTCOMES:
        print(f"{outcome:10} {counts[outcome]}")  # noqa: T201
    for find in finds:
        print(find)  # noqa: T201
    raise SystemExit(1 if finds else 0)


if __name__ == "__main__":
    main()
