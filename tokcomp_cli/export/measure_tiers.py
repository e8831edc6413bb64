"""The tiers of a file: a few of its pictures are read and held to each size."""

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import torch

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.sending import FileTiers
from tokcomp_cli.cost.table import Chosen
from tokcomp_cli.difficulty.ocr import Reader, missing
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError
from tokcomp_cli.export.survival import Pictures
from tokcomp_cli.export.tiers import file_tiers
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.sampling import spread
from tokcomp_cli.plan.budget import RESIZED_TARGET
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reading.chosen_frames import chosen_frames
from tokcomp_cli.reading.read_file import open_planned

MOST_PICTURES = 4


def tiers_of(path: str, chosen: Sequence[Chosen], plan: Plan, encoder: Encoder) -> FileTiers:
    """Return which tier of each chosen model is enough for a file.

    Of a video four of the sampled frames are measured, evenly spread.

    Args:
        path: A local picture or video.
        chosen: Models, and tiers of them.
        plan: For decoding, sampling and the target.
        encoder: In whose features `explained` is measured.

    Raises:
        MediaError: The file cannot be read.
        PlanError: No frame is in the window.
    """
    with closing(open_planned(path, plan)) as media:
        sampled = chosen_frames(media, plan).frame_index
        shown = sampled[spread(sampled.size, MOST_PICTURES)]
        pictures = measured_pictures(media, shown.tolist(), encoder)
        facts: MediaFacts = media.facts
    notes = () if (lacking := missing()) is None else (f"words were not read: {lacking}",)
    if len(pictures) > 1:
        notes = (f"measured on {len(pictures)} frames, evenly spread", *notes)
    target = plan.budget.aim(RESIZED_TARGET)
    return file_tiers(
        facts,
        chosen,
        pictures,
        target=target,
        encoder=encoder.facts.name,
        frames=int(sampled.size),
        notes=notes,
    )


def measured_pictures(media: Media, frame_index: Sequence[int], encoder: Encoder) -> Pictures:
    """Return a few frames of an open file, ready to be held to sizes.

    Raises:
        MediaError: None of them can be decoded.
    """
    wanted = np.asarray(sorted(frame_index), dtype=np.int64)
    found = [picture.rgb() for batch in media.frames(wanted, max_batch=1) for picture in batch.pictures]
    if not found:
        raise MediaError(f"no frame of {media.facts.path!r} could be decoded; check that the file is whole")
    reader = Reader(threads=torch.get_num_threads()) if missing() is None else None
    return Pictures(found, encoder, reader)
