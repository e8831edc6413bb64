"""Breaks in a transport stream: whether a packet that the demuxer flags has really lost something."""

from av.codec import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from tokcomp_cli.media.demux.errors import LIBAV_ERRORS

# So many breaks are looked at, and groups of pictures of so many packets; beyond, a flag counts as a loss.
_MOST_LOOKED_AT = 8
_MOST_PACKETS = 600


class Breaks:
    """Decodes the group of pictures before each break and counts those where something is lost.

    Where two streams were joined, the counters of the transport stream jump, and the demuxer flags the last
    packet of the first though it is whole.
    """

    def __init__(self, stream: VideoStream) -> None:
        """Take the codec of a stream."""
        context = stream.codec_context
        self._name, self._extradata = context.name, context.extradata
        self._group: list[Packet[VideoStream]] = []
        self._looked_at = 0
        self.lost = 0

    def pass_by(self, packet: "Packet[VideoStream]") -> None:
        """Take the next packet in the order of the file."""
        if packet.is_keyframe:
            self._group.clear()
        if len(self._group) <= _MOST_PACKETS:
            self._group.append(packet)
        if packet.is_corrupt:
            self._looked_at += 1
            whole = self._looked_at <= _MOST_LOOKED_AT and len(self._group) <= _MOST_PACKETS
            self.lost += not (whole and self._decodes())

    def _decodes(self) -> bool:
        """Return whether the group decodes without any error."""
        context = CodecContext.create(self._name, "r")
        if not isinstance(context, VideoCodecContext):
            return False
        context.extradata = self._extradata
        context.thread_type = "SLICE"
        context.options = {"err_detect": "explode+crccheck+bitstream+buffer"}
        try:
            frames = [frame for packet in (*self._group, None) for frame in context.decode(packet)]
        except LIBAV_ERRORS:
            return False
        return len(frames) > 0 and not any(frame.is_corrupt for frame in frames)
