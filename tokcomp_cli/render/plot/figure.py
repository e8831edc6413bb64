"""What all figures share: size, colours, fonts that are embedded, and the file they become."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError

SUFFIXES = (".png", ".svg", ".pdf")
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#767676"  # Okabe and Ito, for all eyes
WIDE, DOTS = 7.0, 300
FONTS = ("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic")
SETTINGS = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # whole TrueType fonts inside: journals refuse Type 3
    "svg.fonttype": "path",
    "svg.hashsalt": "tokcomp",
    "text.parse_math": False,  # a name with dollars is a name
}


def need_matplotlib() -> None:
    """Raise PlanError where matplotlib is not installed."""
    if find_spec("matplotlib") is None:
        raise PlanError('plots need matplotlib; install it with: pip install "tokcomp[plot]"')


@contextmanager
def styled() -> Iterator[None]:
    """Set the style of all figures while inside; nothing is kept of it."""
    import matplotlib
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    settings: Any = SETTINGS | {"font.family": [name for name in FONTS if name in there] or ["sans-serif"]}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def new_figure(height: float) -> Any:
    """Return an empty figure of a page's width, inches high; no window is opened."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDE, height), layout="constrained")


def file_of(figure: Any, suffix: str, *, title: str) -> bytes:
    """Return a figure as the bytes of a file, the same for the same figure.

    Args:
        figure: Of matplotlib.
        suffix: `.png`, `.svg` or `.pdf`.
        title: Of the document.
    """
    held, kind = BytesIO(), suffix.lstrip(".").lower()
    date = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None, "ModDate": None}}[kind]
    figure.savefig(held, format=kind, dpi=DOTS, metadata={"Title": printable(title), **date})
    return held.getvalue()
