"""What frames chosen in several ways tell of a video, at equal tokens of a model."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from tokcomp_cli.bench.same_explained import Same, same_explained
from tokcomp_cli.core.timing import Clock, Progress
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.geometry import seen_by
from tokcomp_cli.errors import PlanError
from tokcomp_cli.export.choice import Apart, Order, chosen_of, explained_by, order_of
from tokcomp_cli.export.frame_store import FrameStore
from tokcomp_cli.export.screens import Screens
from tokcomp_cli.export.sent_size import sent_size, tokens_at
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.open import MAX_PIXELS
from tokcomp_cli.media.sampling import spread
from tokcomp_cli.media.source import open_local
from tokcomp_cli.media.video.preflight import preflight
from tokcomp_cli.plan.budget import RESIZED_TARGET
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading.read_file import FileRead, open_planned, read_file

Indices = npt.NDArray[np.int64]
Spans = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What one way of choosing frames gives.

    Attributes:
        way: Its name.
        frames: Chosen frames.
        tokens: Of them as pictures in the model, an estimate by formula.
        explained: Share of the content of the sampled frames that they explain.
        shots: Shots of which at least one of them is; None where the shots are not known.
    """

    way: str
    frames: int
    tokens: int
    explained: float
    shots: int | None


@dataclass(frozen=True, slots=True)
class ExportBench:
    """Ways of choosing frames of one video, side by side.

    Attributes:
        path: The video.
        most: Most frames of each way.
        model: Whose tokens are counted.
        sampled: Frames on which `explained` is measured.
        shots: Shots that there are; None where they are not known.
        shots_by: Where they are known from.
        choices: One a way.
        same: Of our frames as few as explain what the model's own do, all but 0.01.
        notes: What was left out.
    """

    path: str
    most: int
    model: str
    sampled: int
    shots: int | None
    shots_by: str
    choices: tuple[Choice, ...]
    same: Same
    notes: tuple[str, ...] = ()


def bench_export(
    path: str,
    plan: Plan,
    model: CostModel,
    encoder: Encoder,
    *,
    frames: Sequence[int],
    shots: Spans | None,
    progress: Progress,
) -> list[ExportBench]:
    """Return what uniform frames, keyframes, middles of scenes and ours tell of a video.

    Args:
        path: A video.
        plan: For decoding and sampling.
        model: Prices a frame as a picture at its default tier.
        encoder: In whose features `explained` is measured.
        frames: Most frames of each way; one result each.
        shots: Start and end of each shot in seconds; None to take PySceneDetect's scenes.
        progress: Called with frames done and frames to do.

    Raises:
        MediaError: The video cannot be read.
        PlanError: It is a picture.
    """
    store = FrameStore(Screens())
    read = read_file(path, plan.but(gate="off"), encoder, [store], Clock(), progress)
    if read.media.kind == "image":
        raise PlanError("a picture has no frames to choose from; name a video")
    apart, (scenes, lacking) = store.apart(), _scenes(path)
    order = order_of(apart)
    size = sent_size(model, model.offered("picture")[0], read.media.width, read.media.height)
    each = tokens_at(model, model.offered("picture")[0], size) or 0
    results = []
    with closing(open_planned(path, plan)) as media:
        times = media.pts_seconds
        by = "given" if shots is not None else "PySceneDetect" if scenes is not None else "not known"
        shots = scenes if shots is None else shots
        chosen_by = {most: _ways(path, read, store, (apart, order), times, scenes, most) for most in frames}
        every = {frame for ways in chosen_by.values() for chosen in ways.values() for frame in chosen}
        same = same_explained(
            read, store, (apart, order), media, model, encoder, target=plan.budget.aim(RESIZED_TARGET)
        )
        held, columns = _columns(read, store, apart, media, every, encoder)
        for most, ways in chosen_by.items():
            choices = tuple(
                Choice(
                    way,
                    len(chosen),
                    each * len(chosen),
                    explained_by(held, [columns[frame] for frame in chosen]),
                    None if shots is None else _covered(times[chosen], shots),
                )
                for way, chosen in ways.items()
            )
            count = None if shots is None else len(shots)
            results.append(ExportBench(path, most, model.name, store.seen, count, by, choices, same, lacking))
    return results


def _covered(seconds: npt.NDArray[np.float64], shots: Spans) -> int:
    """Return how many shots hold at least one of some times."""
    return sum(bool(((seconds > start - 1e-6) & (seconds < end - 1e-6)).any()) for start, end in shots)


def _ways(
    path: str,
    read: FileRead,
    store: FrameStore,
    ours: tuple[Apart, Order],
    times: npt.NDArray[np.float64],
    scenes: Spans | None,
    most: int,
) -> dict[str, list[int]]:
    """Return the frames that each way chooses, at most so many."""
    ways = {"uniform": _uniform(read, most), "keyframes": _some(_keyframes(path, times), most)}
    if scenes is not None:
        middles = [int(np.abs(times - (start + end) / 2).argmin()) for start, end in scenes]
        ways["PySceneDetect middles"] = _some(np.unique(np.asarray(middles, dtype=np.int64)), most)
    chosen = [store.frames[at].ordinal for at in chosen_of(*ours, most)]
    ways["tokcomp export"] = [read.seen.frame_index[ordinal] for ordinal in chosen]
    return ways


def _uniform(read: FileRead, frames: int) -> list[int]:
    """Return the middles of equal parts of the sampled frames."""
    count = len(read.seen.frame_index)
    frames = min(frames, count)
    return [read.seen.frame_index[int((at + 0.5) * count / frames)] for at in range(frames)]


def _some(found: Indices, most: int) -> list[int]:
    return [int(one) for one in found[spread(len(found), most)]]


def _keyframes(path: str, times: npt.NDArray[np.float64]) -> Indices:
    """Return the frames at which decoding may start, by the times of their packets."""
    with open_local(path) as source:
        flight = preflight(source, MAX_PIXELS)
    return np.unique(np.searchsorted(np.sort(flight.pts), flight.key_pts).clip(max=times.size - 1))


def _scenes(path: str) -> tuple[Spans | None, tuple[str, ...]]:
    """Return start and end of PySceneDetect's scenes, None where it is not installed."""
    if find_spec("scenedetect") is None:
        return None, ("PySceneDetect is not installed: pip install scenedetect",)
    import scenedetect

    found = scenedetect.detect(path, scenedetect.ContentDetector(), start_in_scene=True)
    return [(start.get_seconds(), end.get_seconds()) for start, end in found], ()


def _columns(
    read: FileRead, store: FrameStore, apart: Apart, media: Media, frames: Iterable[int], encoder: Encoder
) -> tuple[Apart, dict[int, int]]:
    """Return distances with a column for each of some frames of the file, and where the column of each is.

    Frames that were not sampled are decoded and encoded.
    """
    columns = {read.seen.frame_index[frame.ordinal]: at for at, frame in enumerate(store.frames)}
    others = np.asarray(sorted(set(frames) - columns.keys()), dtype=np.int64)
    found = []
    for batch in media.frames(others, max_batch=1):
        for picture in batch.pictures:
            content = encoder.encode(seen_by(encoder.facts, picture)[None]).features[0] - encoder.blank
            found.append(store.squared_to(content).numpy())
    columns |= {int(frame): len(store.frames) + at for at, frame in enumerate(others)}
    return replace(apart, squared=np.column_stack([apart.squared, *found])), columns
