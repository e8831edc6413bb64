"""Are tokens at another merge ratio nearer to the source's with adapters, and are more questions answered?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.evaluate import CHUNK, answered
from tokcomp_cli.evidence.prepared import Progress
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.statistics import Array, Flags, draws, interval
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.train import Rows
from tokcomp_cli.learned.tocom.adapters import Adapters, Change
from tokcomp_cli.learned.tocom.merged_set import MergedSet, merge_pictures
from tokcomp_cli.learned.tocom.merging_tower import MergingTower

PAIRS = ((0, 4), (0, 8), (0, 16), (16, 8), (16, 4), (16, 0))
"""Ratio that the answerer was trained at, and the one that the encoder runs at."""
RIGHT, ALIKE, EVENLY = "right answers", "cosine by saliency", "cosine"


@dataclass(frozen=True, slots=True)
class Row:
    """One source and target; intervals are over pictures, each counted as a pair, and over seeds of adapters.

    Attributes:
        source: Ratio that the answerer was trained at.
        target: Ratio that the encoder runs at.
        tokens: Left at the target.
        at_source: Right answers where both ratios are the source's.
        without: `RIGHT`, `ALIKE` and `EVENLY` without adapters.
        compensated: The same with adapters.
        gain: The second minus the first.
    """

    source: int
    target: int
    tokens: int
    at_source: Interval
    without: Mapping[str, Interval]
    compensated: Mapping[str, Interval]
    gain: Mapping[str, Interval]

    @property
    def wins(self) -> bool:
        """Return whether more questions are answered with adapters, beyond the interval."""
        return self.gain[RIGHT].low > 0

    @property
    def loses(self) -> bool:
        """Return whether fewer questions are answered with adapters, beyond the interval."""
        return self.gain[RIGHT].high < 0

    def figures(self) -> dict[str, float]:
        """Return the figures by name, for a card."""
        name = f"{self.source} to {self.target}"
        found = {f"{name}: tokens": float(self.tokens), f"{name}: {RIGHT} at source": self.at_source.mean}
        for figure, gain in self.gain.items():
            found[f"{name}: {figure} without"] = self.without[figure].mean
            found[f"{name}: {figure} with"] = self.compensated[figure].mean
            found |= {f"{name}: {figure} gain low": gain.low, f"{name}: {figure} gain high": gain.high}
        return {key: round(value, 4) for key, value in found.items()}


@dataclass(slots=True)
class Judge:
    """Adapters of several seeds on pictures that no training saw.

    Attributes:
        tower: Gives the tokens.
        adapters: One a seed.
        pictures: uint8, (N, H, W, 3).
        asked: Their questions.
        readers: Answerer and its scaling by the ratio that it was trained at.
        progress: Called with how often all pictures were encoded, in parts, and how often they are to be.
    """

    tower: MergingTower
    adapters: Sequence[Adapters]
    pictures: Tensor
    asked: EncodedSet
    readers: Mapping[int, tuple[Answerer, Scaling]]
    progress: Progress = lambda _done, _total: None
    _plain: dict[int, MergedSet] = field(default_factory=dict)
    _done: int = 0
    _total: int | None = None

    def rows(self, pairs: Sequence[tuple[int, int]]) -> list[Row]:
        """Return what pairs of source and target come to; errors as in `row`."""
        self._total = len({ratio for pair in pairs for ratio in pair}) + len(pairs) * len(self.adapters)
        return [self.row(*pair) for pair in pairs]

    def row(self, source: int, target: int) -> Row:
        """Return what one source and target come to.

        Raises:
            PlanError: The adapters were not trained at such a ratio.
            EvidenceError: Memory does not suffice.
        """
        changes = [one.between(source, target) for one in self.adapters]
        wanted, plain = self._without(source), self._without(target)
        before = self._values(wanted, plain, source)
        each = [self._values(wanted, self._encoded(target, change), source) for change in changes]
        asked, one = self._of_pictures(None), np.ones(len(self.pictures))
        weights = draws(len(self.pictures), seed=0), draws(len(each), seed=1)

        def told(values: Array, name: str) -> Interval:
            return interval(mean_over(values, asked if name == RIGHT else one, *weights))

        after = {name: np.stack([values[name] for values in each]) for name in before}
        return Row(
            source,
            target,
            plain.features.shape[1],
            told(self._values(wanted, wanted, source)[RIGHT][None], RIGHT),
            {name: told(values[None], name) for name, values in before.items()},
            {name: told(values, name) for name, values in after.items()},
            {name: told(after[name] - before[name], name) for name in before},
        )

    def _encoded(self, ratio: int, changes: Sequence[Change] = ()) -> MergedSet:
        def tick(some: int) -> None:
            self.progress(self._done + some / len(self.pictures), self._total)

        made = merge_pictures(self.tower, self.pictures, ratio, changes, tick)
        self._done += 1
        return made

    def _without(self, ratio: int) -> MergedSet:
        if ratio not in self._plain:
            self._plain[ratio] = self._encoded(ratio)
        return self._plain[ratio]

    def _of_pictures(self, counts: Flags | None) -> Array:
        """Return how many of each picture's questions count, or all, (N,)."""
        return np.bincount(self.asked.scene, counts, len(self.pictures)).astype(np.float64)

    def _values(self, wanted: MergedSet, found: MergedSet, source: int) -> dict[str, Array]:
        """Return right answers and cosines to what is wanted of each picture, (N,) each."""
        net, scaling = self.readers[source]
        rows = Rows.of(self.asked)
        right = answered([net], self.asked, rows, lambda chosen: found.tokens(scaling, chosen))[0]
        return {
            RIGHT: self._of_pictures(right),
            **_cosines(wanted, found, scaling),
        }


def _cosines(wanted: MergedSet, found: MergedSet, scaling: Scaling) -> dict[str, Array]:
    """Return the mean cosine of contents at each patch, (N,), by saliency of what is wanted and evenly."""
    by_saliency, evenly = [], []
    for chosen in torch.split(torch.arange(len(wanted)), CHUNK):
        alike = F.cosine_similarity(wanted.content(scaling, chosen), found.content(scaling, chosen), dim=2)
        weight = wanted.saliency[chosen].float()
        by_saliency.append((weight * alike).sum(1) / weight.sum(1))
        evenly.append(alike.mean(1))
    return {ALIKE: torch.cat(by_saliency).double().numpy(), EVENLY: torch.cat(evenly).double().numpy()}


def mean_over(values: Array, counts: Array, pictures: Array, seeds: Array) -> Array:
    """Return the mean over seeds of sums over pictures by their counts, one for each draw, (R,).

    Args:
        values: Sum of each picture, one row a seed, or one row for all of them, (S or 1, N).
        counts: What each picture counts, (N,).
        pictures: How often each picture was drawn, (R, N).
        seeds: How often each seed was drawn, (R, S).
    """
    each = values @ pictures.T / (pictures @ counts)
    return np.asarray((seeds.T * each).sum(0) / seeds.sum(1))
