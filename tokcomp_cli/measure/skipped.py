"""What it costs that some frames were not encoded: told from a sample of them that was."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.compress.ward import Dendrogram
from tokcomp_cli.core.bootstrap import bootstrap
from tokcomp_cli.core.results.analysis import GateFacts
from tokcomp_cli.gate.block_test import TEST
from tokcomp_cli.measure.reservoir import SampledFrame, Totals


@dataclass(slots=True)
class SkipChecks:
    """The sample of skipped frames.

    Attributes:
        skipped: Frames that were skipped.
        similarities: Mean cosine of the content of a checked frame and of the frame that it looks like.
        errors: Mean squared distance of the two, a patch.
    """

    skipped: int = 0
    similarities: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, content: Tensor, stood: Tensor) -> None:
        """Count a checked frame.

        Args:
            content: Its content, (P, D).
            stood: Content of the frame that it looks like, (P, D).
        """
        self.similarities.append(float(F.cosine_similarity(content, stood, dim=1).mean()))
        self.errors.append(float((content - stood).square().sum(1).mean()))

    def facts(self, mode: str, totals: Totals, *, floor: float, seed: int) -> GateFacts | None:
        """Return what the gate did, or None where nothing was skipped.

        Args:
            mode: Of the gate.
            totals: Over all frames: the error is given as a share of the content's energy.
            floor: Least energy of a patch.
            seed: Of the bootstrap.
        """
        if not self.skipped:
            return None
        energy = max(totals.energy / totals.patches, floor)
        return GateFacts(
            mode=mode,
            test=TEST,
            frames_skipped=self.skipped,
            frames_checked=len(self.errors),
            similarity=bootstrap(self.similarities, seed=seed),
            error=bootstrap([error / energy for error in self.errors], seed=seed),
        )


def merge_shifts(
    content: Tensor, sizes: Tensor, tree: Dendrogram, checked: Sequence[tuple[SampledFrame, Tensor]]
) -> npt.NDArray[np.float64]:
    """Return what each merge of a tree loses of skipped frames beyond its height, float64, (L - 1,).

    The height counts a skipped frame as the frame x that it looks like. With e what a patch of a checked
    frame has beyond x, and y the token that stands for it, |e|^2 + 2 (x - y) e more is lost: a merge
    changes y.

    Args:
        content: Content of the tokens, (L, D).
        sizes: Patches that each stands for, (L,).
        tree: Their dendrogram.
        checked: Checked frames of the merged frame, and the token of each of their patches or -1, (P,).
    """
    token = content.double().numpy().copy()
    pulls = torch.zeros(content.shape, dtype=torch.float64)
    for frame, owner in checked:
        owned = owner >= 0
        pulls.index_add_(0, owner[owned], (frame.content - frame.given)[owned].double(), alpha=frame.weight)
    pull = pulls.numpy()
    weight = sizes.double().numpy().copy()
    held = np.einsum("ld,ld->l", token, pull)
    shifts = np.empty(len(tree.heights))
    for step, (i, j) in enumerate(tree.merges):
        token[i] = (weight[i] * token[i] + weight[j] * token[j]) / (weight[i] + weight[j])
        weight[i] += weight[j]
        pull[i] += pull[j]
        before, held[i] = held[i] + held[j], token[i] @ pull[i]
        shifts[step] = -2 * (held[i] - before)
    return shifts


def by_group(checked: Sequence[SampledFrame], starts: Sequence[int]) -> dict[int, list[SampledFrame]]:
    """Return the checked frames of each merged frame by its index.

    Args:
        checked: In any order.
        starts: First frame of each merged frame among the sampled ones, rising.
    """
    found: dict[int, list[SampledFrame]] = {}
    for frame in checked:
        found.setdefault(bisect_right(starts, frame.ordinal) - 1, []).append(frame)
    return found
