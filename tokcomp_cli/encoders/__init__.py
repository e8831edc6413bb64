"""Encoders by name; each is imported only when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from tokcomp_cli.encoders.choice import EncoderChoice
from tokcomp_cli.errors import PlanError, near

if TYPE_CHECKING:
    from tokcomp_cli.core.encoder_facts import Fit
    from tokcomp_cli.encoders.base import Encoder
    from tokcomp_cli.encoders.choice import Precision

ENCODERS = {
    "embedded": "tokcomp_cli.encoders.embedded",
    "handcrafted": "tokcomp_cli.encoders.handcrafted",
}
AUTO, CLIP = "auto", "clip:"


def load_encoder(
    name: str = "embedded",
    *,
    layer: int | None = None,
    resolution: int | tuple[int, int] | None = None,
    fit: Fit = "squash",
    device: str = "cpu",
    precision: Precision = "auto",
    offline: bool = False,
) -> Encoder:
    """Return an encoder, loaded; what its settings mean is said at `EncoderChoice`.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    return open_encoder(EncoderChoice(name, layer, resolution, fit, device, precision, offline))


def open_encoder(choice: EncoderChoice) -> Encoder:
    """Return the chosen encoder, loaded; nothing is downloaded.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    choice = resolved(choice)
    module = "tokcomp_cli.encoders.clip.encoder" if choice.name.startswith(CLIP) else ENCODERS[choice.name]
    encoder: Encoder = import_module(module).make(choice)
    return encoder


def resolved(choice: EncoderChoice) -> EncoderChoice:
    """Return the choice with the encoder's own name in place of `auto`.

    Raises:
        PlanError: There is none of that name, or a setting does not apply to it.
    """
    if choice.name == AUTO:
        from tokcomp_cli.encoders.registry.auto import choose_auto

        choice = replace(choice, name=choose_auto()[0])
    if choice.name.startswith(CLIP):
        return choice
    if choice.name not in ENCODERS:
        known = f"{', '.join(ENCODERS)}, auto, clip:<model>/<pretrained>, clip:local-dir:<folder>"
        raise PlanError(f"unknown encoder {choice.name!r}{near(choice.name, ENCODERS)}; known: {known}")
    plain = EncoderChoice(choice.name)
    settings = ("layer", "resolution", "fit")
    if choice.name == "handcrafted" and choice.precision == "bfloat16":
        raise PlanError("`precision` bfloat16 does not apply to encoder handcrafted; leave it out")
    for setting in settings:
        if getattr(choice, setting) != getattr(plain, setting):
            raise PlanError(f"`{setting}` does not apply to encoder {choice.name}; use a clip: encoder")
    return choice
