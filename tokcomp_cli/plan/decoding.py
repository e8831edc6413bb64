"""How a file is decoded."""

import math
from dataclasses import dataclass

from tokcomp_cli.core.setting import setting
from tokcomp_cli.errors import PlanError


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a file is decoded.

    Attributes:
        max_pixels: Largest picture that is decoded; None for the media room's default.
        isolate: Decode in a process that can be killed; None for files that look strange only.
        timeout_seconds: Longest wait for such a process to answer.
    """

    max_pixels: int | None = setting(
        None,
        "Refuse pictures with more pixels, before decoding.",
        absent="89 million",
        in_result=False,
    )
    isolate: bool | None = setting(
        None,
        "Decode in a process that can be killed.",
        absent="for files that look strange",
        in_result=False,
    )
    timeout_seconds: float = setting(
        60.0,
        "Longest wait for that process.",
        key="decode_timeout",
        metavar="SECONDS",
        in_result=False,
    )

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            PlanError: One of them cannot be.
        """
        if self.max_pixels is not None and self.max_pixels < 1:
            raise PlanError(f"`max_pixels` takes a number of pixels, at least 1; got {self.max_pixels}")
        if not 0 < self.timeout_seconds < math.inf:
            raise PlanError(
                f"`decode_timeout` takes a number of seconds above 0; got {self.timeout_seconds:g}"
            )
