"""Measure the tables of export.md and write them into it: `python docs/export.py CLIP ... [--part NAME ...]`.

CLIPs are those of the second table; today's are named in the page. PySceneDetect belongs on `PYTHONPATH`.
A part of the page stands between
`<!-- measured: NAME -->` and `<!-- end -->`.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import speed

PAGE = Path(__file__).parent / "export.md"
SAMPLES = PAGE.parent.parent / "samples"
TRAILER = SAMPLES / "sintel_trailer_360p.mp4"
AT, FEW = (4, 8, 12, 16, 24), (1, 2, 4)


def bench(clip: Path, at: Sequence[int], *more: object) -> list[dict[str, Any]]:
    """Return the documents of `bench export`, one a number of frames."""
    counts = [part for count in at for part in ("--at", count)]
    return json.loads(speed.tokcomp("bench", "export", clip, *counts, *more, "--json", "-q"))["export"]


def trailer() -> str:
    """Return the table of the trailer."""
    rows = []
    for one in bench(TRAILER, AT, "--shots", TRAILER.with_suffix(".shots.txt")):
        for at, choice in enumerate(one["choices"]):
            shots = f"{choice['shots']} of {one['shots']}"
            numbers = (str(choice["frames"]), f"{choice['tokens']:,}", f"{choice['explained']:.3f}", shots)
            rows.append(
                ("" if at else str(one["most"]), choice["way"].replace("tokcomp export", "ours"), *numbers)
            )
    return speed.table(("at most", "frames are", "frames", "tokens", "explained", "shots"), rows)


def clips(paths: Sequence[Path]) -> str:
    """Return the table of other clips: what each way explains."""
    rows = []
    for path in paths:
        for at, one in enumerate(bench(path, FEW)):
            kept = [f"{choice['explained']:.3f}" for choice in one["choices"]]
            rows.append(
                ("" if at else f"`{path.name}`", str(one["most"]), *kept, f"{one['choices'][-1]['tokens']:,}")
            )
    return speed.table(("clip", "at most", "uniform", "keyframes", "middles", "ours", "tokens of ours"), rows)


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--part", action="append", choices=("trailer", "clips"))
    given = parser.parse_args()
    made = {"trailer": trailer, "clips": lambda: clips(given.clips)}
    for name, measured in made.items():
        if name in (given.part or made):
            speed.write({name: measured()}, PAGE)


if __name__ == "__main__":
    main()
