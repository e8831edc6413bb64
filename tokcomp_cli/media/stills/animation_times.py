"""How long each frame of a GIF, WebP or APNG is shown: read from block lengths, no decoding."""

from collections.abc import Iterator

from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.apng import apng_of
from tokcomp_cli.media.stills.gif import gif_frames

# What browsers do with a delay too short to be meant.
_SHORTEST_SECONDS = 0.011
_INSTEAD_SECONDS = 0.1


def frame_seconds(source: LocalFile, container: StillFormat) -> list[float]:
    """Return each frame's duration in seconds; empty when it is no animation or has one frame.

    An APNG of one frame counts when another picture, for readers without animation, stands before it.

    A file that is cut off gives the frames that begin before its end. As in browsers, a delay of
    10 ms or less counts as 100 ms.
    """
    given: list[float] = []
    least = 2
    if container == "gif":
        given = [frame.seconds for frame in gif_frames(source)]
    elif container == "webp":
        given = list(_webp_seconds(source))
    elif container == "png":
        animation = apng_of(source)
        if animation is not None:
            given = [frame.seconds for frame in animation.frames]
            least = 1 if animation.has_default else 2
    source.seek(0)
    if len(given) < least:
        return []
    return [seconds if seconds >= _SHORTEST_SECONDS else _INSTEAD_SECONDS for seconds in given]


def _webp_seconds(source: LocalFile) -> Iterator[float]:
    """Yield the duration of each animation frame of a WebP."""
    source.seek(12)
    while len(header := source.read(8)) == 8:
        length = int.from_bytes(header[4:], "little")
        if header[:4] == b"ANMF":
            frame = source.read(16)
            if len(frame) < 16:
                return
            yield int.from_bytes(frame[12:15], "little") / 1000
            source.seek(-16, 1)
        source.seek(length + (length & 1), 1)
