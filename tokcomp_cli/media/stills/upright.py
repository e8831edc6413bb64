"""Decoded video frames as displayed: RGB, one size, turned. Bit for bit what decord gives."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.video.frame import VideoFrame

from tokcomp_cli.media.geometry import Geometry


class Upright:
    """Turns frames into RGB pictures through the filter that decord uses.

    `VideoFrame.to_ndarray` scales chroma bilinearly and so differs by up to 42 levels at sharp edges
    of 10-bit video; the `scale` filter with bicubic chroma gives the same bytes as decord.

    Attributes:
        resized: How many frames had another size than the first and were scaled to it.
    """

    def __init__(self, geometry: Geometry) -> None:
        self.resized = 0
        self._geometry = geometry
        self._graph: Graph | None = None
        self._input: tuple[int, int, str, int, int] | None = None

    def picture(self, frame: VideoFrame) -> npt.NDArray[np.uint8]:
        """Return the frame as displayed, uint8, (H, W, 3)."""
        geometry = self._geometry
        self.resized += (frame.width, frame.height) != (geometry.coded_width, geometry.coded_height)
        kind = (frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range))
        if self._graph is None or kind != self._input:
            self._graph, self._input = self._built_for(frame), kind
        self._graph.push(frame)
        converted = self._graph.pull()
        if not isinstance(converted, VideoFrame):
            raise TypeError(f"the filter graph gave a {type(converted).__name__} for a video frame")
        turned = np.rot90(converted.to_ndarray(), k=-geometry.rotation_degrees // 90)
        return np.ascontiguousarray(turned, dtype=np.uint8)

    def _built_for(self, frame: VideoFrame) -> Graph:
        """Return a graph that takes frames like the given one."""
        size = f"{self._geometry.coded_width}:{self._geometry.coded_height}"
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base or Fraction(1, 1000),
            ),
            graph.add("scale", f"{size}:flags=bicubic"),
            graph.add("format", "pix_fmts=rgb24"),
            graph.add("buffersink"),
        ).configure()
        return graph
