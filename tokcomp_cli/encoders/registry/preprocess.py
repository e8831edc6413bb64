"""How a model was shown its training pictures: from its config, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from tokcomp_cli.core.encoder_facts import Fit, Interpolation

RESIZE_MODES: dict[str, Fit] = {"shortest": "crop", "longest": "pad", "squash": "squash"}
FIT_WORDS: dict[Fit, str] = {
    "squash": "squash to",
    "crop": "shorter side scaled and middle cut to",
    "pad": "longer side scaled and padded to",
}


@dataclass(frozen=True, slots=True)
class Preprocess:
    """What a model's config says of its input.

    Attributes:
        mean, std: Per channel, values 0-1.
        interpolation: Kernel of the resize.
        trained_fit: How the aspect ratio was reconciled in the model's own evaluation.
        fill: Level outside a padded picture, 0-255.
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Interpolation
    trained_fit: Fit
    fill: int = 0

    def words(self, size: tuple[int, int], fit: Fit) -> str:
        """Return it as a line for the result."""
        same = "" if fit == self.trained_fit else f" (the model's own: {self.trained_fit})"
        mean, std = (", ".join(f"{value:.4g}" for value in three) for three in (self.mean, self.std))
        place = f"{FIT_WORDS[fit]} {size[0]} x {size[1]}{same}"
        return f"{place}, {self.interpolation}; mean {mean}; std {std}"


def parse(config: object) -> Preprocess:
    """Return what a `preprocess_cfg` says.

    Raises:
        ValueError: It does not state mean and standard deviation, or states what cannot be.
    """
    if not isinstance(config, Mapping):
        raise ValueError("preprocess_cfg is missing")
    mode = str(config.get("resize_mode") or "shortest")
    if mode not in RESIZE_MODES:
        raise ValueError(f"resize_mode is {mode!r}, not one of {', '.join(RESIZE_MODES)}")
    kernel = str(config.get("interpolation") or "bicubic")
    if kernel == "random":  # drawn per picture in training only
        kernel = "bicubic"
    if kernel not in ("bicubic", "bilinear"):
        raise ValueError(f"interpolation is {kernel!r}, not bicubic or bilinear")
    std = _three(config.get("std"), "std")
    if min(std) <= 0:
        raise ValueError("std is not above 0")
    return Preprocess(
        mean=_three(config.get("mean"), "mean"),
        std=std,
        interpolation=cast("Interpolation", kernel),
        trained_fit=RESIZE_MODES[mode],
        fill=_whole(config.get("fill_color")),
    )


def _three(value: object, name: str) -> tuple[float, float, float]:
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{name} is missing")
    if isinstance(value, (int, float)):
        return (float(value),) * 3
    if (
        isinstance(value, Sequence)
        and len(value) == 3
        and all(isinstance(one, (int, float)) for one in value)
    ):
        return float(value[0]), float(value[1]), float(value[2])
    raise ValueError(f"{name} is not one or three numbers")


def _whole(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, int) and 0 <= value <= 255:
        return value
    raise ValueError("fill_color is not a level between 0 and 255")
