"""What an input looks like before anything is chosen: its frames' content, and its size in the model."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

import torch

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.sending import ModelTiers, Survival
from tokcomp_cli.core.timing import Clock, Progress
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.difficulty.ocr import Reader, missing
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import PlanError
from tokcomp_cli.export.choice import Apart, Order, chosen_of, order_of
from tokcomp_cli.export.frame_store import FrameStore
from tokcomp_cli.export.measure_tiers import MOST_PICTURES, measured_pictures
from tokcomp_cli.export.screens import Screens
from tokcomp_cli.export.sent_size import Unit, sent_size, unit_of
from tokcomp_cli.export.survival import Pictures
from tokcomp_cli.export.tiers import judged, ranked
from tokcomp_cli.plan.budget import RESIZED_TARGET
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading.read_file import FileRead, open_planned, read_file


@dataclass(frozen=True, slots=True)
class Looked:
    """An input that was looked at.

    Attributes:
        media: Its facts.
        sampling: Rule of its frames; None for a picture.
        apart: How far its frames are from each other.
        order: In which they are given up.
        ordinal: Place of each of them among the sampled frames.
        frame_index: The file's number of each sampled frame.
        pts_seconds: Presentation time of each sampled frame.
        end_seconds: Where what was looked at ends.
        floor: Least energy of all frames together.
        tiers: The model's tiers for a picture of this size.
        unit: What is paid for: a picture, or a contact sheet.
        in_cell: What a cell of a contact sheet leaves of a frame; None for a picture each.
        notes: What was found while reading.
    """

    media: MediaFacts
    sampling: str | None
    apart: Apart
    order: Order
    ordinal: tuple[int, ...]
    frame_index: tuple[int, ...]
    pts_seconds: tuple[float, ...]
    end_seconds: float
    floor: float
    tiers: ModelTiers
    unit: Unit
    in_cell: Survival | None
    notes: tuple[str, ...]

    def span(self, first: int, last: int) -> tuple[float, float, int]:
        """Return start and end in seconds of consecutive frames, up to the next, and their sampled frames."""
        start = self.ordinal[first]
        if last + 1 < len(self.ordinal):
            end = self.ordinal[last + 1]
            return self.pts_seconds[start], self.pts_seconds[end], end - start
        return self.pts_seconds[start], self.end_seconds, len(self.frame_index) - start

    def gain(self, chosen: int, more: int) -> float:
        """Return the share of its content that more frames explain beside so many of its order."""
        lost = self.order.lost
        last = len(lost) - 1
        gone = float(lost[min(chosen - 1, last)] - lost[min(chosen + more - 1, last)])
        return gone / max(self.apart.energy, self.floor, 1e-9)


def look(
    path: str, plan: Plan, encoder: Encoder, model: CostModel, progress: Progress, *, grid: int | None = None
) -> Looked:
    """Return what an input looks like.

    Every sampled frame is encoded: writing that an encoder's input does not show is looked for in it.

    Args:
        path: A local picture or video.
        plan: For decoding, sampling and the target; with `ocr` words are read where a screen changes.
        encoder: In whose features frames are compared.
        model: For which pictures are sized.
        progress: Called with frames done and frames to do.
        grid: Columns and rows of a contact sheet, or None.

    Raises:
        MediaError: The file cannot be read.
        PlanError: No frame is in the window, or the model refuses pictures of this shape.
    """
    store = FrameStore(Screens(Reader(threads=torch.get_num_threads()) if plan.ocr else None))
    read = read_file(path, plan.but(gate="off"), encoder, [store], Clock(), progress)
    apart, seen = store.apart(), read.seen
    order = order_of(apart)
    ordinal = tuple(frame.ordinal for frame in store.frames)
    shown = chosen_of(apart, order, MOST_PICTURES)
    most_writing = max(range(len(store.frames)), key=lambda at: (store.frames[at].writing, -at))
    numbers = {seen.frame_index[ordinal[at]] for at in (*shown, most_writing)}
    with closing(open_planned(path, plan)) as media:
        pictures = measured_pictures(media, sorted(numbers), encoder)
    tiers = picture_tiers(read.media, model, pictures, target=plan.budget.aim(RESIZED_TARGET))
    if all(one.tokens is None for one in tiers.tiers):
        raise PlanError(
            f"{model.name} refuses pictures of {read.media.width}×{read.media.height} px: one side is too "
            "long for the other; cut it into parts"
        )
    # The tier to send at: the cheapest that is enough, else the one that keeps most.
    tier = next(one for one in model.tiers if one.name == tiers.best.name)
    unit, frames = unit_of(read.media, model, tier, grid), store.seen
    notes = [*read.media.notes, *read.notes]
    if len(store.frames) < frames:
        notes.append(f"a long video: measured on the {len(store.frames)} of {frames} frames least alike")
    if (lacking := missing()) is not None:
        notes.append(f"words were not read: {lacking}")
    return Looked(
        media=read.media,
        sampling=None if read.media.kind == "image" else read.sampling.rule,
        apart=apart,
        order=order,
        ordinal=ordinal,
        frame_index=tuple(seen.frame_index),
        pts_seconds=tuple(seen.pts_seconds),
        end_seconds=_end(read, plan),
        floor=encoder.facts.floor * encoder.facts.num_patches * float(apart.counted.sum()),
        tiers=tiers,
        unit=unit,
        in_cell=None if unit.grid is None else pictures.at([unit.cell] * len(pictures)),
        notes=tuple(notes),
    )


def _end(read: FileRead, plan: Plan) -> float:
    """Return where the window ends: with the file's last frame, or with the last one before `end`."""
    seen, shown = read.seen, read.duration_seconds
    until = seen.pts_seconds[-1] + float(shown[seen.frame_index[-1]])
    if plan.sampling.end_seconds is not None or read.media.duration_seconds is None:
        return until
    return max(until, (read.media.first_pts_seconds or 0.0) + read.media.duration_seconds)


def picture_tiers(media: MediaFacts, model: CostModel, pictures: Pictures, *, target: float) -> ModelTiers:
    """Return the model's tiers for a picture of a file's size, as it is sent at each."""
    offered = model.offered("picture")
    found = []
    for tier in offered:
        size = sent_size(model, tier, media.width, media.height)
        seen = model.of_picture(tier, *size)
        own = media.width, media.height
        survival = None if seen.size is None else pictures.at(_at(pictures, own, seen.size))
        found.append(judged(tier, seen, survival, target=target, default=tier == offered[0]))
    return ranked(model, found)


def _at(pictures: Pictures, own: tuple[int, int], size: tuple[int, int]) -> Sequence[tuple[int, int]]:
    """Return the size of each measured picture; those of another size than the file's shrink as much."""
    across, down = size[0] / own[0], size[1] / own[1]
    return [(max(round(width * across), 1), max(round(height * down), 1)) for width, height in pictures.sizes]
