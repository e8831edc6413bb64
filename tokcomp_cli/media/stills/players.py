"""What gives the frames of an animated picture, one by one, as Pillow pictures."""

from typing import Protocol

from PIL import Image

from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills import gif
from tokcomp_cli.media.stills.apng import ApngPlayer, apng_of
from tokcomp_cli.media.stills.still import open_picture, orientation_of


class Player(Protocol):
    """Gives frames; any error it raises is one of damaged data.

    Attributes:
        size: Width and height of every frame before it is turned.
        mode: Pillow's mode of the stored pixels.
        orientation: EXIF orientation, 1 where there is none.
        notes: Remarks for the user.
    """

    size: tuple[int, int]
    mode: str
    orientation: int
    notes: tuple[str, ...]

    def picture(self, number: int) -> Image.Image:
        """Return a frame, not yet turned."""
        ...


class PillowPlayer:
    """Frames that Pillow composes itself: GIF, WebP and AVIF."""

    def __init__(self, source: LocalFile, container: StillFormat) -> None:
        """Open the file.

        Raises:
            MediaError: Its header is damaged.
        """
        self._image = open_picture(source, container)
        self.size, self.mode = self._image.size, self._image.mode
        if container == "gif":
            self.size, _copy = gif.screen(source)
        self.orientation = orientation_of(self._image)
        self.notes: tuple[str, ...] = ()

    def picture(self, number: int) -> Image.Image:
        """Return a frame, not yet turned, cut at the edge of the screen."""
        self._image.seek(number)
        self._image.load()
        if self._image.size == self.size:
            return self._image
        shown = self._image.crop((0, 0, *self.size))
        shown.info = dict(self._image.info)
        return shown


def player_of(source: LocalFile, container: StillFormat) -> Player:
    """Return what gives the frames of an animated picture.

    Raises:
        MediaError: Its header is damaged.
    """
    if container != "png":
        return PillowPlayer(source, container)
    image = open_picture(source, container)
    animation = apng_of(source)
    if animation is None:
        raise ValueError("the picture is not animated")
    return ApngPlayer(source, animation, image.mode, orientation_of(image))
