"""Real footage, cut to clips as long as those of the training; there are no questions about it."""

from collections.abc import Sequence
from contextlib import closing

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.encoders.embedded import EmbeddedEncoder
from tokcomp_cli.errors import PlanError
from tokcomp_cli.evidence.clips.clip import FRAMES_A_SECOND
from tokcomp_cli.evidence.clips.questions import VOCABULARY
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, table
from tokcomp_cli.learned.pvc.clips import Recording, TimedClips
from tokcomp_cli.media.open import open_media
from tokcomp_cli.media.sampling import sample

NAMES = ("features", "saliency")


def footage(paths: Sequence[str], encoder: EmbeddedEncoder, blocks: int, scaling: Scaling) -> TimedClips:
    """Return clips of real videos, one after the other without overlap, at as many frames a second.

    Args:
        paths: Local videos.
        encoder: Gives the tokens.
        blocks: Blocks of the tower without attention over time.
        scaling: Of the training clips.

    Raises:
        MediaError: A file cannot be read.
        PlanError: A video is too short for one clip.
    """
    found = [_cut(path, encoder, blocks, scaling.frames) for path in paths]
    features, saliency, begun = (torch.cat([one[part] for one in found]) for part in range(3))
    scenes = EncodedSet(
        features.flatten(1, 2), saliency.flatten(1), torch.zeros(len(features), 0), **table([], VOCABULARY)
    )
    return TimedClips(scenes, begun, scaling)


def _cut(path: str, encoder: EmbeddedEncoder, blocks: int, frames: int) -> tuple[Tensor, ...]:
    recording = Recording(encoder, blocks)
    with closing(open_media(path)) as media:
        index = sample(media.pts_seconds, media.duration_seconds, fps=FRAMES_A_SECOND).frame_index
        whole = len(index) // frames * frames
        if not whole:
            raise PlanError(
                f"{path}: at {FRAMES_A_SECOND} frames a second it has {len(index)}, and a clip has {frames}; "
                "give a longer video"
            )
        made = [
            recording.encode(np.stack([one.scaled(encoder.facts.input_size) for one in batch.pictures]))
            for batch in media.frames(index[:whole])
        ]
    features, saliency = (torch.cat([getattr(one, name).half() for one in made]) for name in NAMES)
    parts = (features, saliency, torch.cat(recording.begun))
    return tuple(one.view(-1, frames, *one.shape[1:]) for one in parts)
