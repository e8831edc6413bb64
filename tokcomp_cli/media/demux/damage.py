"""What the packets of a video tell of damage, and of frames that are not shown, in sentences."""

from av.video.stream import VideoStream

from tokcomp_cli.core.names import printable
from tokcomp_cli.media.demux.packets import Packets
from tokcomp_cli.media.formats import is_iso_media
from tokcomp_cli.media.source import LocalFile


def why_no_frame(source: LocalFile, stream: VideoStream, packets: Packets) -> str:
    """Return the sentence for a stream none of whose frames can be decoded."""
    shown, codec = printable(source.path), stream.codec_context.name
    if not packets.pts and (packets.discarded or is_iso_media(source.head())):
        return f"{shown}: a video was expected, but its edit list shows no frame; check how it was cut."
    return (
        f"{shown}: a video was expected, but no frame of its {codec} stream can be decoded; the file is "
        "damaged, use another copy."
    )


def lost_of_pictures(stream: VideoStream, size_bytes: int) -> int:
    """Return how many bytes of the pictures that an MP4's index lists lie beyond the end of the file."""
    ends = [(entry.pos + entry.size, entry.size) for entry in stream.index_entries]
    return sum(min(end - size_bytes, size) for end, size in ends if end > size_bytes)


def damage_of(packets: Packets, missing: int) -> tuple[str, ...]:
    """Return what is damaged, in sentences."""
    listed = len(packets.pts) + packets.hidden + packets.empty + packets.discarded + packets.second_fields
    there = f"; {listed} of {packets.promised} pictures are there" if packets.promised > listed else ""
    if missing:  # what follows from it is not told again
        lost = "the end of its last picture is" if missing == 1 else f"{missing:,} bytes of its pictures are"
        return (f"The file is cut off: {lost} missing{there}.",)
    found = []
    if packets.broken_off is not None:
        found.append("Reading stopped early: the file is damaged there.")
    if there:
        found.append(f"The index lists {packets.promised} pictures; {listed} are there.")
    if packets.damaged:
        found.append(f"{packets.damaged} packets are marked as damaged.")
    if packets.decode_errors:
        found.append(f"{packets.decode_errors} packets before the first frame could not be decoded.")
    return tuple(found)


def notes_of(packets: Packets, dropped: int) -> tuple[str, ...]:
    """Return remarks on packets that give no frame, in sentences."""
    found = []
    if packets.empty:
        found.append(f"{packets.empty} empty packets were skipped.")
    if packets.discarded:
        found.append(f"{packets.discarded} frames that the file's edit list cuts away were left out.")
    if packets.breaks:
        found.append(f"The stream breaks off and goes on {packets.breaks} times; no picture is lost there.")
    if dropped:
        found.append(f"{dropped} frames before the first decodable one were left out.")
    return tuple(found)
