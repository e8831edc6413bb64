"""Colours that code points describe (as in video, AVIF, HEIF and PNG), turned to sRGB."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tokcomp_cli.core.lazy import np, npt

if TYPE_CHECKING:
    Floats = npt.NDArray[np.float64]
_PQ, _HLG = 16, 18
HDR = {_PQ: "PQ", _HLG: "HLG"}
_SRGB_PRIMARIES = 1
# Corners of the colour triangle, red, green and blue, x and y; the white is D65 in all of them.
_CORNERS: dict[int, tuple[tuple[float, float], ...]] = {
    _SRGB_PRIMARIES: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_NAMES = {9: "BT.2020", 12: "Display P3"}
_D65 = (0.3127, 0.3290)
# Curves of video are shown as sRGB's everywhere in this program, so only these others are undone.
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_STEPS = 1 << 15


def hdr_note(what: str, transfer: int) -> str | None:
    """Return the remark on a picture or a video with a transfer curve for HDR, None for other curves."""
    if transfer not in HDR:
        return None
    return f"HDR {what} ({HDR[transfer]}) was read without tone mapping; colours look dull."


def differs_from_srgb(primaries: int, transfer: int, *, curves: bool = True) -> bool:
    """Return whether colours must be turned to be sRGB; those for HDR are left as they are.

    Args:
        primaries: Code point of the colours' corners (ITU-T H.273).
        transfer: Code point of the curve.
        curves: Whether curves count too, as in stills.
    """
    if transfer in HDR:
        return False
    return primaries in _NAMES or (curves and transfer in _GAMMAS)


def turned_note(primaries: int, transfer: int) -> str:
    """Return the remark on colours that were turned."""
    name = _NAMES.get(primaries, f"a curve of gamma {_GAMMAS.get(transfer, 1.0):g}")
    return f"Colours were turned from {name} to sRGB."


def to_srgb(rgb: npt.NDArray[np.uint8], primaries: int, transfer: int) -> npt.NDArray[np.uint8]:
    """Return a picture in sRGB; what sRGB cannot show is cut off at its edge.

    Args:
        rgb: Colours of the given primaries and curve, uint8, (H, W, 3).
        primaries: Code point of the colours' corners.
        transfer: Code point of the curve.
    """
    linear, matrix, encoded = _tables(primaries, transfer)
    made = np.empty_like(rgb)
    for row in range(
        0, rgb.shape[0], 64
    ):  # few rows at a time: a huge picture in floats would be four times it
        mixed = linear[rgb[row : row + 64]] @ matrix
        steps = np.clip(mixed * (_STEPS - 1) + 0.5, 0, _STEPS - 1).astype(np.int32)
        made[row : row + 64] = encoded[steps]
    return made


@lru_cache(maxsize=8)
def _tables(
    primaries: int, transfer: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return light of each level, (256,), the matrix from the right, (3, 3), and levels of light in sRGB."""
    levels = np.arange(256) / 255
    gamma = _GAMMAS.get(transfer)
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    if gamma is not None:
        light = levels**gamma
    given = _to_xyz(primaries if primaries in _CORNERS else _SRGB_PRIMARIES)
    matrix = np.linalg.inv(_to_xyz(_SRGB_PRIMARIES)) @ given
    shown = np.arange(_STEPS) / (_STEPS - 1)
    encoded = np.where(shown <= 0.0031308, shown * 12.92, 1.055 * shown ** (1 / 2.4) - 0.055)
    return light.astype(np.float32), matrix.T.astype(np.float32), np.rint(encoded * 255).astype(np.uint8)


def _to_xyz(primaries: int) -> Floats:
    """Return the matrix from light of some primaries to XYZ, (3, 3)."""
    corners = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in _CORNERS[primaries]]).T
    white = np.array([_D65[0] / _D65[1], 1.0, (1 - _D65[0] - _D65[1]) / _D65[1]])
    return np.asarray(corners * np.linalg.solve(corners, white))
