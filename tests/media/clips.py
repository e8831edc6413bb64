"""Small clips made on the spot: every frame shows its own number, so a wrong frame is seen at once."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 8
WIDTH, HEIGHT = 128, 80
FRAMES = 40
RATE = 25


def numbered_picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Return a picture with `number` as eight black or white blocks on top, uint8, (H, W, 3)."""
    rows, columns = np.mgrid[0:height, 0:width]
    picture = np.stack(
        [(columns * 2 + number * 5) % 200 + 20, (rows * 2 + number * 3) % 200 + 20, np.full_like(rows, 90)],
        axis=-1,
    ).astype(np.uint8)
    block = width // BITS
    for bit in range(BITS):
        picture[: height // 3, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 16
    return picture


def number_shown(picture: np.ndarray) -> int:
    """Return the number that an upright picture shows."""
    height, width = picture.shape[:2]
    block = width // BITS
    strip = picture[2 : height // 3 - 2].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(BITS) if strip[bit * block + 2 : (bit + 1) * block - 2].mean() > 128)


@dataclass(frozen=True)
class Clip:
    """How a clip is made.

    Attributes:
        name: File name.
        codec: Encoder.
        pixel_format: Stored pixels.
        options: Encoder options.
        container_options: Muxer options.
        times: Presentation time of each frame in ticks of 1/1000 s; regular 25 fps when None.
        frames: Number of frames.
        size: Width and height.
        turn: Display rotation in degrees counterclockwise.
        after: Made from the encoded file, or None.
        format: Muxer name where the suffix does not tell.
    """

    name: str
    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)
    times: tuple[int, ...] | None = None
    frames: int = FRAMES
    size: tuple[int, int] = (WIDTH, HEIGHT)
    turn: int = 0
    format: str | None = None
    setup: Callable[[object], None] | None = None


def write(clip: Clip, folder: Path) -> Path:
    """Return the path of the encoded clip."""
    path = folder / clip.name
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with av.open(str(path), "w", format=clip.format, options=clip.container_options) as container:
        encode_into(container, [clip])
    # SVT-AV1 makes a process of root a real-time one. It stays so, its children too, and nothing else runs.
    os.sched_setscheduler(0, *before)
    return path


def encode_into(container: object, clips: Iterable[Clip], first_number: int = 0) -> None:
    """Encode clips as streams of one container, frame by frame in turn."""
    streams = []
    for clip in clips:
        stream = container.add_stream(clip.codec, rate=RATE, options=clip.options)
        stream.width, stream.height = clip.size
        stream.pix_fmt = clip.pixel_format
        if clip.times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        if clip.turn:
            stream.set_display_rotation(clip.turn)
        if clip.setup is not None:
            clip.setup(stream)
        streams.append((clip, stream))
    for number in range(max(clip.frames for clip, _stream in streams)):
        for clip, stream in streams:
            if number < clip.frames:
                container.mux(stream.encode(_frame(clip, number, first_number)))
    for _clip, stream in streams:
        container.mux(stream.encode(None))


def _frame(clip: Clip, number: int, first_number: int) -> av.VideoFrame:
    """Return one frame ready to be encoded."""
    width, height = clip.size if clip.turn % 180 == 0 else clip.size[::-1]
    picture = np.rot90(numbered_picture(number + first_number, width, height), k=-clip.turn // 90)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    frame = frame.reformat(format=clip.pixel_format)
    if clip.times is None:
        frame.pts, frame.time_base = number, Fraction(1, RATE)
    else:
        frame.pts, frame.time_base = clip.times[number], Fraction(1, 1000)
    return frame


X264 = {"preset": "ultrafast", "g": "12", "bf": "2", "crf": "20"}
OPEN_X264 = {
    "preset": "fast",
    "crf": "20",
    "x264-params": "open-gop=1:keyint=12:min-keyint=12:bframes=3:b-adapt=0:scenecut=0",
}
OPEN_X265 = {
    "preset": "ultrafast",
    "crf": "20",
    "x265-params": "open-gop=1:keyint=12:min-keyint=12:bframes=3:log-level=-1:scenecut=0",
}
CLOSED_X265 = {
    "preset": "ultrafast",
    "crf": "20",
    "x265-params": "open-gop=0:keyint=12:bframes=2:log-level=-1",
}
VFR = tuple(int(t) for t in np.cumsum([0, *([40] * 9), 500, *([20] * 9), 250, *([100] * 19)]))
LATE = tuple(1400 + 40 * i for i in range(FRAMES))


def _set_aspect(stream):
    stream.codec_context.sample_aspect_ratio = Fraction(16, 15)


def _set_pq(stream):
    stream.codec_context.color_trc = 16
    stream.codec_context.color_primaries = 9
    stream.codec_context.colorspace = 9


def _set_bt709(stream):
    stream.codec_context.color_trc = 1
    stream.codec_context.color_primaries = 1
    stream.codec_context.colorspace = 1


CLIPS = (
    Clip("closed.mp4", options=X264),
    Clip("closed.mkv", options=X264),
    Clip("closed.flv", options=X264),
    Clip("open_gop.mp4", options=OPEN_X264),
    Clip("open_gop.mkv", options=OPEN_X264),
    Clip("hevc.mp4", codec="libx265", options=CLOSED_X265),
    Clip("hevc_open_gop.mp4", codec="libx265", options=OPEN_X265),
    Clip("h264.ts", options=X264),
    Clip("h264_open.ts", options=OPEN_X264),
    Clip("h264.avi", options=X264),
    Clip("mpeg4.avi", codec="mpeg4", options={"g": "12"}),
    Clip("mpeg4_b.avi", codec="mpeg4", options={"g": "12", "bf": "2"}),
    Clip("mpeg2.mpg", codec="mpeg2video", options={"g": "12", "bf": "2", "b": "2M"}),
    Clip("mpeg2.ts", codec="mpeg2video", options={"g": "12", "bf": "2", "b": "2M"}),
    Clip("mpeg2.mkv", codec="mpeg2video", options={"g": "12", "bf": "2", "b": "2M"}),
    Clip(
        "vp8_altref.webm",
        codec="libvpx",
        options={
            "auto-alt-ref": "1",
            "lag-in-frames": "16",
            "deadline": "good",
            "cpu-used": "8",
            "b": "400k",
        },
    ),
    Clip(
        "vp9.webm",
        codec="libvpx-vp9",
        options={"deadline": "realtime", "cpu-used": "8", "g": "12", "b": "500k"},
    ),
    Clip("av1.mp4", codec="libsvtav1", options={"preset": "12", "svtav1-params": "keyint=12"}),
    Clip("ffv1.mkv", codec="ffv1"),
    Clip("mjpeg.avi", codec="mjpeg", pixel_format="yuvj420p"),
    Clip("prores.mov", codec="prores_ks", pixel_format="yuv422p10le"),
    Clip("fragmented.mp4", options=X264, container_options={"movflags": "frag_keyframe+empty_moov"}),
    Clip("vfr.mp4", options=X264, times=VFR),
    Clip("vfr.mkv", options=X264, times=VFR),
    Clip("rotated_90.mp4", options=X264, turn=90),
    Clip("rotated_180.mp4", options=X264, turn=180),
    Clip("rotated_270.mp4", options=X264, turn=-90),
    Clip("ten_bit.mp4", options=X264, pixel_format="yuv420p10le"),
    Clip("hevc_ten_bit.mkv", codec="libx265", options=CLOSED_X265, pixel_format="yuv420p10le"),
    Clip("full_444.mp4", options=X264, pixel_format="yuv444p"),
    Clip("interlaced.mp4", options={**X264, "x264-params": "tff=1"}),
    Clip("odd_size.mp4", options=X264, pixel_format="yuv444p", size=(131, 77)),
    Clip("odd_height.mkv", codec="ffv1", size=(130, 75)),
    Clip("late_start.mp4", options=X264, times=LATE),
    Clip("late_start.mkv", options=X264, times=LATE),
    Clip("late_start.ts", options=X264, times=LATE),
    Clip("aspect.mp4", options=X264, setup=_set_aspect),
    Clip("hdr_pq.mp4", options=X264, pixel_format="yuv420p10le", setup=_set_pq),
    Clip("bt709.mp4", options=X264, setup=_set_bt709),
    Clip("raw.h264", options=X264, format="h264"),
)
