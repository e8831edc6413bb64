"""Measure the figures of speed.md and write them into it: `python docs/speed.py [CLIP ...] [--rounds 3]`.

Run it on a quiet machine, with PySceneDetect on `PYTHONPATH` (see cuts.py) for that table; without it the
table stays. Clips are those of `samples/`, and more where named. A part of the page stands between
`<!-- measured: NAME -->` and `<!-- end -->`. It takes about half an hour.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent / "speed.md"
SAMPLES = PAGE.parent.parent / "samples"
CLIPS = tuple(SAMPLES / name for name in ("bigbuckbunny.mp4", "sintel_trailer_360p.mp4"))
PHOTO = SAMPLES / "flower.jpg"
STAGES = ("decode", "gate", "encode", "temporal", "spatial", "fidelity", "difficulty", "budget")
FLOOR = """
import torch
from tokcomp_cli.core.frames import squash
from tokcomp_cli.encoders import load_encoder
import numpy as np
load_encoder("embedded", precision="auto").encode(np.zeros((1, 224, 224, 3), np.uint8))
"""


def tokcomp(*arguments: object) -> str:
    """Return what a command prints."""
    return _ran([sys.executable, "-m", "tokcomp_cli", *map(str, arguments)])


def _ran(line: Sequence[str]) -> str:
    done = subprocess.run(line, check=True, capture_output=True, text=True)  # noqa: S603 our own commands
    return done.stdout


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def pipeline(found: Sequence[dict[str, Any]]) -> str:
    """Return the table of `bench pipeline`: its documents, a line each."""
    counts, ratios = ("clip", "frames", "encoded"), ("vs naive", "vs fair", "overhead", "vs limit")
    rows = [
        (
            Path(one["media"]["path"]).name,
            f"{one['work']['frames']:,}",
            f"{one['work']['frames_encoded']:,}",
            *(f"{one['spent'][f'{name}_s']:.2f} s" for name in ("naive", "fair", "ours")),
            *(f"{one[f'speedup_vs_{name}']:.1f}" for name in ("naive", "fair")),
            f"{one['overhead_share']:.1%}",
            f"{one['wall_vs_limit']:.2f}",
        )
        for one in found
    ]
    more = ("clip", "timeline agreement", "content kept", "frames a second", "peak memory")
    outcomes = [
        (
            Path(one["media"]["path"]).name,
            f"{one['timeline_agreement']:.3f}",
            f"{one['explained_delta']:+.4f}".replace("-", "−"),
            f"{one['frames_per_second']['ours']:.0f}",
            f"{one['peak_memory_bytes'] / 1e6:,.0f} MB",
        )
        for one in found
    ]
    return f"{table((*counts, 'naive', 'fair', 'ours', *ratios), rows)}\n{table(more, outcomes)}"


def machine(found: Sequence[dict[str, Any]], rounds: int) -> str:
    """Return what it was measured on, in a sentence."""
    one = found[0]["machine"]
    loads = ", ".join(f"{document['machine']['load'] or 0:.1f}" for document in found)
    versions = ", ".join(f"{name} {version}" for name, version in one["versions"].items())
    return (
        f"{one['processor']}, {one['cores']} cores; encoder `{one['encoder']}`, {one['dtype']['naive']} for "
        f"naive and {one['dtype']['ours']} for ours;\n{versions};\nmedians of {rounds} rounds; load of the "
        f"machine before each clip: {loads}.\n"
    )


def stages(clips: Sequence[Path]) -> str:
    """Return where the time of a run goes, by clip: milliseconds, summed over threads."""
    rows = []
    for clip in clips:
        spent = json.loads(tokcomp("analyze", clip, "--fps", "native", "--json"))["timings_ms"]
        rows.append((clip.name, *(f"{spent.get(name, 0):,.0f}" for name in STAGES), f"{spent['total']:,.0f}"))
    return table(("clip", *STAGES, "total on the wall"), rows)


def start_up(rounds: int) -> str:
    """Return what a photo takes as a whole command, beside what it cannot do without."""
    jobs = {
        "`python -c 'import torch'`": [sys.executable, "-c", "import torch"],
        "import torch, load the weights, one forward pass": [sys.executable, "-c", FLOOR],
        "`tokcomp analyze photo.jpg`": [sys.executable, "-m", "tokcomp_cli", "analyze", str(PHOTO)],
    }
    took: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, line in jobs.items():
            start = time.perf_counter()
            _ran(line)
            took[name].append(time.perf_counter() - start)
    return table(
        ("command", "seconds"), [(name, f"{statistics.median(one[1:]):.2f}") for name, one in took.items()]
    )


def write(parts: dict[str, str], page: Path = PAGE) -> None:
    """Put the parts into a page."""
    text = page.read_text()
    for name, part in parts.items():
        between = re.compile(rf"(<!-- measured: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text = between.sub(lambda match, part=part: f"{match[1]}\n{part}\n{match[2]}", text)
    page.write_text(text)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    clips = [*given.clips, *CLIPS]
    found = [
        json.loads(tokcomp("bench", "pipeline", clip, "--rounds", given.rounds, "--json")) for clip in clips
    ]
    parts = {
        "machine": machine(found, given.rounds),
        "pipeline": pipeline(found),
        "stages": stages(clips),
        "start-up": start_up(given.rounds),
    }
    write(parts)
    if find_spec("scenedetect"):
        cuts = [sys.executable, str(PAGE.parent / "cuts.py"), "--rounds", str(given.rounds)]
        write({"cuts": _ran(cuts)})


if __name__ == "__main__":
    main()
