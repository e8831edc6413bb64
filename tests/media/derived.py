"""Clips made from other clips: trimmed, cut off, damaged, with two streams, with changing size."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.media.clips import LATE, RATE, X264, Clip, encode_into, write

TRIM_FIRST = 17  # a frame inside the second group of pictures


def trimmed(folder: Path) -> Path:
    """Return an MP4 cut at frame 17 without re-encoding, as `ffmpeg -ss -c copy` does.

    Its packets start at keyframe 12; an edit list hides the five frames before the cut.
    """
    source = write(Clip("whole.mp4", options={**X264, "bf": "0"}), folder)
    path = folder / "trimmed.mp4"
    with av.open(str(source)) as whole, av.open(str(path), "w") as cut:
        stream = whole.streams.video[0]
        copy = cut.add_stream_from_template(stream)
        shift = round(Fraction(TRIM_FIRST, RATE) / stream.time_base)
        started = False
        for packet in whole.demux(stream):
            started = started or (packet.is_keyframe and packet.pts >= shift * 12 // TRIM_FIRST)
            if not started or packet.pts is None:
                continue
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = copy
            cut.mux(packet)
    return path


def two_streams(folder: Path) -> Path:
    """Return an MP4 with a small and a larger video stream."""
    path = folder / "two_streams.mp4"
    with av.open(str(path), "w") as container:
        encode_into(container, [Clip("", options=X264, size=(64, 48)), Clip("", options=X264)])
    return path


def changing_size(folder: Path) -> Path:
    """Return an H.264 stream whose second half has another size."""
    first = write(Clip("first.h264", options=X264, format="h264", frames=20), folder)
    second = write(Clip("second.h264", options=X264, format="h264", frames=20, size=(96, 64)), folder)
    path = folder / "changing_size.h264"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


def cut_off(source: Path, share: float) -> Path:
    """Return a copy that ends after a share of the bytes."""
    path = source.with_name(f"cut_off_{source.name}")
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def index_first(folder: Path) -> Path:
    """Return an MP4 whose index comes before its frames, so that it can be salvaged."""
    return write(Clip("index_first.mp4", options=X264, container_options={"movflags": "faststart"}), folder)


def damaged_keyframe(folder: Path) -> Path:
    """Return an MP4 whose second keyframe is overwritten."""
    source = write(Clip("sound.mp4", options=X264), folder)
    with av.open(str(source)) as container:
        keys = [packet for packet in container.demux(video=0) if packet.is_keyframe and packet.size]
        position, size = keys[1].pos, keys[1].size
    content = bytearray(source.read_bytes())
    content[position + 4 : position + size] = np.random.default_rng(3).bytes(size - 4)
    path = folder / "damaged_keyframe.mp4"
    path.write_bytes(content)
    return path


def with_sound(folder: Path) -> Path:
    """Return an MP4 with a picture and a sound stream."""
    path = folder / "with_sound.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=16000, layout="mono")
        encode_into(container, [Clip("", options=X264)])
        _encode_silence(container, sound)
    return path


def sound_only(folder: Path) -> Path:
    """Return an MP4 with sound only."""
    path = folder / "sound_only.mp4"
    with av.open(str(path), "w") as container:
        _encode_silence(container, container.add_stream("aac", rate=16000, layout="mono"))
    return path


def cover_only(folder: Path) -> Path:
    """Return a sound file with a cover picture."""
    path = folder / "cover.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 48, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        frame = frame.reformat(format="yuvj420p")
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        sound = container.add_stream("aac", rate=16000, layout="mono")
        container.mux(cover.encode(frame))
        container.mux(cover.encode(None))
        _encode_silence(container, sound)
    return path


def _encode_silence(container: object, stream: object) -> None:
    """Encode a second of silence."""
    for start in range(0, 16000, 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.pts, frame.sample_rate, frame.time_base = start, 16000, Fraction(1, 16000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def late_ts(folder: Path) -> Path:
    """Return a transport stream that was joined in the middle of a group of pictures."""
    source = write(Clip("late_joined.ts", options=X264, times=LATE), folder)
    content = source.read_bytes()
    tables = content[: 188 * 3]
    middle = len(content) // 188 // 5 * 188
    path = folder / "joined_late.ts"
    path.write_bytes(tables + content[middle:])
    return path
