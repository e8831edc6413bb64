"""Encoders by name; each is imported only when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

from tokcomp_cli.errors import PlanError, near

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder

ENCODERS = {
    "embedded": "tokcomp_cli.encoders.embedded",
    "handcrafted": "tokcomp_cli.encoders.handcrafted",
}


def load_encoder(name: str) -> "Encoder":
    """Return the encoder of that name, ready to encode.

    Raises:
        PlanError: There is none of that name.
        EncoderError: Its weights are missing, altered or unfit.
    """
    if name not in ENCODERS:
        raise PlanError(f"unknown encoder {name!r}{near(name, ENCODERS)}; known: {', '.join(ENCODERS)}")
    return cast("Encoder", import_module(ENCODERS[name]).make())
