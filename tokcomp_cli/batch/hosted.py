"""An encoder that another process holds, as a worker sees it."""

import socket
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.errors import EncoderError
from tokcomp_cli.media.wire import Message, receive, send

GONE = "the process that holds the encoder is gone; go on with --resume"


class HostedEncoder:
    """The same answers as the encoder itself gives; frames go out and tokens come back through a socket.

    Attributes:
        facts: What the encoder is.
        blank: Mean response to blank grey frames at each grid position, float32, (P, D).
    """

    def __init__(self, place: str) -> None:
        """Connect to the process.

        Args:
            place: Path of its socket.

        Raises:
            EncoderError: It is not there.
        """
        door = socket.socket(socket.AF_UNIX)
        try:
            door.connect(place)
        except OSError as error:
            raise EncoderError(GONE) from error
        self._requests = cast("BinaryIO", door.makefile("wb"))
        self._answers = cast("BinaryIO", door.makefile("rb"))
        door.close()  # the two files keep it open
        hello, (blank,) = self._hear()
        self.facts = facts_of(hello)
        self.blank = torch.from_numpy(blank.copy())

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: It cannot, or the process is gone.
        """
        self._ask({}, rgb)
        return FrameTokens(**self._tensors())

    def encode_text(self, text: str) -> Tensor | None:
        """Return the unit-norm embedding of a text, float32, (E,), or None without a text tower."""
        self._ask({"text": text})
        return self._tensors().get("text")

    def _ask(self, message: Message, *arrays: npt.NDArray[np.generic]) -> None:
        try:
            send(self._requests, message, *arrays)
        except OSError as error:
            raise EncoderError(GONE) from error

    def _tensors(self) -> dict[str, Tensor]:
        message, arrays = self._hear()
        names = cast("list[str]", message["names"])
        return {name: torch.from_numpy(array.copy()) for name, array in zip(names, arrays, strict=True)}

    def _hear(self) -> tuple[Message, list[npt.NDArray[np.generic]]]:
        try:
            message, arrays = receive(self._answers)
        except (EOFError, OSError) as error:
            raise EncoderError(GONE) from error
        if "error" in message:
            raise EncoderError(str(message["error"]))
        return message, arrays


def facts_of(message: Message) -> EncoderFacts:
    """Return the facts in a message."""
    facts = cast("dict[str, Any]", message["facts"])
    lists = {name: tuple(value) for name, value in facts.items() if isinstance(value, list)}
    return EncoderFacts(**facts | lists)
