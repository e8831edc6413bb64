"""What the media room hands on: decoded frames, and the facts about where they come from."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

MediaKind = Literal["image", "animation", "video"]
Decoder = Literal["pillow", "decord", "pyav"]


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Consecutive sampled frames of one input.

    Attributes:
        rgb: Decoded pictures as displayed (rotated, sRGB, alpha over white), uint8, (T, H, W, 3).
        pts_seconds: Presentation timestamp of each frame in seconds, float64, (T,).
        frame_index: The file's frame number of each frame in presentation order, int64, (T,).
    """

    rgb: npt.NDArray[np.uint8]
    pts_seconds: npt.NDArray[np.float64]
    frame_index: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What is known about an input file; everything is measured on the file, nothing trusted.

    Attributes:
        path: The input exactly as the user gave it.
        kind: `image` (one still), `animation` (GIF, WebP, APNG) or `video`.
        container: Container or picture format name, lower case (`mov,mp4,...`, `jpeg`).
        codec: Codec name of the picture stream, or the Pillow mode for a still.
        width, height: Size in pixels as displayed, after rotation.
        frames_in_file: Frames that the file really holds (1 for an image).
        duration_seconds: First presentation time to the end of the last frame; null for an image.
        fps_average: Frames divided by duration; null for an image.
        variable_frame_rate: Whether gaps between frames differ by more than a time-base tick or two.
        rotation_degrees: Rotation (or EXIF orientation) that was applied, in degrees clockwise.
        size_bytes: Size of the file.
        decoder: Library that decoded the frames.
        decoder_version: Its version.
        decoder_reason: Why this decoder, in a few words.
        salvaged: Whether the file is damaged and was read only as far as it goes.
        notes: Further remarks for the user, each a short sentence.
        sample_aspect_ratio: Width ÷ height of a pixel as `16:15`; null where unknown. Never applied.
        pixel_format: libav's name of the stored pixels (`yuv420p10le`); null for stills.
        color_transfer: Transfer curve of a video (`bt709`, `pq`, `hlg`, …); null where unknown.
        interlaced: Whether a video's first frame is interlaced; null for stills.
        keyframes: Frames at which decoding may start; null for stills and animations.
        first_pts_seconds: Presentation time of the first frame; null for stills.
        has_audio: Whether there is a sound stream; null for stills and animations.
        video_streams: Picture streams in the file, covers left out.
        decode_errors: Packets refused and frames found damaged while decoding.
        isolated: Whether the frames were decoded in a process of their own.
    """

    path: str
    kind: MediaKind
    container: str
    codec: str
    width: int
    height: int
    frames_in_file: int
    duration_seconds: float | None
    fps_average: float | None
    variable_frame_rate: bool | None
    rotation_degrees: int
    size_bytes: int
    decoder: Decoder
    decoder_version: str
    decoder_reason: str
    salvaged: bool = False
    notes: tuple[str, ...] = ()
    sample_aspect_ratio: str | None = None
    pixel_format: str | None = None
    color_transfer: str | None = None
    interlaced: bool | None = None
    keyframes: int | None = None
    first_pts_seconds: float | None = None
    has_audio: bool | None = None
    video_streams: int = 1
    decode_errors: int = 0
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which frames were chosen.

    Attributes:
        rule: The rule in words, as `fps=2`, `every=10`, `frames=8`, `native`.
        frame_index: Chosen frame numbers in presentation order, strictly rising, int64, (T,).
        frames_in_file: Frames to choose from.
        notes: What was limited or changed (`--max-frames`, `--start`), each a short sentence.
    """

    rule: str
    frame_index: npt.NDArray[np.int64]
    frames_in_file: int
    notes: tuple[str, ...] = ()
