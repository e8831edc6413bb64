"""What a model makes of a picture: its tokens, and how they come about."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture, or one video, in one model.

    Attributes:
        tokens: Visual tokens; None where the model refuses this size.
        how: The sum as it comes about for this size, or why it is refused.
        size: Width and height, in pixels, that the whole picture is brought to before it is looked at; None
            where nobody says.
    """

    tokens: int | None
    how: str
    size: tuple[int, int] | None = None


class PictureRule(Protocol):
    """A formula with its parameters; its fields are the keys of the table."""

    def picture(self, width: int, height: int) -> Seen:
        """Return what a picture costs.

        Args:
            width: As displayed, in pixels, at least 1.
            height: As displayed, in pixels, at least 1.
        """
        ...
