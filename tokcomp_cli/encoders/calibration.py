"""What was measured of an encoder on a user's own clips, kept in the user's cache."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.lazy import Tensor
from tokcomp_cli.errors import EncoderError

CACHE_VARIABLE = "TOKCOMP_CACHE"
FORMAT = "2"  # 1 held thresholds on raw cosines
LEAST_ENERGY = 1e-6


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram: from, to (of similarity), and how many pairs of frames fall in."""

    low: float
    high: float
    neighbours: int
    strangers: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Neighbouring frames below the threshold: clip and later frame, from 0, and their similarity."""

    clip: int
    frame: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a calibration was chosen on.

    Attributes:
        clips: Clips seen.
        frames: Frames seen.
        blank_energy: Content energy a patch of blank frames: what is not content.
        content_energy: 10th percentile over frames of the content energy a patch.
        separation: By statistic: share of pairs that the best threshold puts on the right side, both kinds of
            pair weighing the same.
        histogram: Of the chosen statistic: neighbours in a clip beside strangers from two clips.
        cuts: Neighbours that the threshold keeps apart, most unlike first.
    """

    clips: int
    frames: int
    blank_energy: float
    content_energy: float
    separation: dict[str, float]
    histogram: tuple[Bin, ...]
    cuts: tuple[Cut, ...]


LEAST_ALIKE = 0.9
"""Lowest threshold: two frames that are so alike lose (1 - 0.9) / 2, a twentieth, of what they hold when they
become their mean. Below it clips keep fewer right answers at the same tokens (docs/evidence.md)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The figures that an encoder needs and that its weights do not state.

    Attributes:
        blank: Mean response to blank frames at each grid position, float32, (P, D).
        floor: Least content energy of a patch for `explained`.
        threshold: Similarity above which a frame joins the open merged frame.
        similarity: Statistic over co-located cosines: `mean`, `p10` or `min`.
        evidence: What they were chosen on; None where it was not kept.
    """

    blank: Tensor
    floor: float
    threshold: float
    similarity: str
    evidence: Evidence | None = None


def blank_energy(response: Tensor) -> float:
    """Return the content energy a patch of blank frames, which should have none.

    Args:
        response: Tokens of blank frames of several greys, (G, P, D).
    """
    return content_energy(response - response.mean(0)).mean().item()


def content_energy(content: Tensor) -> Tensor:
    """Return the energy a patch around each frame's own mean, (T,).

    Args:
        content: Tokens minus the blank response, (T, P, D).
    """
    return (content - content.mean(1, keepdim=True)).double().square().sum(2).mean(1)


def floor_within(floor: float, response: Tensor) -> float:
    """Return a floor between 1/300 and 1/4 of the distance between a black and a white frame.

    At most so much, so that a cut from black to white is one; at least so much, as some encoders answer
    blank frames with no energy at all.

    Args:
        floor: Content energy of a patch.
        response: Tokens of blank frames from black to white, (G, P, D).
    """
    apart = float((response[0] - response[-1]).double().square().sum(1).mean())
    return min(max(floor, apart / 300), apart / 4)


def key(facts: EncoderFacts) -> str:
    """Return a name for everything that changes an encoder's tokens: weights, layer, size, fit, format."""
    said = (facts.weights_sha256, facts.layer, facts.input_size, facts.fit, facts.preprocessing, facts.dtype)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def folder() -> Path:
    """Return the folder of kept calibrations, in the user's cache."""
    stated = os.environ.get(CACHE_VARIABLE)
    if stated:
        return Path(stated) / "calibration"
    from platformdirs import user_cache_path

    return user_cache_path("tokcomp", appauthor=False) / "calibration"


def load(facts: EncoderFacts, where: Path | None = None) -> Calibration | None:
    """Return the calibration kept for an encoder, or None where there is none that fits.

    Args:
        facts: Of the encoder as it will run.
        where: Folder; None for the user's cache.
    """
    from safetensors import SafetensorError, safe_open

    path = (where or folder()) / f"{key(facts)}.safetensors"
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            stated, blank = json.loads(file.metadata()["calibration"]), file.get_tensor("blank")
        if stated["format"] != FORMAT or blank.shape != (facts.num_patches, facts.dim):
            return None
        return Calibration(
            blank, float(stated["floor"]), float(stated["threshold"]), str(stated["similarity"])
        )
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None  # a damaged file counts as none: the encoder reports that it is not calibrated


def save(calibration: Calibration, facts: EncoderFacts, where: Path | None = None) -> Path:
    """Keep a calibration and return its file.

    Args:
        calibration: What was measured.
        facts: Of the encoder as it ran.
        where: Folder; None for the user's cache.

    Raises:
        EncoderError: The folder cannot be written.
    """
    from safetensors.torch import save_file

    path = (where or folder()) / f"{key(facts)}.safetensors"
    evidence = None if calibration.evidence is None else asdict(calibration.evidence)
    stated = {
        "format": FORMAT,
        "encoder": facts.name,
        "floor": calibration.floor,
        "threshold": calibration.threshold,
        "similarity": calibration.similarity,
        "evidence": evidence,
    }
    partial = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        blank = calibration.blank.float().contiguous()
        save_file({"blank": blank}, partial, metadata={"calibration": json.dumps(stated)})
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise EncoderError(
            f"the calibration cannot be kept in {str(path.parent)!r}: {error.strerror}"
        ) from error
    return path
