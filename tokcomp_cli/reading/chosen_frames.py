"""Which frames of an open file a plan asks for."""

from tokcomp_cli.core.frames import Sampling
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.sampling import sample
from tokcomp_cli.plan.plan import Plan


def chosen_frames(media: Media, plan: Plan) -> Sampling:
    """Return which frames of an open file the plan asks for.

    Raises:
        PlanError: None is in the window.
    """
    rule = plan.sampling
    return sample(
        media.pts_seconds,
        media.duration_seconds,
        fps=rule.fps,
        every=rule.every,
        frames=rule.frames,
        start_seconds=rule.start_seconds,
        end_seconds=rule.end_seconds,
        max_frames=rule.max_frames,
    )
