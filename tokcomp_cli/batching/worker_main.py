"""The program of a worker process: it loads the encoder once, then analyses one file after another."""

import os
import sys
import threading
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, cast

from tokcomp_cli.core.processes import die_with_parent

if TYPE_CHECKING:
    from tokcomp_cli.batching.job import Job
    from tokcomp_cli.encoders.base import Encoder
    from tokcomp_cli.render.schema.document import Document

Requests = SimpleQueue[dict[str, object]]


def main() -> None:
    """Load the encoder of the job in the first request, then analyse the files of the others."""
    die_with_parent()
    requests: Requests = SimpleQueue()
    # A library that prints must not garble the answers: they go through a copy of standard output.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    _serve(requests, answers)


def _listen(pipe: BinaryIO, requests: Requests) -> None:
    """Queue requests; exit when the pool is gone."""
    from tokcomp_cli.media.ipc import receive

    while True:
        try:
            requests.put(receive(pipe)[0])
        except EOFError:
            os._exit(0)


def _serve(requests: Requests, answers: BinaryIO) -> None:
    from tokcomp_cli.batching.job import Job
    from tokcomp_cli.batching.record import reason_of
    from tokcomp_cli.errors import TokcompError
    from tokcomp_cli.media.ipc import send
    from tokcomp_cli.pipeline import run, save  # noqa: F401 while there is nothing to do yet

    first = requests.get()
    job = Job.from_message(first)
    try:
        if first["folder"] is not None:
            os.chdir(cast("str", first["folder"]))
        encoder = job.load_encoder()
        _ = encoder.blank  # computed at its first use
    except TokcompError as error:
        send(answers, {"refused": {"type": type(error).__name__, "message": str(error)}})
        return
    except Exception as error:  # no memory, or a folder that is not there
        send(answers, {"refused": {"type": "EncoderError", "message": f"no worker can start: {error!r}"}})
        return
    send(answers, {"facts": asdict(encoder.facts)})
    while True:
        request = requests.get()
        _compute_on(cast("int", request["threads"]))
        try:
            send(answers, {"found": analyse(cast("str", request["path"]), job, encoder)})
        except Exception as error:  # any error is this file's
            send(answers, {"failure": asdict(reason_of(error))})


def analyse(path: str, job: "Job", encoder: "Encoder") -> "Document":
    """Return what a record says of one file.

    Raises:
        TokcompError: It cannot be done.
    """
    from tokcomp_cli.batching.record import findings
    from tokcomp_cli.errors import OutputError, PlanError
    from tokcomp_cli.pipeline.run import run
    from tokcomp_cli.pipeline.save import save_tokens

    result = run(path, job.plan, encoder)
    saved = None
    if job.save is not None:
        saved = str(Path(job.save) / f"{sha256(os.fsencode(path)).hexdigest()[:16]}.safetensors")
        try:
            save_tokens(result, Path(saved))
        except PlanError as error:
            if not isinstance(error.__cause__, OSError):
                raise
            reason = error.__cause__.strerror or "no reason is told"
            raise OutputError(
                f"tokens were to be kept, but they cannot be written ({reason}); make room for `save`"
            ) from error
    return findings(result.analysis, maps=job.maps, saved=saved)


def _compute_on(threads: int) -> None:
    """Use so many threads and no more: the other cores belong to other workers."""
    import cv2
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)


if __name__ == "__main__":
    main()
