"""The decoding process: one input, its facts, and frames on request. Run by `isolate`, not by users."""

import os
import sys
from collections.abc import Sequence
from typing import BinaryIO, cast

import numpy as np

from tokcomp_cli.core.frames import FrameBatch, Scaling
from tokcomp_cli.core.processes import die_with_parent
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.ipc import facts_message, receive, scaling_of_message, send, send_batch
from tokcomp_cli.media.media import Media
from tokcomp_cli.media.open import open_media


def main() -> None:
    """Answer requests on standard input until it ends."""
    die_with_parent()
    requests = sys.stdin.buffer
    # A library that prints must not garble the answers: they go through a copy of standard output.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        message, _arrays = receive(requests)
        path, max_pixels = cast("str", message["path"]), cast("int", message["max_pixels"])

        def at_work() -> None:
            send(answers, {"at_work": True})

        with open_media(path, max_pixels=max_pixels, isolate=False, at_work=at_work) as media:
            send(answers, facts_message(media.facts), media.pts_seconds, media.duration_seconds)
            _serve(media, requests, answers)
    except MediaError as error:
        send(answers, {"error": str(error)})
    except EOFError:
        return


def _serve(media: Media, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests for frames: batches, then the facts as they are by then."""
    while True:
        message, (frame_index,) = receive(requests)
        scaled = scaling_of_message(message)
        most = cast("int", message["max_batch"])
        for batch in media.frames(frame_index.astype(np.int64), max_batch=most, scaled=scaled):
            send_batch(answers, batch, _direct(batch, scaled), message["request"])
        send(answers, {**facts_message(media.facts), "request": message["request"]})


def _direct(batch: FrameBatch, scaled: Sequence[Scaling]) -> list[Scaling]:
    """Return the sizes that come from the decoder's planes; the other side makes the rest as well."""
    from tokcomp_cli.media.video.upright import VideoPicture

    return [
        form
        for form in dict.fromkeys(scaled)
        if any(isinstance(picture, VideoPicture) and picture.is_direct(*form) for picture in batch.pictures)
    ]


if __name__ == "__main__":
    main()
