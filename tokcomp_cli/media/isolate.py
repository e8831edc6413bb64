"""Decoding in a process of its own, which is killed when it hangs and may crash without harm."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import IO, BinaryIO, Self, cast

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, MediaFacts, Scaling
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.processes import start_module
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.ipc import Message, batch_of_message, facts_of_message, receive, scaling_message, send

WORKER = "tokcomp_cli.media.decode_worker"


class IsolatedMedia:
    """An input that another process decodes; the same interface as the others.

    Attributes:
        facts: What is known about the file; final once `frames` is exhausted.
        pts_seconds: Presentation time of each frame, float64, (F,).
        duration_seconds: How long each is shown, float64, (F,).
    """

    def __init__(self, path: str, *, max_pixels: int, timeout_seconds: float) -> None:
        """Open the input in a new process.

        Args:
            path: As the user gave it.
            max_pixels: Most pixels of a picture or a frame.
            timeout_seconds: Longest wait for an answer (the opening, one batch of frames).

        Raises:
            MediaError: As `open_media`, or the process hung or crashed.
        """
        self._path = path
        self._timeout_seconds = timeout_seconds
        self._request = 0
        self._process = start_module(WORKER)
        try:
            self._ask({"path": path, "max_pixels": max_pixels})
            message, arrays = self._answer()
            while "at_work" in message:
                message, arrays = self._answer()
        except BaseException:
            self.close()
            raise
        self.facts: MediaFacts = replace(facts_of_message(message), isolated=True)
        self.pts_seconds: npt.NDArray[np.float64] = arrays[0].astype(np.float64)
        self.duration_seconds: npt.NDArray[np.float64] = arrays[1].astype(np.float64)

    def frames(
        self, frame_index: npt.NDArray[np.int64], *, max_batch: int = 16, scaled: Sequence[Scaling] = ()
    ) -> Iterator[FrameBatch]:
        """Yield the wanted frames, rising, in batches of bounded size.

        Args:
            frame_index: Frame numbers, strictly rising, int64, (T,).
            max_batch: Most frames a batch.
            scaled: Sizes that are made there where they are not just the whole pictures resized.

        Raises:
            MediaError: None can be decoded, or the process hung or crashed.
        """
        self._request += 1
        number = self._request
        request: Message = {"request": number, "max_batch": max_batch, "scaled": scaling_message(scaled)}
        self._ask(request, frame_index)
        while True:
            message, arrays = self._answer()
            if message.get("request") != number:
                continue  # what was still on its way when an earlier iterator was closed
            if "path" in message:  # the facts come last
                self.facts = replace(facts_of_message(message), isolated=True)
                return
            yield batch_of_message(message, arrays)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                _close_quietly(pipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_process") and self._process.poll() is None:
            self.close()

    def _ask(self, message: Message, *arrays: npt.NDArray[np.generic]) -> None:
        """Send a request; a process that is gone is noticed when its answer is awaited."""
        try:
            send(cast("BinaryIO", self._process.stdin), message, *arrays)
        except OSError:
            return

    def _answer(self) -> tuple[Message, list[npt.NDArray[np.generic]]]:
        """Return the next answer, or kill the process when none comes in time."""
        watchdog = threading.Timer(self._timeout_seconds, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            message, arrays = receive(cast("BinaryIO", self._process.stdout))
        except (EOFError, OSError) as error:
            hung = watchdog.finished.is_set()
            raise MediaError(self._why_ended(hung)) from error
        finally:
            watchdog.cancel()
        if "error" in message:
            raise MediaError(str(message["error"]))
        return message, arrays

    def _why_ended(self, hung: bool) -> str:
        """Return the sentence for a decoding process that is no more."""
        shown = printable(self._path)
        if hung:
            return (
                f"{shown}: frames were expected, but decoding stood still for {self._timeout_seconds:g} s "
                "and was stopped; the file is damaged or `decode_timeout` is too short."
            )
        self._process.wait()
        return (
            f"{shown}: frames were expected, but the decoder crashed "
            f"(exit status {self._process.returncode}); the file is damaged, use another copy."
        )


def _close_quietly(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end may be gone."""
    try:
        pipe.close()
    except OSError:
        return
