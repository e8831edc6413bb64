"""Whether decord may read a video: only where its numbers are those of the frames, and its look is ours."""

import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tokcomp_cli.media.demux.numbering import FrameTimes
from tokcomp_cli.media.demux.packets import Packets
from tokcomp_cli.media.formats import is_indexed
from tokcomp_cli.media.gamut import differs_from_srgb
from tokcomp_cli.media.geometry import Geometry
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.video.alpha import alpha_decoder, has_alpha

# Found here too: sequential reads of these end in "Error sending packet (-11)".
_DECORD_FAILS = frozenset({"hevc", "vp9", "av1", "vvc"})


def decord_refusal(
    source: LocalFile, packets: Packets, codec: str, times: FrameTimes, *, damaged: bool
) -> str | None:
    """Return why decord's access by index would give wrong frames, or None.

    decord counts every packet as a frame and starts at the keyframe before an index in decode
    order, so each of these makes its numbers slip (measured, see tests).
    """
    if not is_indexed(source.head()):
        return "decord reads only MP4 and Matroska right"
    if damaged or times.dropped:
        return "the file is damaged"
    if times.reason is not None:
        return "the times of its packets are not those of its frames"
    if packets.second_fields:
        return "some frames are two fields, a packet each"
    if codec in _DECORD_FAILS:
        return f"decord fails on {codec} when one packet gives several frames (its issue 246)"
    if packets.discarded:
        return "an edit list cuts frames away"
    if packets.hidden or packets.empty:
        return "some packets show no frame"
    pts, _dts, key = packets.times()
    if pts.min() < 0:
        return "frames start before time zero"
    if not key[0]:
        return "the first packet is no keyframe"
    last_key = np.maximum.accumulate(np.where(key, np.arange(pts.size), 0))
    if bool((pts < pts[last_key]).any()):
        return "open groups of pictures (a frame is shown before the keyframe that it follows in the file)"
    return None


def refusal_of_look(stream: VideoStream, first: VideoFrame, geometry: Geometry) -> str | None:
    """Return why decord would show frames otherwise than they are meant, or None."""
    if geometry.mirrored:
        return "the picture is mirrored, which decord does not do"
    if geometry.alpha and (has_alpha(first) or alpha_decoder(stream) is not None):
        return "the picture has alpha, which decord drops"
    if differs_from_srgb(geometry.primaries, geometry.transfer, curves=False):
        return "the colours are turned to sRGB, which decord does not do"
    return None
