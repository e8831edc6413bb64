"""An encoder's floor, threshold and similarity statistic, measured on clips.

Frames of two clips are unrelated: the threshold lies above nearly all such pairs, and neighbours below it
are cuts. The statistic is the one that separates neighbours from strangers best. The floor is the geometric
mean of the content energy of blank frames and that of the emptiest tenth of the user's own frames.
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from tokcomp_cli.compress.content_similarity import distances, from_distances
from tokcomp_cli.core.stats import STATISTICS
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.calibration import (
    LEAST_ALIKE,
    LEAST_ENERGY,
    Bin,
    Calibration,
    Cut,
    Evidence,
    blank_energy,
    content_energy,
    floor_within,
)
from tokcomp_cli.errors import EncoderError

BINS, MOST_CUTS, MOST_STRANGERS = 24, 200, 128
SLACK = 0.005  # shares nearer than this count as equal
TWINS, ENOUGH_STRANGERS = 0.9, 100


class Pairs:
    """Distances of neighbours and of strangers, gathered clip by clip; one frame of a clip is kept."""

    def __init__(self, blank: Tensor) -> None:
        self._blank = blank
        self._firsts: list[Tensor] = []
        self.clips, self.frames = 0, 0
        self.energies: list[Tensor] = []
        self._neighbours: list[Tensor] = []
        self.where: list[tuple[int, int]] = []

    def add(self, clip: Iterable[FrameTokens]) -> None:
        """Add one clip, batch by batch; a clip without frames adds nothing."""
        before: Tensor | None = None
        count = 0
        for batch in clip:
            contents = batch.features - self._blank
            self.energies.append(content_energy(contents))
            for content in contents:
                if before is None and len(self._firsts) < MOST_STRANGERS:
                    self._firsts.append(content.clone())
                if before is not None:
                    self._neighbours.append(torch.stack(distances(content, before)).float())
                    self.where.append((self.clips, count))
                before, count = content, count + 1
        self.frames += count
        self.clips += count > 0

    def neighbours(self, floor: float) -> Tensor:
        """Return the statistics of each pair of neighbours in a clip, (S, 3)."""
        return torch.stack([statistics(pair, floor) for pair in self._neighbours])

    def strangers(self, floor: float) -> Tensor:
        """Return the statistics of each pair of two clips' first frames, (U, 3)."""
        firsts = self._firsts
        pairs = [distances(one, other) for at, one in enumerate(firsts) for other in firsts[:at]]
        found = [statistics(torch.stack(pair), floor) for pair in pairs]
        return torch.stack(found) if found else torch.empty(0, len(STATISTICS), dtype=torch.float64)


def statistics(pair: Tensor, floor: float) -> Tensor:
    """Return mean, 10th percentile and minimum of the similarity of two frames, float64, (3,).

    Args:
        pair: What `distances` returns, (2, P).
        floor: Least content energy of a patch.
    """
    apart, expected = pair.double()
    found = [from_distances(apart, expected, floor=floor, statistic=name) for name in STATISTICS]
    return torch.tensor(found, dtype=torch.float64)


def threshold_above(strangers: Tensor) -> float:
    """Return a threshold above nearly all pairs of unrelated frames.

    A quarter of the way from the 99th percentile of strangers to identical frames, at least `LEAST_ALIKE`,
    which alone decides where there are few strangers. Neighbours are not asked, as they hold cuts.

    Args:
        strangers: Similarities of pairs from two clips, (U,); those above 0.9 are the same clip twice.
    """
    apart = strangers[strangers <= TWINS]
    if len(apart) < ENOUGH_STRANGERS:
        return LEAST_ALIKE
    high = float(apart.double().quantile(0.99))
    return max(LEAST_ALIKE, high + (1 - high) / 4)


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
    if pairs.clips < 2 or not pairs.where:
        raise EncoderError(
            f"calibration needs at least two clips, one of them with two frames or more; found {pairs.clips} "
            f"with {pairs.frames} frames: name a folder of your own clips"
        )
    blanks = max(blank_energy(response), LEAST_ENERGY)
    content = float(torch.cat(pairs.energies).quantile(0.1))
    floor = floor_within(math.sqrt(blanks * max(content, blanks)), response)
    same, unlike = pairs.neighbours(floor), pairs.strangers(floor)
    shares = [best_threshold(same[:, at], unlike[:, at])[1] for at in range(len(STATISTICS))]
    column = 0
    for at, share in enumerate(shares):
        if share > shares[column] + SLACK:
            column = at
    threshold = threshold_above(unlike[:, column])
    evidence = Evidence(
        clips=pairs.clips,
        frames=pairs.frames,
        blank_energy=blanks,
        content_energy=content,
        separation=dict(zip(STATISTICS, shares, strict=True)),
        histogram=histogram(same[:, column], unlike[:, column]),
        cuts=cuts(same[:, column], pairs.where, threshold),
    )
    return Calibration(response.mean(0), floor, threshold, STATISTICS[column], evidence)


def histogram(same: Tensor, unlike: Tensor) -> tuple[Bin, ...]:
    """Return both kinds of pair by similarity, in bars of one width from the least similarity to 1."""
    low = float(torch.cat([same, unlike]).min())
    edges = torch.linspace(low, 1, BINS + 1, dtype=torch.float64)
    places = [
        torch.bucketize(one.double(), edges[1:-1], right=True)
        for one in (same.contiguous(), unlike.contiguous())
    ]
    counts = [place.bincount(minlength=BINS).tolist() for place in places]
    bars = zip(edges[:-1].tolist(), edges[1:].tolist(), *counts, strict=True)
    return tuple(Bin(low, high, near, far) for low, high, near, far in bars)


def cuts(same: Tensor, where: list[tuple[int, int]], threshold: float) -> tuple[Cut, ...]:
    """Return the neighbours at or below the threshold, most unlike first, at most `MOST_CUTS`."""
    order = same.argsort(stable=True).tolist()
    below = [at for at in order if float(same[at]) <= threshold]
    return tuple(Cut(where[at][0], where[at][1], float(same[at])) for at in below[:MOST_CUTS])
