"""An encoder's floor, threshold and similarity statistic, measured on clips.

Neighbouring frames of a clip mostly look alike; frames of two clips do not. Threshold and statistic separate
the two kinds of pair best, and neighbours on the wrong side of the threshold are cuts. The floor is the
geometric mean of the content energy of blank frames and that of the emptiest tenth of the user's own frames.
"""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.stats import STATISTICS, cosine_statistic
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.calibration import (
    LEAST_ENERGY,
    Bin,
    Calibration,
    Cut,
    Evidence,
    blank_energy,
    content_energy,
)
from tokcomp_cli.errors import EncoderError

BINS, MOST_CUTS, MOST_STRANGERS = 24, 200, 128
SLACK = 0.005  # shares nearer than this count as equal


class Pairs:
    """Similarities of neighbours and of strangers, gathered clip by clip; one frame of a clip is kept."""

    def __init__(self, blank: Tensor) -> None:
        self._blank = blank
        self._firsts: list[Tensor] = []
        self.clips, self.frames = 0, 0
        self.energies: list[Tensor] = []
        self.neighbours: list[Tensor] = []
        self.where: list[tuple[int, int]] = []

    def add(self, clip: Iterable[FrameTokens]) -> None:
        """Add one clip, batch by batch; a clip without frames adds nothing."""
        before: Tensor | None = None
        count = 0
        for batch in clip:
            self.energies.append(content_energy(batch.features - self._blank))
            for frame in batch.features:
                if before is None and len(self._firsts) < MOST_STRANGERS:
                    self._firsts.append(frame.clone())
                if before is not None:
                    self.neighbours.append(statistics(frame, before))
                    self.where.append((self.clips, count))
                before, count = frame, count + 1
        self.frames += count
        self.clips += count > 0

    def strangers(self) -> Tensor:
        """Return the statistics of each pair of two clips' first frames, (S, 3)."""
        firsts = self._firsts
        found = [statistics(one, other) for at, one in enumerate(firsts) for other in firsts[:at]]
        return torch.stack(found) if found else torch.empty(0, len(STATISTICS))


def statistics(frame: Tensor, other: Tensor) -> Tensor:
    """Return mean, 10th percentile and minimum over the cosines of co-located tokens, (3,).

    Args:
        frame: Patch tokens, (P, D).
        other: Patch tokens at the same positions, (P, D).
    """
    cosine = F.cosine_similarity(frame, other, dim=1)
    return torch.stack([cosine_statistic(cosine, name) for name in STATISTICS])


def best_threshold(same: Tensor, unlike: Tensor) -> tuple[float, float]:
    """Return the threshold that separates two kinds of pair best, and its accuracy, in [0.5, 1].

    Both kinds count the same, however many pairs there are. Of all thresholds that are about as good, the
    middle of the widest gap is taken, so that one odd pair (a cut, the same picture twice) does not decide.

    Args:
        same: Similarities that should lie above, (S,).
        unlike: Similarities that should lie at or below, (U,).
    """
    values = torch.unique(torch.cat([same, unlike]).double())
    edges = torch.cat([values[:1] - 1e-3, (values[1:] + values[:-1]) / 2])
    gaps = torch.cat([torch.zeros(1, dtype=torch.float64), values[1:] - values[:-1]])
    above = (same.double()[None] > edges[:, None]).double().mean(1)
    below = (unlike.double()[None] <= edges[:, None]).double().mean(1)
    right = (above + below) / 2
    best = right >= right.max() - SLACK
    chosen = int(torch.where(best, gaps, -1.0).argmax())
    return float(edges[chosen]), float(right[chosen])


def calibrate(clips: Iterable[Iterable[FrameTokens]], response: Tensor) -> Calibration:
    """Return what was measured on clips.

    Args:
        clips: Tokens of each clip's frames in order, in batches; stills count as clips of one frame.
        response: Tokens of the encoder's blank frames, (G, P, D).

    Raises:
        EncoderError: There are fewer than two clips, or none with two frames.
    """
    pairs = Pairs(response.mean(0))
    for clip in clips:
        pairs.add(clip)
    if pairs.clips < 2 or not pairs.neighbours:
        raise EncoderError(
            f"calibration needs at least two clips, one of them with two frames or more; found {pairs.clips} "
            f"with {pairs.frames} frames: name a folder of your own clips"
        )
    same, unlike = torch.stack(pairs.neighbours), pairs.strangers()
    found = [best_threshold(same[:, at], unlike[:, at]) for at in range(len(STATISTICS))]
    column = 0
    for at, (_, share) in enumerate(found):
        if share > found[column][1] + SLACK:
            column = at
    blanks = max(blank_energy(response), LEAST_ENERGY)
    content = float(torch.cat(pairs.energies).quantile(0.1))
    threshold = found[column][0]
    evidence = Evidence(
        clips=pairs.clips,
        frames=pairs.frames,
        blank_energy=blanks,
        content_energy=content,
        separation={name: share for name, (_, share) in zip(STATISTICS, found, strict=True)},
        histogram=histogram(same[:, column], unlike[:, column]),
        cuts=cuts(same[:, column], pairs.where, threshold),
    )
    floor = math.sqrt(blanks * max(content, blanks))
    return Calibration(response.mean(0), floor, threshold, STATISTICS[column], evidence)


def histogram(same: Tensor, unlike: Tensor) -> tuple[Bin, ...]:
    """Return both kinds of pair by similarity, in bars of one width from the least similarity to 1."""
    low = float(torch.cat([same, unlike]).min())
    edges = torch.linspace(low, 1, BINS + 1, dtype=torch.float64)
    places = [torch.bucketize(one.double(), edges[1:-1], right=True) for one in (same, unlike)]
    counts = [place.bincount(minlength=BINS).tolist() for place in places]
    bars = zip(edges[:-1].tolist(), edges[1:].tolist(), *counts, strict=True)
    return tuple(Bin(low, high, near, far) for low, high, near, far in bars)


def cuts(same: Tensor, where: list[tuple[int, int]], threshold: float) -> tuple[Cut, ...]:
    """Return the neighbours at or below the threshold, most unlike first, at most `MOST_CUTS`."""
    order = same.argsort(stable=True).tolist()
    below = [at for at in order if float(same[at]) <= threshold]
    return tuple(Cut(where[at][0], where[at][1], float(same[at])) for at in below[:MOST_CUTS])
