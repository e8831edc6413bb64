"""Animated PNG, composed by its specification: each frame the same whichever others were read."""

import struct
import zlib
from dataclasses import dataclass, field

from PIL import Image

from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.colour import rgba
from tokcomp_cli.media.stills.pillow import opened
from tokcomp_cli.media.stills.png import Span, chunks, content, inflated, parts_of, plain_png

_CLEAR, _RESTORE = 1, 2
_OVER = 1


@dataclass(slots=True)
class ApngFrame:
    """One frame as its control chunk describes it.

    Attributes:
        size: Width and height.
        place: Left and top on the canvas.
        seconds: How long it is shown, as the file says.
        dispose: What becomes of it afterwards: it stays, is cleared, or gives way to what was before.
        over: Whether it is laid over what is there, by its alpha, or put in its place.
        pixels: Where its compressed pixels lie.
    """

    size: tuple[int, int]
    place: tuple[int, int]
    seconds: float
    dispose: int
    over: bool
    pixels: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Apng:
    """What an animated PNG holds.

    Attributes:
        frames: Frames with pixels, in order.
        announced: Frames that its header announces.
        has_default: Whether a picture for readers without animation stands before the frames.
        ended: Whether the file comes to its end chunk.
    """

    frames: tuple[ApngFrame, ...]
    announced: int
    has_default: bool
    ended: bool


def apng_of(source: LocalFile) -> Apng | None:
    """Return the animation of a PNG file, None where it is none.

    It is one when a control chunk stands before the first pixels and announces a frame. Frames are those
    that are there, whatever their announced number; of control chunks without pixels the next one counts.
    """
    announced, has_default, ended = 0, False, False
    frames: list[ApngFrame] = []
    control: ApngFrame | None = None
    seen_pixels = False
    for chunk in chunks(source):
        if chunk.kind == b"acTL" and not seen_pixels:
            announced = int.from_bytes(content(source, chunk)[:4], "big")
        elif chunk.kind == b"fcTL":
            control = _controlled(content(source, chunk)) or control
        elif chunk.kind == b"IDAT":
            if not announced:
                return None
            has_default = has_default or (control is None and not frames)
            if control is not None and not seen_pixels:
                frames.append(control)
                control = None
            if frames and not has_default:
                frames[-1].pixels.append(_held(source, chunk.start, chunk.length))
            seen_pixels = True
        elif chunk.kind == b"fdAT" and (control is not None or frames):
            if control is not None:
                frames.append(control)
                control = None
            frames[-1].pixels.append(_held(source, chunk.start + 4, chunk.length - 4))
        elif chunk.kind == b"IEND":
            ended = True
    return Apng(tuple(frames), announced, has_default, ended) if frames and announced else None


class ApngPlayer:
    """Composes the frames of an animated PNG one after the other; a `Player`."""

    def __init__(self, source: LocalFile, animation: Apng, mode: str, orientation: int) -> None:
        """Take the file and what it holds."""
        self._source, self._animation = source, animation
        self._parts = parts_of(source)
        self.size, self.mode, self.orientation = self._parts.size, mode, orientation
        self.notes = _remarks(animation)
        self._next = 0
        self._canvas = self._before = self._clear()

    def picture(self, number: int) -> Image.Image:
        """Return a frame as it is shown, RGBA.

        Raises:
            ValueError: Pixels of it, or of one before it that it needs, are missing.
        """
        if number < self._next:
            self._next, self._canvas = 0, self._clear()
        shown = self._canvas
        while self._next <= number:
            shown = self._shown(self._animation.frames[self._next])
            self._next += 1
        shown.info["icc_profile"] = self._parts.profile
        return shown

    def _shown(self, frame: ApngFrame) -> Image.Image:
        """Return the canvas with a frame on it, and leave it as the next frame finds it."""
        picture = self._decoded(frame)
        left, top = frame.place
        box = (left, top, left + frame.size[0], top + frame.size[1])
        shown = self._canvas.copy()
        if frame.over:
            picture = Image.alpha_composite(shown.crop(box), picture)
        shown.paste(picture, box)
        if frame.dispose == _RESTORE and self._next > 0:
            return shown
        self._canvas = shown
        if frame.dispose in (_CLEAR, _RESTORE):
            self._canvas = shown.copy()
            self._canvas.paste((0, 0, 0, 0), box)
        return shown

    def _decoded(self, frame: ApngFrame) -> Image.Image:
        """Return the pixels of one frame, RGBA."""
        (width, height), (across, down) = frame.size, self.size
        if not (0 < width <= across and 0 < height <= down):
            raise ValueError("it is larger than the picture")
        packed = b"".join(content(self._source, span) for span in frame.pixels)
        rows, there = inflated(self._parts, packed, frame.size)
        if there < len(rows):
            raise ValueError("its pixels end early")
        return rgba(opened("png", plain_png(self._parts, zlib.compress(rows, 1), frame.size)), "png")

    def _clear(self) -> Image.Image:
        """Return an empty canvas."""
        return Image.new("RGBA", self._parts.size)


def _remarks(animation: Apng) -> tuple[str, ...]:
    """Return remarks on how many frames there are."""
    there = len(animation.frames)
    if there == animation.announced:
        return ()
    return (f"The file announces {animation.announced} frames; {there} are there.",)


def _controlled(control: bytes) -> ApngFrame | None:
    """Return the frame that a control chunk describes, None where it is too short."""
    if len(control) < 26:
        return None
    _number, width, height, left, top, parts, whole, dispose, blend = struct.unpack(">5I2H2B", control[:26])
    return ApngFrame((width, height), (left, top), parts / (whole or 100), dispose, blend == _OVER)


def _held(source: LocalFile, start: int, length: int) -> Span:
    """Return as much of a span as the file holds."""
    return Span(start, max(min(length, source.size_bytes - start), 0))
