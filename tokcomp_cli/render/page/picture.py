"""The picture that a keep-map lies over."""

import base64
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A small JPEG of what an encoder saw, and where it lies on the grid.

    Attributes:
        jpeg: The file's bytes.
        aspect: Width ÷ height of the whole grid as displayed.
        rectangle: Left, top, width and height of the picture in shares of the grid; the rest is padding.
    """

    jpeg: bytes
    aspect: float
    rectangle: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    @property
    def address(self) -> str:
        """Return the picture as an address that holds it."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"
