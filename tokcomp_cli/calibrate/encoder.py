"""An encoder measured on the user's own files."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from torch import Tensor

from tokcomp_cli.calibrate.threshold import calibrate
from tokcomp_cli.core.files import files_below
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.calibration import Calibration
from tokcomp_cli.encoders.geometry import blank_frames, scaling, seen_by
from tokcomp_cli.errors import MediaError, PlanError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.media.sampling import sample

BATCH_FRAMES = 8


def files_in(folder: str) -> list[str]:
    """Return the files of a folder and of its folders, sorted; hidden ones are left out.

    Raises:
        PlanError: It is no folder, or holds no file.
    """
    if not Path(folder).is_dir():
        raise PlanError(f"expected a folder of your own clips and pictures; got {folder!r}")
    found = files_below(folder)
    if not found:
        raise PlanError(f"folder {folder!r} holds no file; put clips and pictures of your own into it")
    return found


def calibrate_on(
    encoder: Encoder, paths: list[str], done: Callable[[str, MediaError | None], None]
) -> Calibration:
    """Return an encoder's figures measured on files, clips at two frames a second.

    Args:
        encoder: The encoder as it will run.
        paths: Clips and pictures; one that cannot be read is skipped.
        done: Called after each file with its path, and with the error where it was skipped.

    Raises:
        EncoderError: There are too few clips.
    """

    def clips() -> Iterator[Iterator[FrameTokens]]:
        for path in paths:
            try:
                tokens = list(tokens_of(path, encoder))
            except MediaError as error:
                done(path, error)
                continue
            done(path, None)
            yield iter(tokens)

    response = encoder.encode(np.array(blank_frames(encoder.facts.input_size))).features
    return calibrate(clips(), response)


def tokens_of(path: str, encoder: Encoder) -> Iterator[FrameTokens]:
    """Yield the tokens of a file's frames at two a second, in batches.

    Raises:
        MediaError: It cannot be read as a picture or a video.
    """
    with open_media(path) as media:
        chosen, facts = sample(media.pts_seconds, media.duration_seconds), encoder.facts
        sizes = (scaling((media.facts.height, media.facts.width), facts),)
        for batch in media.frames(chosen.frame_index, max_batch=BATCH_FRAMES, scaled=sizes):
            yield encoder.encode(np.stack([seen_by(facts, picture) for picture in batch.pictures]))


def first_frame(path: str, encoder: Encoder) -> tuple[tuple[int, int], FrameTokens]:
    """Return height and width of a file's pictures as displayed, and the tokens of its first frame.

    Raises:
        MediaError: It cannot be read as a picture or a video.
    """
    with open_media(path) as media:
        size = (media.facts.height, media.facts.width)
        first = np.zeros(1, dtype=np.int64)
        batch = next(iter(media.frames(first, max_batch=1, scaled=(scaling(size, encoder.facts),))))
        return size, encoder.encode(seen_by(encoder.facts, batch.pictures[0])[None])


def pooled_of(path: str, encoder: Encoder) -> Tensor:
    """Return the pooled embedding of a file's first frame, (E,)."""
    return first_frame(path, encoder)[1].pooled[0]
