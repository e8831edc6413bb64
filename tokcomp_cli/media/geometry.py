"""Size, rotation and colour of a video, read off its first decoded frame."""

from dataclasses import dataclass
from fractions import Fraction

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_PQ, _HLG = 16, 18
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear"}
_TRANSFERS |= {13: "srgb", 14: "bt2020-10", 15: "bt2020-12", _PQ: "pq", _HLG: "hlg"}


@dataclass(frozen=True, slots=True)
class Geometry:
    """How the frames look.

    Attributes:
        coded_width, coded_height: Size as decoded, before rotation.
        rotation_degrees: Clockwise turn for display: 0, 90, 180 or 270.
        sample_aspect_ratio: Width ÷ height of a pixel, None where unknown.
        pixel_format: libav's name.
        color_transfer: Name of the transfer curve, None where unknown.
        interlaced: Whether the first frame is interlaced.
        notes: Remarks for the user.
    """

    coded_width: int
    coded_height: int
    rotation_degrees: int
    sample_aspect_ratio: Fraction | None
    pixel_format: str
    color_transfer: str | None
    interlaced: bool
    notes: tuple[str, ...]

    @property
    def displayed(self) -> tuple[int, int]:
        """Width and height after rotation."""
        if self.rotation_degrees in (90, 270):
            return self.coded_height, self.coded_width
        return self.coded_width, self.coded_height


def geometry_of(stream: VideoStream, frame: VideoFrame) -> Geometry:
    """Return the geometry of a stream whose first frame is given."""
    turn, notes = clockwise_turn(frame)
    ratio = stream.sample_aspect_ratio
    if ratio is not None and ratio > 0 and ratio != 1:
        shape = f"{ratio.numerator}:{ratio.denominator}"
        notes.append(f"Pixels are not square ({shape}); the picture was not stretched.")
    transfer = int(getattr(frame, "color_trc", 0) or 0)
    if transfer in (_PQ, _HLG):
        curve = _TRANSFERS[transfer].upper()
        notes.append(f"HDR video ({curve}) was read without tone mapping; colours look dull.")
    if frame.interlaced_frame:
        notes.append("The video is interlaced; the two fields were left woven into one picture.")
    return Geometry(
        coded_width=frame.width,
        coded_height=frame.height,
        rotation_degrees=turn,
        sample_aspect_ratio=ratio if ratio else None,
        pixel_format=frame.format.name,
        color_transfer=_TRANSFERS.get(transfer),
        interlaced=frame.interlaced_frame,
        notes=tuple(notes),
    )


def clockwise_turn(frame: VideoFrame) -> tuple[int, list[str]]:
    """Return the clockwise turn that displays a frame, and a remark when it is no quarter turn."""
    counterclockwise = frame.rotation
    turn = round(-counterclockwise / 90) * 90 % 360
    if counterclockwise % 90:
        return turn, [f"The file asks for a turn of {-counterclockwise}°; {turn}° was applied."]
    return turn, []
