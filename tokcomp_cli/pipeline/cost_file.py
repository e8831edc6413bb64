"""What one file costs in named models: its size and times are read, nothing is decoded that can be spared."""

from collections.abc import Sequence

from tokcomp_cli.core.results.cost import FileCost
from tokcomp_cli.cost.estimate import file_cost
from tokcomp_cli.cost.table import Chosen
from tokcomp_cli.media.open import MAX_PIXELS, open_media, picture_facts
from tokcomp_cli.plan.plan import Plan


def cost_of(path: str, chosen: Sequence[Chosen], plan: Plan) -> FileCost:
    """Return what a file costs in each chosen model.

    Args:
        path: A picture or a video on this machine.
        chosen: Models, and tiers of them.
        plan: Its sampling gives the frames of a video for models that take none.

    Raises:
        MediaError: The file cannot be read.
        PlanError: No frame is in the window.
    """
    picture = picture_facts(path)
    if picture is not None:
        return file_cost(picture, chosen, sampling=None, frames=1)
    from tokcomp_cli.reading.chosen_frames import chosen_frames

    decoding = plan.decoding
    most = MAX_PIXELS if decoding.max_pixels is None else decoding.max_pixels
    with open_media(
        path, max_pixels=most, isolate=decoding.isolate, timeout_seconds=decoding.timeout_seconds
    ) as media:
        frames = chosen_frames(media, plan)
        return file_cost(media.facts, chosen, sampling=frames.rule, frames=frames.frame_index.size)
