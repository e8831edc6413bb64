"""What the media room hands on: decoded frames, and the facts about where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from tokcomp_cli.core.lazy import F, Tensor, np, npt, torch

MediaKind = Literal["image", "animation", "video"]
Decoder = Literal["pillow", "decord", "pyav"]


Kernel = Literal["bicubic", "bilinear", "area", "nearest"]
Scaling = tuple[tuple[int, int], Kernel]
"""Height and width of a scaled picture, and how it is scaled."""


class Picture(Protocol):
    """One decoded picture as displayed (rotated, sRGB, alpha over white); pixels are made when asked for.

    Threads may share it. What it gives is not kept: who needs it twice holds it.
    """

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        ...

    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return the whole picture, uint8, (H, W, 3).

        Raises:
            MediaError: It cannot be made.
        """
        ...

    def scaled(self, size: tuple[int, int], kernel: Kernel = "bicubic") -> npt.NDArray[np.uint8]:
        """Return the picture at another size, antialiased but for `nearest`, uint8, (h, w, 3).

        Args:
            size: Height and width; the aspect ratio is given up.
            kernel: How pixels are weighed. For planes that are only measured `area` is cheap, and `nearest`
                takes single pixels, whose spread is the whole picture's.

        Raises:
            MediaError: It cannot be made.
        """
        ...


@dataclass(frozen=True, slots=True)
class ArrayPicture:
    """A picture whose pixels are there: a still, a frame of an animation, or one that decord decoded.

    Attributes:
        pixels: As displayed, uint8, (H, W, 3).
    """

    pixels: npt.NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]

    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return the whole picture, uint8, (H, W, 3)."""
        return self.pixels

    def scaled(self, size: tuple[int, int], kernel: Kernel = "bicubic") -> npt.NDArray[np.uint8]:
        """Return the picture at another size, uint8, (h, w, 3)."""
        if size == self.size:
            return self.pixels
        if kernel in ("area", "nearest"):
            import cv2

            how = cv2.INTER_AREA if kernel == "area" else cv2.INTER_NEAREST
            return np.asarray(cv2.resize(self.pixels, size[::-1], interpolation=how), dtype=np.uint8)
        # Not `[None]`: by its stride of 0 torch takes the picture to lie plane by plane, and is slower.
        one = self.pixels.reshape(1, *self.pixels.shape)
        shown = squash(one, size, kernel)[0].permute(1, 2, 0)
        return np.ascontiguousarray(shown.numpy())


def array_pictures(rgb: npt.NDArray[np.uint8]) -> tuple[ArrayPicture, ...]:
    """Return the pictures of an array, uint8, (T, H, W, 3), which they share."""
    return tuple(ArrayPicture(pixels) for pixels in rgb)


def squash(rgb: npt.NDArray[np.uint8], size: tuple[int, int], interpolation: Kernel = "bicubic") -> Tensor:
    """Return whole pictures at another size, aspect ratio given up, uint8, (T, 3, h, w).

    With antialiasing, in 8 bits, as Pillow does it.

    Args:
        rgb: Pictures, uint8, (T, H, W, 3).
        size: Height and width.
        interpolation: `bicubic` or `bilinear`.
    """
    writable = np.require(rgb, requirements=["C_CONTIGUOUS", "WRITEABLE"])
    pictures = torch.from_numpy(writable).permute(0, 3, 1, 2)
    if tuple(pictures.shape[-2:]) == size:
        return pictures
    return F.interpolate(pictures, size=size, mode=interpolation, antialias=True)


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Consecutive sampled frames of one input.

    Attributes:
        pictures: The frames, T of them, all of one size. Of a video they may hold the decoder's own memory.
        pts_seconds: Presentation timestamp of each frame in seconds, float64, (T,).
        frame_index: The file's frame number of each frame in presentation order, int64, (T,).
    """

    pictures: tuple[Picture, ...]
    pts_seconds: npt.NDArray[np.float64]
    frame_index: npt.NDArray[np.int64]

    @property
    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return all whole pictures, made anew at each call, uint8, (T, H, W, 3)."""
        return np.stack([picture.rgb() for picture in self.pictures])

    def made(self) -> FrameBatch:
        """Return the same frames with all whole pictures made once and kept."""
        return FrameBatch(array_pictures(self.rgb), self.pts_seconds, self.frame_index)

    def __len__(self) -> int:
        return len(self.pictures)


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
