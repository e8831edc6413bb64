"""Size, rotation and colour of a video, read off its first decoded frame."""

import math
import struct
from dataclasses import dataclass
from fractions import Fraction

from av.buffer import Buffer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.media.gamut import differs_from_srgb, hdr_note, turned_note

_NO_QUARTER_TURN = 0.5
_QUARTERS = {90: ((0, 1), (-1, 0)), 180: ((-1, 0), (0, -1)), 270: ((0, -1), (1, 0))}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear"}
_TRANSFERS |= {13: "srgb", 14: "bt2020-10", 15: "bt2020-12", 16: "pq", 18: "hlg"}


@dataclass(frozen=True, slots=True)
class Geometry:
    """How the frames look.

    Attributes:
        coded_width, coded_height: Size as decoded, before rotation.
        rotation_degrees: Clockwise turn for display: 0, 90, 180 or 270.
        mirrored: Whether left and right are swapped, before the turn.
        sample_aspect_ratio: Width ÷ height of a pixel, None where unknown.
        pixel_format: libav's name.
        color_transfer: Name of the transfer curve, None where unknown.
        primaries, transfer: Code points of the colours, 0 where unknown.
        alpha: Whether alpha is to be looked at.
        interlaced: Whether the first frame is interlaced.
        notes: Remarks for the user.
    """

    coded_width: int
    coded_height: int
    rotation_degrees: int
    mirrored: bool
    sample_aspect_ratio: Fraction | None
    pixel_format: str
    color_transfer: str | None
    primaries: int
    transfer: int
    alpha: bool
    interlaced: bool
    notes: tuple[str, ...]

    @property
    def displayed(self) -> tuple[int, int]:
        """Width and height after rotation."""
        if self.rotation_degrees in (90, 270):
            return self.coded_height, self.coded_width
        return self.coded_width, self.coded_height


def geometry_of(stream: VideoStream, frame: VideoFrame, container: str) -> Geometry:
    """Return the geometry of a stream whose first frame is given.

    Args:
        stream: The stream.
        frame: Its first decoded frame.
        container: libav's name of the container.
    """
    turn, mirrored, notes = shown_turn(frame)
    ratio = stream.sample_aspect_ratio
    if ratio is not None and ratio > 0 and ratio != 1:
        shape = f"{ratio.numerator}:{ratio.denominator}"
        notes.append(f"Pixels are not square ({shape}); the picture was not stretched.")
    transfer = int(getattr(frame, "color_trc", 0) or 0)
    primaries = int(getattr(frame, "color_primaries", 0) or 0)
    if (note := hdr_note("video", transfer)) is not None:
        notes.append(note)
    elif differs_from_srgb(primaries, transfer, curves=False):
        notes.append(turned_note(primaries, transfer))
    if frame.interlaced_frame:
        notes.append("The video is interlaced; the two fields were left woven into one picture.")
    return Geometry(
        coded_width=frame.width,
        coded_height=frame.height,
        rotation_degrees=turn,
        mirrored=mirrored,
        sample_aspect_ratio=ratio if ratio else None,
        pixel_format=frame.format.name,
        color_transfer=_TRANSFERS.get(transfer),
        primaries=primaries,
        transfer=transfer,
        # The fourth byte of an uncompressed AVI's pixels is not alpha; it is nearly always 0.
        alpha=not (container == "avi" and stream.codec_context.name == "rawvideo"),
        interlaced=frame.interlaced_frame,
        notes=tuple(notes),
    )


def shown_turn(frame: VideoFrame) -> tuple[int, bool, list[str]]:
    """Return the clockwise turn that displays a frame, whether it is mirrored before, and remarks."""
    across = _display_matrix(frame)
    if across is None:
        return 0, False, []
    a, b, c, d = across
    mirrored = a * d - b * c < 0
    if mirrored:  # what is left of the matrix when left and right are swapped first
        a, b = -a, -b
    degrees = math.degrees(math.atan2(b, a))
    turn = round(degrees / 90) * 90 % 360
    notes = ["The picture is mirrored, as the file asks."] if mirrored else []
    if abs(degrees - round(degrees / 90) * 90) > _NO_QUARTER_TURN:
        notes.append(f"The file asks for a turn of {degrees:.0f}°; {turn}° was applied.")
    return turn, mirrored, notes


def _display_matrix(frame: VideoFrame) -> tuple[int, int, int, int] | None:
    """Return where the display matrix takes one step to the right (x, y) and one down (x, y), or None."""
    try:
        given = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV does not know every kind that a newer libav gives
        across, down = _QUARTERS.get(-frame.rotation % 360, ((1, 0), (0, 1)))
        return (*across, *down)
    if not isinstance(given, Buffer):
        return None
    values = struct.unpack("=9i", memoryview(given)[:36])
    return values[0], values[1], values[3], values[4]
