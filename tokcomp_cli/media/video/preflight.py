"""The pre-flight of a video: true frame count, presentation times, and whether decord may seek."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from av.video.stream import VideoStream

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.demux.damage import damage_of, lost_of_pictures, notes_of, why_no_frame
from tokcomp_cli.media.demux.extent import missing_bytes
from tokcomp_cli.media.demux.numbering import FrameTimes, Numbering, frame_times
from tokcomp_cli.media.demux.packets import NO_TIME, Packets, walk
from tokcomp_cli.media.formats import is_indexed, is_iso_media
from tokcomp_cli.media.geometry import Geometry, geometry_of
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.video.container import has_audio, open_container, picture_stream
from tokcomp_cli.media.video.decord_refusal import decord_refusal, refusal_of_look

_TELL_UNREFERENCED = frozenset({"h264", "mpeg1video", "mpeg2video", "mpeg4"})
_HVCC_LAYERS = 21  # byte of an hvcC box with the number of temporal layers


@dataclass(frozen=True, slots=True)
class Preflight:
    """What is known about a video before its frames are decoded.

    Attributes:
        container, codec: Names as libav gives them.
        stream_index: Stream that is read.
        video_streams: Video streams in the file, covers left out.
        time_base: Seconds a tick.
        pts: Presentation time of each frame in ticks, rising, int64, (F,); with numbering `decoding` only
            what the packets hint at.
        frame_ticks: Ticks a frame at the stream's stated rate, at least 1.
        last_duration: Duration of the last frame in ticks, 0 where unknown.
        key_pts, key_dts: Times of the packets a decoder may start at, by rising pts, int64, (K,).
        numbering: How decoded frames are told apart: by presentation `time`, by `order` where the
            container stores decoding times only (AVI), or by a `decoding` pass where they tell nothing.
        why_decode: Why only decoding tells the frames, or None.
        geometry: Size, rotation and colour of the first frame.
        audio: Whether there is a sound stream.
        decord_refusal: Why decord must not read it, or None when it may.
        file_pts, file_key: Time and whether a decoder may start there, of each packet whose frame is shown,
            in the order of the file, int64 and bool, (N,).
        may_leave_out: Whether packets may be left out that no wanted frame needs.
        may_seek: Whether PyAV may jump to keyframes.
        unreferenced: Whether the decoder itself knows which frames no other refers to, and skips them on
            request.
        fields: Whether some frames are two packets, of which the second is not listed.
        last_doubtful: Frame that comes last in a file whose container does not say where it ends, so that it
            may be cut; None elsewhere.
        alpha_track: Whether another stream holds the alpha of its pictures (AVIF).
        damage: What is damaged, in sentences; empty for a sound file.
        notes: Remarks for the user.
    """

    container: str
    codec: str
    stream_index: int
    video_streams: int
    time_base: Fraction
    pts: npt.NDArray[np.int64]
    last_duration: int
    key_pts: npt.NDArray[np.int64]
    key_dts: npt.NDArray[np.int64]
    frame_ticks: int
    numbering: Numbering
    why_decode: str | None
    geometry: Geometry
    audio: bool
    decord_refusal: str | None
    file_pts: npt.NDArray[np.int64]
    file_key: npt.NDArray[np.bool_]
    may_leave_out: bool
    may_seek: bool
    unreferenced: bool
    fields: bool
    last_doubtful: int | None
    alpha_track: bool
    damage: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_strange(self) -> bool:
        """Whether decoding it should better be done in a process of its own."""
        return bool(self.damage) or self.numbering == "decoding"


def preflight(source: LocalFile, max_pixels: int) -> Preflight:
    """Return what one pass over the packets tells; only the first frame is decoded.

    Args:
        source: The file.
        max_pixels: Most pixels a frame may have.

    Raises:
        MediaError: It is no video, holds no picture, or no frame of it can be decoded.
    """
    missing = missing_bytes(source)
    with open_container(source) as container:
        choice = picture_stream(source, container)
        stream = choice.stream
        _bound(source, stream.width, stream.height, max_pixels)
        packets = walk(container, stream)
        if packets.first is None:
            raise MediaError(why_no_frame(source, stream, packets))
        geometry = geometry_of(stream, packets.first, container.format.name)
        _bound(source, geometry.coded_width, geometry.coded_height, max_pixels)
        if is_iso_media(source.head()):
            missing = lost_of_pictures(stream, source.size_bytes) if missing else 0
            packets.promised = len(stream.index_entries)
        damage = damage_of(packets, missing)
        context, ticks = stream.codec_context, _frame_ticks(stream)
        times = frame_times(packets, container.format.name, reorders=context.has_b_frames, frame_ticks=ticks)
        codec = context.codec.canonical_name
        refusal = decord_refusal(source, packets, codec, times, damaged=bool(damage)) or refusal_of_look(
            stream, packets.first, geometry
        )
        key_pts, key_dts = _starts(packets)
        file_pts, _dts, file_key = packets.times()
        whole = times.numbering == "time" and not damage
        return Preflight(
            container=container.format.name,
            codec=codec,
            stream_index=stream.index,
            video_streams=choice.video_streams,
            time_base=stream.time_base or Fraction(1),
            pts=times.pts,
            last_duration=_last_duration(packets),
            key_pts=key_pts,
            key_dts=key_dts,
            frame_ticks=ticks,
            numbering=times.numbering,
            why_decode=times.reason,
            geometry=geometry,
            audio=has_audio(container),
            decord_refusal=refusal if choice.is_default else "another stream than the first choice is read",
            file_pts=file_pts,
            file_key=file_key,
            may_leave_out=whole,
            may_seek=whole and is_indexed(source.head()),
            unreferenced=not packets.second_fields and _tells_unreferenced(stream),
            fields=packets.second_fields > 0,
            last_doubtful=_last_doubtful(source, times, file_pts) if whole else None,
            alpha_track=choice.alpha_track,
            damage=damage,
            notes=(*choice.notes, *notes_of(packets, times.dropped), *geometry.notes),
        )


def _bound(source: LocalFile, width: int, height: int, max_pixels: int) -> None:
    """Raise MediaError when frames have more pixels than allowed."""
    if width * height > max_pixels:
        raise MediaError(
            f"{printable(source.path)}: at most {max_pixels:,} pixels a frame were expected, but the video "
            f"is {width}×{height}; raise `max_pixels` if you trust the file."
        )


def _last_doubtful(source: LocalFile, times: FrameTimes, file_pts: npt.NDArray[np.int64]) -> int | None:
    """Return the frame of the last packet where its container does not tell whether it is whole."""
    if is_indexed(source.head()):
        return None
    number = int(np.searchsorted(times.pts, file_pts[-1]))
    return number if number < times.pts.size and times.pts[number] == file_pts[-1] else None


def _tells_unreferenced(stream: VideoStream) -> bool:
    """Return whether skipping frames that no other refers to is exact with this decoder.

    HEVC marks frames that no other of their own temporal layer refers to, so there may be only one layer.
    """
    context = stream.codec_context
    if context.codec.canonical_name == "hevc":
        extra = context.extradata or b""
        return len(extra) > _HVCC_LAYERS and extra[0] == 1 and extra[_HVCC_LAYERS] >> 3 & 7 == 1
    return context.codec.canonical_name in _TELL_UNREFERENCED


def _frame_ticks(stream: VideoStream) -> int:
    """Return the ticks a frame lasts at the rate that the stream states, at least 1."""
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    return max(round(1 / (rate * (stream.time_base or Fraction(1)))), 1) if rate > 0 else 1


def _starts(packets: Packets) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pts and the latest safe seek time of the keyframes, by rising pts, int64, (K,) each."""
    pts, dts, key = packets.times()
    pts, dts = pts[key], dts[key]
    order = np.argsort(pts, kind="stable")
    pts, dts = pts[order], dts[order]
    return pts, np.where(dts == NO_TIME, pts, np.minimum(pts, dts))


def _last_duration(packets: Packets) -> int:
    """Return the duration of the frame shown last, in ticks, 0 where unknown."""
    pts, _dts, _key = packets.times()
    return int(packets.durations[int(np.argmax(pts))]) if pts.size else 0
