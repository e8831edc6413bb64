"""What of an export is asked for beside the plan."""

from dataclasses import dataclass
from typing import Literal

from tokcomp_cli.errors import PlanError

Format = Literal["jpeg", "png", "webp"]
FORMATS: dict[str, str] = {"jpeg": "jpg", "png": "png", "webp": "webp"}
SHAPES = ("openai", "anthropic", "gemini", "qwen")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What of an export is asked for beside the plan.

    Attributes:
        max_tokens: Most tokens of all that is sent, by the model's formula.
        max_pictures: Most frames of all videos.
        grid: Columns and rows of contact sheets; None for a picture each.
        shape: Whose message is written; None for none.
        inline: Whether the message holds the pictures themselves.
        picture_format: Of the pictures.
        force: Whether a folder that is not empty may be written into.
    """

    max_tokens: int | None = None
    max_pictures: int | None = None
    grid: int | None = None
    shape: str | None = None
    inline: bool = False
    picture_format: str = "jpeg"
    force: bool = False

    def __post_init__(self) -> None:
        """Check what cannot be done.

        Raises:
            PlanError: The first thing.
        """
        for option, value, least in (
            ("--max-tokens", self.max_tokens, 1),
            ("--max-frames", self.max_pictures, 1),
            ("--grid", self.grid, 2),
        ):
            if value is not None and value < least:
                raise PlanError(f"{option} takes a whole number, at least {least}; got {value}")
        if self.grid is not None and self.grid > 8:
            raise PlanError(f"--grid takes at most 8, or nothing can be told in a cell; got {self.grid}")
        if self.shape is not None and self.shape not in SHAPES:
            raise PlanError(f"--as takes {', '.join(SHAPES)}; got {self.shape!r}")
        if self.picture_format not in FORMATS:
            raise PlanError(f"--format takes {', '.join(FORMATS)}; got {self.picture_format!r}")
        if self.inline and self.shape is None:
            raise PlanError("--inline puts the pictures into the message of --as; name one")
