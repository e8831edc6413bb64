"""Writing in pictures, found and read by the PP-OCR models inside the package `rapidocr` (extra `ocr`).

Nothing is downloaded: the models are named by their files in that package. Only this file knows it.
"""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tokcomp_cli.core.lazy import np, npt
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    Picture = npt.NDArray[np.uint8]

INSTALL = 'pip install "tokcomp[ocr]"'
LONG_SIDES = (480, 960)
TALLEST = 0.5
FULL_AREA = 0.05
LEAST_LETTERS = 2


def missing() -> str | None:
    """Return which package of the extra is not installed, with what to do, or None; nothing is imported."""
    absent = next((name for name in ("rapidocr", "onnxruntime") if find_spec(name) is None), None)
    return None if absent is None else f"{absent} is missing; {INSTALL}"


class Line(NamedTuple):
    """Words of a line, lower case, and its left, top, right and bottom in pixels."""

    words: tuple[str, ...]
    box: tuple[float, float, float, float]


class Reader:
    """Finds and reads writing; made once, its models are loaded at their first use."""

    def __init__(self, *, threads: int) -> None:
        """Prepare the models.

        Args:
            threads: Threads that each model computes on.

        Raises:
            PlanError: The extra is not installed, or its package holds no models.
        """
        absent = missing()
        if absent is not None:
            raise PlanError(absent)
        self._models: Any = _load(threads)

    def likelihood(self, rgb: Picture) -> float:
        """Return how likely a picture holds lines of writing, in [0, 1).

        PP-OCR's detector looks at it at two sizes (long side 480 and 960, never enlarged). At each, the
        likelihood is 1 - product of (1 - score * share) over the boxes, where share is the box's part of
        the picture up to 5 % (then 1): one faint box on a wall counts little, a page of lines counts fully.
        A box taller than half the picture is no line: the detector likes to frame whole cups and clocks.
        The mean over both sizes is returned, since what is found at one size only is mostly chance.

        Args:
            rgb: Picture, uint8, (H, W, 3).
        """
        return sum(self._at_size(rgb, side) for side in LONG_SIDES) / len(LONG_SIDES)

    def _at_size(self, rgb: Picture, side: int) -> float:
        import cv2

        picture = shrunk(rgb, side)
        found = self._models(bgr(picture), use_cls=False, use_rec=False)
        if found.boxes is None:
            return 0.0
        height, width = picture.shape[:2]
        missed = 1.0
        for box, score in zip(np.asarray(found.boxes, np.float32), found.scores, strict=True):
            tall = min(np.linalg.norm(box[0] - box[1]), np.linalg.norm(box[0] - box[3]))
            if tall <= TALLEST * min(height, width):
                area = cv2.contourArea(box) / (height * width)
                missed *= 1 - float(score) * min(1.0, area / FULL_AREA)
        return 1 - missed

    def words(self, rgb: Picture) -> Counter[str]:
        """Return the words read in a picture, lower case, with how often; single letters are left out.

        Args:
            rgb: Picture, uint8, (H, W, 3).
        """
        return Counter(word for line in self.lines(rgb) for word in line.words)

    def lines(self, rgb: Picture) -> list[Line]:
        """Return the lines of writing read in a picture; those without a word are left out.

        Args:
            rgb: Picture, uint8, (H, W, 3).
        """
        found = self._models(bgr(rgb), use_cls=False, use_rec=True)
        texts, boxes = getattr(found, "txts", None) or (), getattr(found, "boxes", None)
        lines = []
        for text, box in zip(texts, () if boxes is None else boxes, strict=True):
            read = [word.casefold() for word in re.findall(r"\w+", text) if len(word) >= LEAST_LETTERS]
            corners = np.asarray(box, np.float32)
            (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            if read:
                lines.append(Line(tuple(read), (left, top, right, bottom)))
        return lines


def shrunk(rgb: Picture, side: int) -> Picture:
    """Return a picture whose long side is at most so many pixels, averaged over areas; never enlarged."""
    import cv2

    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return rgb
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def bgr(rgb: Picture) -> Picture:
    """Return the picture with its channels in the order that the models expect."""
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _load(threads: int) -> Any:
    """Return the models of the installed package; it says nothing and fetches nothing.

    Raises:
        PlanError: The package holds none, or not the ones expected.
    """
    try:
        import rapidocr
        from rapidocr import RapidOCR
    except ImportError as error:
        raise PlanError(f"rapidocr is installed but cannot be imported ({error}); {INSTALL}") from error
    folder = Path(rapidocr.__file__).parent / "models"
    parts = {"Det": "*_det_*.onnx", "Rec": "*_rec_*.onnx"}
    files = {part: sorted(folder.glob(pattern)) for part, pattern in parts.items()}
    if not all(files.values()):
        raise PlanError(
            f"expected PP-OCR models inside the installed rapidocr, found none; {INSTALL} --upgrade"
        )
    engine = "EngineConfig.onnxruntime"
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_preprocess_img": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": max(LONG_SIDES),
            f"{engine}.intra_op_num_threads": threads,
            f"{engine}.inter_op_num_threads": 1,
            **{f"{part}.model_path": str(found[0]) for part, found in files.items()},
        }
    )
