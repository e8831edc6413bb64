"""Measure tokcomp beside PySceneDetect on cuts that are known: `python docs/cuts.py [--rounds 3]`.

PySceneDetect is not installed with tokcomp: `pip install --target DIR scenedetect`, then put DIR last on
`PYTHONPATH`. Three clips, all from `samples/`:

- the trailer, its 12 hard cuts written down by looking at the frames (fades and dissolves are no cuts here);
- the street, whose one cut is in its attribution;
- a clip made here: 34 pieces of the samples, 20 to 40 frames each, in a seeded order, so 33 known cuts.

A cut is found where a detection lies within 2 frames of it; a detection finds one cut at most. Ours are the
first frames of merged frames but the first, of `tokcomp analyze --fps native`. PySceneDetect
runs at its default, ours at a threshold above which two frames are hardly ever of two shots.
Times are medians of whole commands, and of calls in this process once everything is loaded, in turn.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

SAMPLES = Path(__file__).parent.parent / "samples"
TRAILER, STREET, RABBIT = "sintel_trailer_360p.mp4", "city_cc0_cut_mpeg2.mkv", "bigbuckbunny.mp4"
CUTS = {TRAILER: (224, 334, 396, 404, 420, 571, 621, 658, 672, 1140, 1163, 1220), STREET: (44,)}
TOLERANCE = 2
OF_TWO_SHOTS = 0.57
SHOTS = (
    (TRAILER, 60, 95), (TRAILER, 145, 185), (TRAILER, 300, 330), (TRAILER, 338, 366), (TRAILER, 455, 490),
    (TRAILER, 545, 569), (TRAILER, 575, 615), (TRAILER, 625, 655), (TRAILER, 692, 714), (TRAILER, 725, 745),
    (TRAILER, 790, 830), (TRAILER, 880, 920), (TRAILER, 1020, 1050), (STREET, 2, 42), (STREET, 50, 90),
    (RABBIT, 0, 40), (RABBIT, 60, 95),
)  # fmt: skip
SIZE = (640, 360)


def made_clip(path: Path) -> list[int]:
    """Write the made clip, 25 frames a second in H.264, and return the frames that start another piece."""
    order = _order(np.random.default_rng(0))
    frames = {name: _frames(SAMPLES / name) for name in CUTS | {RABBIT: ()}}
    starts, number = [], 0
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "20"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for name, first, last in order:
            starts.append(number)
            for pixels in frames[name][first : last + 1]:
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode(None))
    return starts[1:]


def _order(random: np.random.Generator) -> list[tuple[str, int, int]]:
    """Return each shot twice, never one beside itself, nor the two of the rabbit, which are one shot."""
    while True:
        order = [SHOTS[at] for at in random.permutation(np.repeat(np.arange(len(SHOTS)), 2))]
        if all(one != two and not one[0] == two[0] == RABBIT for one, two in pairwise(order)):
            return order


def _frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        return [frame.to_ndarray(format="rgb24", width=SIZE[0], height=SIZE[1]) for frame in frames]


def scores(found: Sequence[int], known: Sequence[int]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of detections; both are frame numbers."""
    left, hits = sorted(found), 0
    for cut in sorted(known):
        near = [one for one in left if abs(one - cut) <= TOLERANCE]
        if near:
            left.remove(min(near, key=lambda one: abs(one - cut)))
            hits += 1
    precision, recall = hits / len(found) if found else 1.0, hits / len(known)
    return precision, recall, 2 * hits / (len(found) + len(known))


def ours(path: Path) -> Callable[[], list[int]]:
    """Return what finds the first frames of merged frames, its encoder loaded."""
    plan = Plan.of(fps="native", precision="auto", threshold=OF_TWO_SHOTS)
    encoder = load_encoder("embedded", precision="auto")
    return lambda: [one.first_frame for one in run(str(path), plan, encoder).analysis.timeline][1:]


def theirs(path: Path) -> Callable[[], list[int]]:
    """Return what finds the first frames of PySceneDetect's scenes, content detector."""
    from scenedetect import ContentDetector, detect

    return lambda: [scene[0].frame_num for scene in detect(str(path), ContentDetector())][1:]


def commands(path: Path, folder: Path) -> dict[str, list[str]]:
    """Return both as command lines; the one of PySceneDetect writes a list of scenes."""
    scenes = [sys.executable, "-m", "scenedetect", "-q", "-o", str(folder), "-i", str(path)]
    analyze = [
        sys.executable,
        "-m",
        "tokcomp_cli",
        "analyze",
        str(path),
        "--fps",
        "native",
        "--threshold",
        str(OF_TWO_SHOTS),
    ]
    return {"tokcomp": [*analyze, "--json"], "PySceneDetect": [*scenes, "detect-content", "list-scenes"]}


def timed(jobs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median seconds of each job; rounds are interleaved."""
    took: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            took[name].append(time.perf_counter() - start)
    return {name: statistics.median(one) for name, one in took.items()}


def rows(name: str, path: Path, known: Sequence[int], folder: Path, rounds: int) -> list[tuple[str, ...]]:
    """Return the lines of the table for one clip: a line a tool."""
    finders = {"tokcomp": ours(path), "PySceneDetect": theirs(path)}
    found = {tool: find() for tool, find in finders.items()}

    def command(line: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(line, check=True, capture_output=True)  # noqa: S603 two programs of this environment

    whole = timed({tool: command(line) for tool, line in commands(path, folder).items()}, rounds)
    inside = timed(dict(finders), rounds)
    return [
        (
            *(name, tool, str(len(known)), str(len(found[tool]))),
            *(f"{one:.2f}" for one in scores(found[tool], known)),
            *(f"{whole[tool]:.2f} s", f"{inside[tool]:.2f} s"),
        )
        for tool in finders
    ]


def write(cells: Sequence[str]) -> None:
    """Write a line of the table."""
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    os.environ["TOKCOMP_QUIET"] = "1"
    write(("clip", "tool", "cuts", "found", "precision", "recall", "F1", "command", "in process"))
    write(("---",) * 9)
    with TemporaryDirectory() as name:
        folder = Path(name)
        made = folder / "made.mp4"
        clips = [("trailer", SAMPLES / TRAILER, CUTS[TRAILER]), ("street", SAMPLES / STREET, CUTS[STREET])]
        clips.append(("made", made, made_clip(made)))
        for title, path, known in clips:
            for cells in rows(title, path, known, folder, rounds):
                write(cells)


if __name__ == "__main__":
    main()
