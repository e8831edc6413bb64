"""Which frames of a file are read, and which of those are encoded."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from tokcomp_cli.core.setting import setting
from tokcomp_cli.errors import PlanError, check_choice

Gate = Literal["auto", "off", "strict"]
Rate = float | Literal["native"] | None


def parse_rate(text: str) -> float | Literal["native"]:
    """Return the frames a second that `2` or `native` stands for.

    Raises:
        PlanError: It is neither.
    """
    if text == "native":
        return "native"
    try:
        return float(text)
    except ValueError:
        raise PlanError(f"`fps` takes a number of frames a second, or native; got {text!r}") from None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames of a file are read; an image has one.

    Attributes:
        fps: Frames a second, or `native` for all; None leaves it to `every` or `frames`.
        every: Every n-th frame.
        frames: So many frames, spread over the file.
        start_seconds, end_seconds: Window of presentation times.
        max_frames: Upper bound on the frames.
        gate: How alike the pixels of a frame must be to those of an encoded one for it not to be encoded;
            `strict` allows half as much difference as `auto`, `off` encodes all.
    """

    fps: Rate = setting(
        None,
        "Sample this many frames a second, or every frame.",
        "Frames",
        metavar="RATE|native",
        absent="2",
        parse=parse_rate,
        in_result=False,
    )
    every: int | None = setting(None, "Sample every n-th frame.", "Frames", in_result=False)
    frames: int | None = setting(None, "Sample this many frames, evenly spread.", "Frames", in_result=False)
    start_seconds: float | None = setting(None, "Start, in seconds.", "Frames", key="start", in_result=False)
    end_seconds: float | None = setting(None, "End, in seconds.", "Frames", key="end", in_result=False)
    max_frames: int | None = setting(None, "Sample at most this many frames.", "Frames", in_result=False)
    gate: Gate = setting(
        "auto",
        "Skip frames that look the same.",
        "Frames",
        metavar="|".join(get_args(Gate)),
    )

    def __post_init__(self) -> None:
        """Check that at most one rule is given and that every number can be.

        Raises:
            PlanError: The first thing that cannot be done.
        """
        check_choice("gate", self.gate, get_args(Gate))
        given = [f"`{name}`" for name in ("fps", "every", "frames") if getattr(self, name) is not None]
        if len(given) > 1:
            raise PlanError(f"one sampling rule was expected; got {' and '.join(given)}; give only one")
        if self.fps is not None and self.fps != "native" and not 0 < self.fps < math.inf:
            raise PlanError(f"`fps` takes a number above 0, or native; got {self.fps}")
        for name in ("every", "frames", "max_frames"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise PlanError(f"`{name}` takes a whole number, at least 1; got {count}")
        start, end = self.start_seconds, self.end_seconds
        for name, seconds in (("start", start), ("end", end)):
            if seconds is not None and not math.isfinite(seconds):
                raise PlanError(f"`{name}` takes a number of seconds; got {seconds}")
        if start is not None and end is not None and end <= start:
            raise PlanError(f"`end` must be above `start`, which is {start:g}; got {end:g}; swap them")
