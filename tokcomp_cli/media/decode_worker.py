"""The decoding process: one input, its facts, and frames on request. Run by `isolate`, not by users."""

import os
import sys
from typing import BinaryIO, cast

import numpy as np

from tokcomp_cli.core.processes import die_with_parent
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.ipc import batch_arrays, facts_message, receive, send
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
        with open_media(path, max_pixels=max_pixels, isolate=False) as media:
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
        batches = media.frames(frame_index.astype(np.int64), max_batch=cast("int", message["max_batch"]))
        for arrays in batch_arrays(batches):
            send(answers, {}, *arrays)
        send(answers, facts_message(media.facts))


if __name__ == "__main__":
    main()
