"""Encoders by name; each is imported only when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, cast

from tokcomp_cli.errors import PlanError, near

if TYPE_CHECKING:
    from tokcomp_cli.core.encoder_facts import Fit
    from tokcomp_cli.encoders.base import Encoder

ENCODERS = {
    "embedded": "tokcomp_cli.encoders.embedded",
    "handcrafted": "tokcomp_cli.encoders.handcrafted",
}
CLIP = "clip:"


def load_encoder(
    name: str,
    *,
    layer: int | None = None,
    resolution: int | tuple[int, int] | None = None,
    fit: "Fit" = "squash",
    device: str = "cpu",
    precision: str = "float32",
    offline: bool = False,
) -> "Encoder":
    """Return the encoder of that name, ready to encode; nothing is ever downloaded here.

    Args:
        name: `embedded`, `handcrafted`, `auto`, `clip:<model>/<pretrained>`, `clip:local-dir:<folder>` or
            `clip:<model>/<checkpoint file>`. What `auto` stands for, and what to tell the user of it, says
            `tokcomp_cli.encoders.auto.choose_auto`.
        layer: Block to read tokens from, from 1, or from the end with -1 for the last; None for the
            penultimate.
        resolution: Side, or height and width, of the input in pixels; None for the model's own.
        fit: `squash`, `crop` or `pad`.
        device: Where the forward pass runs, as torch names it.
        precision: `float32`, `bfloat16`, or `auto` for bfloat16 where the hardware has it.
        offline: Whether the network is forbidden; what is missing is then not proposed for download.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    if name == "auto":
        name = import_module("tokcomp_cli.encoders.auto").choose_auto()[0]
    asked = {"layer": layer, "resolution": resolution, "fit": fit, "device": device, "precision": precision}
    if name.startswith(CLIP):
        options = import_module("tokcomp_cli.encoders.base").Options(**asked)
        return cast(
            "Encoder", import_module("tokcomp_cli.encoders.clip.encoder").make(name, options, offline=offline)
        )
    if name not in ENCODERS:
        known = f"{', '.join(ENCODERS)}, auto, clip:<model>/<pretrained>, clip:local-dir:<folder>"
        raise PlanError(f"unknown encoder {name!r}{near(name, ENCODERS)}; known: {known}")
    fixed = {"layer": None, "resolution": None, "fit": "squash", "device": "cpu", "precision": "float32"}
    for option, value in asked.items():
        if value != fixed[option] and not (option == "precision" and value == "auto"):
            raise PlanError(f"--{option} does not apply to encoder {name}; it needs a clip: encoder")
    return cast("Encoder", import_module(ENCODERS[name]).make())
