"""Checks of the installation, each really done."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tokcomp_cli.errors import TokcompError

LIBRARIES = ("torch", "torchvision", "open_clip_torch", "timm", "av", "decord2", "opencv-python-headless")
EXTRAS = {
    "ocr": ("rapidocr", "onnxruntime"),
    "parquet": ("pyarrow",),
    "ray": ("ray",),
    "vlm": ("transformers",),
}
CLASHES = {"decord": "decord2", "opencv-python": "opencv-python-headless"}
DEMO_CLIP = Path(__file__).parent.parent / "demo" / "city_cut.mp4"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it passed, and what was found."""

    name: str
    ok: bool
    detail: str


def checks() -> list[Check]:
    """Return the checks in order; one that fails does not stop the next."""
    work: dict[str, Callable[[], str]] = {
        "python": lambda: f"{platform.python_version()} on {platform.machine()}, {os.cpu_count()} processors",
        "libraries": _libraries,
        "extras": _extras,
        "no clashing packages": _clashes,
        "embedded encoder": _encoder,
        "video decoder": _decoder,
        "temporary folder": _scratch,
    }
    return [_checked(name, one) for name, one in work.items()]


def _checked(name: str, work: Callable[[], str]) -> Check:
    try:
        return Check(name, True, work())
    except (TokcompError, ImportError, OSError, PackageNotFoundError) as error:
        return Check(name, False, f"{type(error).__name__}: {error}")


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in LIBRARIES)


def _extras() -> str:
    """Return which extras are installed; none has to be."""
    return ", ".join(f"{extra} {_versions(names) or 'not installed'}" for extra, names in EXTRAS.items())


def _versions(names: Sequence[str]) -> str | None:
    """Return the versions of distributions, or None where one is missing."""
    try:
        return " + ".join(f"{name} {version(name)}" for name in names)
    except PackageNotFoundError:
        return None


def _clashes() -> str:
    """Return that no package is there that installs the same module as one of ours."""
    for name, ours in CLASHES.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            continue
        raise ImportError(
            f"{name} {found} installs the same module as {ours}; uninstall both, then install {ours}"
        )
    return "none"


def _encoder() -> str:
    from tokcomp_cli.encoders import load_encoder

    encoder = load_encoder("embedded")
    frames = np.full((2, 64, 64, 3), 128, dtype=np.uint8)
    encoder.encode(frames)
    start = time.perf_counter()
    encoder.encode(frames)
    spent = (time.perf_counter() - start) / len(frames)
    digest = encoder.facts.weights_sha256 or ""
    return f"weights intact ({digest[:12]}), {spent * 1000:.0f} ms a frame measured now"


def _decoder() -> str:
    from tokcomp_cli.media.open import open_media

    media = open_media(str(DEMO_CLIP))
    count = sum(len(batch) for batch in media.frames(np.arange(3, dtype=np.int64)))
    media.close()
    if count != 3:
        raise OSError(f"the demo clip gave {count} of 3 frames")
    return f"{media.facts.decoder} {media.facts.decoder_version} read the demo clip"


def _scratch() -> str:
    with TemporaryDirectory() as folder:
        (Path(folder) / "probe").write_bytes(b"x")
        return "can be written"
