"""Decoded video frames as displayed: RGB, one size, turned, and at the size asked for."""

import threading
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.video.frame import VideoFrame

from tokcomp_cli.core.frames import ArrayPicture, Kernel
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.demux.errors import LIBAV_ERRORS
from tokcomp_cli.media.gamut import differs_from_srgb, to_srgb
from tokcomp_cli.media.geometry import Geometry
from tokcomp_cli.media.video.alpha import has_alpha, over_white

# swscale turns these into whole RGB pictures with hand-written code, as fast as it scales them.
_FAST_TO_RGB = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuva420p"})
# Chroma at every pixel of the small picture, and torch's bicubic in place of swscale's sharper one.
_EXACT = "full_chroma_int+accurate_rnd"
_FLAGS: dict[Kernel, str] = {
    "bicubic": f"flags=bicubic+{_EXACT}:param0=0:param1=0.5",
    "bilinear": f"flags=bilinear+{_EXACT}",
    "area": f"flags=area+{_EXACT}",
    "nearest": f"flags=neighbor+{_EXACT}",
}
_WHOLE = "flags=bicubic"
_MOST_GRAPHS = 8

_Kind = tuple[int, int, str, int, int]
_Form = tuple[int, int, str]
_Made = tuple[int, int, str, str]


class Upright:
    """Turns frames of one stream into RGB pictures. Threads may share it; each builds its own filters.

    Whole pictures come through the filter that decord uses, bit for bit: `VideoFrame.to_ndarray` scales
    chroma bilinearly and so differs by up to 42 levels at sharp edges of 10-bit video.
    """

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._graphs = _Graphs()
        self._checked: set[_Kind] = set()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of every picture."""
        width, height = self._geometry.displayed
        return height, width

    def differs(self, frame: VideoFrame) -> bool:
        """Return whether a frame has another size than the first, to which it is scaled."""
        return (frame.width, frame.height) != (self._geometry.coded_width, self._geometry.coded_height)

    def check(self, frame: VideoFrame) -> None:
        """Try out the conversion once for each kind of frame, so that it does not fail later.

        Raises:
            FFmpegError: A damaged header names, for example, a colour space that does not exist.
        """
        kind = _kind(frame)
        if kind not in self._checked:
            self._converted(frame, (16, 16, _FLAGS["area"]))
            self._checked.add(kind)

    def whole(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """Return the frame as displayed, uint8, (H, W, 3)."""
        geometry = self._geometry
        form = (geometry.coded_width, geometry.coded_height, _WHOLE)
        whole = self._converted(frame, form)
        if self._is_over_white(frame):
            whole = over_white(whole, self._converted(frame, form, "rgba")[..., 3])
        return self._displayed(whole)

    def is_direct(self, frame: VideoFrame, size: tuple[int, int], kernel: Kernel) -> bool:
        """Return whether a scaled picture comes straight from the decoder's planes.

        Where the whole picture costs no more, it is the whole one that is resized: exactly what a file
        decoded by other means gives.
        """
        if size == self.size or self.differs(frame) or self._is_over_white(frame):
            return False
        return kernel in ("area", "nearest") or not _is_fast(frame)

    def scaled(self, frame: VideoFrame, size: tuple[int, int], kernel: Kernel) -> npt.NDArray[np.uint8]:
        """Return the frame as displayed at another size, uint8, (h, w, 3).

        Args:
            frame: A decoded frame.
            size: Height and width as displayed.
            kernel: How pixels are weighed.
        """
        if not self.is_direct(frame, size, kernel):
            return ArrayPicture(self.whole(frame)).scaled(size, kernel)
        height, width = size
        if self._geometry.rotation_degrees in (90, 270):
            height, width = width, height
        return self._displayed(self._converted(frame, (width, height, _FLAGS[kernel])))

    def _is_over_white(self, frame: VideoFrame) -> bool:
        """Return whether a frame has alpha that counts."""
        return self._geometry.alpha and has_alpha(frame)

    def _displayed(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return a converted frame in sRGB, mirrored and turned."""
        geometry = self._geometry
        if differs_from_srgb(geometry.primaries, geometry.transfer, curves=False):
            rgb = to_srgb(rgb, geometry.primaries, geometry.transfer)
        if geometry.mirrored:
            rgb = rgb[:, ::-1]
        turned = np.rot90(rgb, k=-geometry.rotation_degrees // 90)
        return np.ascontiguousarray(turned, dtype=np.uint8)

    def _converted(self, frame: VideoFrame, form: _Form, pixels: str = "rgb24") -> npt.NDArray[np.uint8]:
        """Return a frame as RGB, or RGBA, of a size, as it is stored."""
        graph = self._graphs.of(frame, (*form, pixels))
        graph.push(frame)
        converted = graph.pull()
        if not isinstance(converted, VideoFrame):
            raise TypeError(f"the filter graph gave a {type(converted).__name__} for a video frame")
        return np.asarray(converted.to_ndarray(), dtype=np.uint8)


class VideoPicture:
    """A frame as PyAV decoded it; it holds the decoder's memory, not the picture's."""

    __slots__ = ("_frame", "_upright")

    def __init__(self, frame: VideoFrame, upright: Upright) -> None:
        """Hold a decoded frame that `upright` has checked."""
        self._frame, self._upright = frame, upright

    @property
    def held_bytes(self) -> int:
        """The decoder's memory that it holds."""
        return sum(plane.buffer_size for plane in self._frame.planes)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._upright.size

    def is_direct(self, size: tuple[int, int], kernel: Kernel) -> bool:
        """Return whether the scaled picture is another than the whole one resized."""
        return self._upright.is_direct(self._frame, size, kernel)

    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return the whole picture, uint8, (H, W, 3)."""
        try:
            return self._upright.whole(self._frame)
        except LIBAV_ERRORS as error:
            raise _unmade(error) from error

    def scaled(self, size: tuple[int, int], kernel: Kernel = "bicubic") -> npt.NDArray[np.uint8]:
        """Return the picture at another size, uint8, (h, w, 3)."""
        try:
            return self._upright.scaled(self._frame, size, kernel)
        except LIBAV_ERRORS as error:
            raise _unmade(error) from error


class _Graphs(threading.local):
    """The filters that a thread has built, by what they give."""

    def __init__(self) -> None:
        self._built: dict[_Made, tuple[_Kind, Graph]] = {}

    def of(self, frame: VideoFrame, form: _Made) -> Graph:
        """Return filters that take frames like the given one and give pictures of a form."""
        kind = _kind(frame)
        known = self._built.get(form)
        if known is not None and known[0] == kind:
            return known[1]
        if len(self._built) >= _MOST_GRAPHS:
            self._built.clear()
        graph = _graph(frame, form)
        self._built[form] = kind, graph
        return graph


def _graph(frame: VideoFrame, form: _Made) -> Graph:
    """Return new filters, on the thread that pulls."""
    width, height, flags, pixels = form
    graph = Graph()
    graph.threads = 1
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or Fraction(1, 1000),
        ),
        graph.add("scale", f"{width}:{height}:{flags}"),
        graph.add("format", f"pix_fmts={pixels}"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _kind(frame: VideoFrame) -> _Kind:
    """Return what filters are built for."""
    return frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range)


def _is_fast(frame: VideoFrame) -> bool:
    """Return whether the whole RGB picture costs little: at odd heights swscale has no such code."""
    return frame.format.name in _FAST_TO_RGB and frame.height % 2 == 0


def _unmade(error: BaseException) -> MediaError:
    """Return the error for a picture that libav cannot convert, though one like it could be."""
    return MediaError(f"a decoded frame cannot be turned into a picture ({error}); read the file again")
