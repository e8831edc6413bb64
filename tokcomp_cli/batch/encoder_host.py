"""The process that holds the one encoder of many workers, as a GPU wants it. Run by `crew`, not by users."""

import os
import socket
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from tokcomp_cli.core.processes import die_with_parent
from tokcomp_cli.media.wire import Message, receive, send

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder


def main() -> None:
    """Load the encoder that the request asks for, tell its facts, and encode for all who connect."""
    from tokcomp_cli.batch.job import Job
    from tokcomp_cli.errors import TokcompError

    die_with_parent()
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    first, _ = receive(requests)
    try:
        encoder = Job.of_message(first).encoder()
        _ = encoder.blank  # computed at its first use
    except TokcompError as error:
        send(answers, {"refused": {"type": type(error).__name__, "message": str(error)}})
        return
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(cast("str", first["encoder_at"]))
        door.listen()
        send(answers, {"facts": asdict(encoder.facts)})
        threading.Thread(target=_admit, args=(door, encoder), daemon=True).start()
        requests.read()  # until the owner is gone


def _admit(door: socket.socket, encoder: "Encoder") -> None:
    """Serve everybody who connects; the encoder works for one at a time."""
    turn = threading.Lock()
    while True:
        guest, _ = door.accept()
        threading.Thread(target=_serve, args=(guest, encoder, turn), daemon=True).start()


def _serve(guest: socket.socket, encoder: "Encoder", turn: threading.Lock) -> None:
    with guest, guest.makefile("rb") as requests, guest.makefile("wb") as answers:
        hello: Message = {"facts": asdict(encoder.facts)}
        send(cast("BinaryIO", answers), hello, encoder.blank.numpy())
        while True:
            try:
                message, arrays = receive(cast("BinaryIO", requests))
            except EOFError:
                return
            try:
                with turn:
                    names, found = _answer(encoder, message.get("text"), arrays)
                send(cast("BinaryIO", answers), {"names": names}, *found)
            except Exception as error:  # it is the worker's, whose file it is
                send(cast("BinaryIO", answers), {"error": str(error)})


def _answer(encoder: "Encoder", text: object, arrays: list[np.ndarray]) -> tuple[list[str], list[np.ndarray]]:
    """Return the tokens of frames or the embedding of a text, if there is one: names and arrays."""
    if text is not None:
        embedding = encoder.encode_text(str(text))
        return ([], []) if embedding is None else (["text"], [embedding.numpy()])
    tokens = encoder.encode(arrays[0].astype(np.uint8, copy=False))
    named = {name: getattr(tokens, name) for name in tokens.__dataclass_fields__}
    given = {name: tensor.numpy() for name, tensor in named.items() if tensor is not None}
    return list(given), list(given.values())


if __name__ == "__main__":
    main()
