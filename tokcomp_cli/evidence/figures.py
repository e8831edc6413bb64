"""Every figure that may predict whether a question is still answered, of one picture after compression."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.origin import gather_sum
from tokcomp_cli.core.stats import effective_rank
from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.fidelity.metrics import Loss, explained, patch_weights, to_nearest
from tokcomp_cli.measure.weakest import AT_RISK, ninths

WINDOW = 3


@dataclass(frozen=True, slots=True)
class Before:
    """A picture before compression, and what is used of it many times over.

    Attributes:
        content: Features minus the blank response, (P, D).
        counts: What each patch counts: its share of the saliency, of mean 1, (P,).
        energy: Squared distance of each patch to the mean content, (P,).
        salient_energy: The same to the mean in which patches count by saliency, summed as they count.
        rank, participation: Of the content.
        grid: Rows and columns.
        floor: Least energy of a patch.
        others: The patches as others have them, by name, (P, C).
    """

    content: Tensor
    counts: Tensor
    energy: Tensor
    salient_energy: float
    rank: float
    participation: float
    grid: tuple[int, int]
    floor: float
    others: Mapping[str, Tensor]

    @classmethod
    def of(
        cls,
        content: Tensor,
        saliency: Tensor,
        grid: tuple[int, int],
        floor: float,
        others: Mapping[str, Tensor] = MappingProxyType({}),
    ) -> "Before":
        """Return a picture by its content, (P, D), its saliency, (P,), and what others have of it."""
        counts = patch_weights(saliency)
        centre = counts @ content / len(content)
        return cls(
            content,
            counts,
            energy_of(content),
            float(counts @ (content - centre).square().sum(1)),
            effective_rank(content),
            inverse_participation(content),
            grid,
            floor,
            others,
        )


def energy_of(content: Tensor) -> Tensor:
    """Return the squared distance of each patch to its picture's mean, (..., P); content (..., P, D)."""
    return (content - content.mean(-2, keepdim=True)).square().sum(-1)


def content_of(kept: Compressed, blank: Tensor) -> Tensor:
    """Return kept tokens minus the mean blank response at what they own, (K, D).

    Args:
        kept: Result of a method.
        blank: Blank response, (P, D).
    """
    count = len(kept.features)
    sizes = torch.bincount(kept.owner[kept.owner >= 0], minlength=count).clamp(min=1)[:, None]
    return kept.features.float() - gather_sum(blank, kept.owner, count) / sizes


def windows(values: Tensor, grid: tuple[int, int], side: int = WINDOW) -> Tensor:
    """Return the values in each square of so many patches, (W, side * side)."""
    return F.unfold(values.view(1, 1, *grid), side)[0].T


def inverse_participation(content: Tensor) -> float:
    """Return (sum s^2)^2 / sum s^4 over the singular values (arXiv 2503.06794): how many directions count."""
    gram = content @ content.T if len(content) < content.shape[1] else content.T @ content
    return float(gram.trace().square() / gram.square().sum().clamp(min=1e-12))


def figures(before: Before, tokens: Tensor, loss: Loss, owner: Tensor) -> dict[str, float]:
    """Return all figures of one picture, larger is better kept.

    Args:
        before: The picture.
        tokens: Content of the kept tokens, (K, D).
        loss: What each patch loses with them.
        owner: Token of each patch, or -1, int64, (P,).
    """
    w, energy, nearest = before.counts, before.energy, 1 - to_nearest(before.content, tokens)
    lost = loss.squared.float()
    apart = torch.cdist(before.content, tokens).square().min(1).values
    salient = float(w @ energy.sqrt())
    return {
        "explained": _share(float(w @ lost), before.salient_energy, before),
        "explained, root": 1 - float(w @ lost.sqrt()) / salient,
        "explained, nearest": _share(float(w @ apart), before.salient_energy, before),
        "explained evenly": _share(float(lost.sum()), float(energy.sum()), before),
        "explained evenly, root": 1 - float(lost.sqrt().sum() / energy.sqrt().sum()),
        "explained evenly, nearest": _share(float(apart.sum()), float(energy.sum()), before),
        "cosine": float(loss.cosine.mean()),
        "cosine by saliency": float((w * loss.cosine).mean()),
        "nearest cosine": float(nearest.mean()),
        "nearest cosine by saliency": float((w * nearest).mean()),
        "coverage": float(nearest.min()),
        "coverage 5 %": float(nearest.quantile(0.05)),
        "rank": effective_rank(tokens) / before.rank,
        "participation": inverse_participation(tokens) / before.participation,
        "saliency kept": float(w[owner >= 0].sum() / len(w)),
        **_by_place(before, lost),
        **{f"explained in {name}": _elsewhere(w, of, loss.stand_in) for name, of in before.others.items()},
    }


def _elsewhere(counts: Tensor, patches: Tensor, stand_in: Tensor) -> float:
    """Return what is explained of patches as others have them, where the encoder says what stands for what.

    No method has seen them, so that none can have minimised it.

    Args:
        counts: What each patch counts, (P,).
        patches: (P, C).
        stand_in: Token that stands for each patch, int64, (P,).
    """
    kept = int(stand_in.max()) + 1
    mean = (
        gather_sum(patches, stand_in, kept) / torch.bincount(stand_in, minlength=kept).clamp(min=1)[:, None]
    )
    lost = counts @ (patches - mean[stand_in]).square().sum(1)
    energy = counts @ (patches - counts @ patches / len(counts)).square().sum(1)
    return 1 - float(lost) / max(float(energy), 1e-6)


def _share(lost: float, energy: float, before: Before) -> float:
    return explained(lost, energy, floor=before.floor, patches=len(before.counts))


def _by_place(before: Before, lost: Tensor) -> dict[str, float]:
    """Return the figures of patches, windows and ninths; what each loses, (P,)."""
    energy, floor = before.energy, before.floor
    by_patch = 1 - lost / (energy + floor)
    lost_in, energy_in = (windows(values, before.grid).sum(1) for values in (lost, energy))
    by_window = _shares(lost_in, energy_in, floor * WINDOW**2)
    ninth = ninths(before.grid)
    by_ninth = _shares(gather_sum(lost, ninth, 9), gather_sum(energy, ninth, 9), floor)
    return {
        "patch mean": float(by_patch.clamp(min=-1).mean()),
        "patch 25 %": float(by_patch.quantile(0.25)),
        "patch 10 %": float(by_patch.quantile(0.10)),
        "window mean": float(by_window.clamp(min=-1).mean()),
        "window 25 %": float(by_window.quantile(0.25)),
        "window 10 %": float(by_window.quantile(0.10)),
        "window 5 %": float(by_window.quantile(0.05)),
        "worst window": float(by_window.min()),
        "windows kept": float((by_window >= AT_RISK).float().mean()),
        "worst ninth": float(by_ninth.min()),
        "ninths mean": float(by_ninth.clamp(min=-1).mean()),
        "ninths kept": float((by_ninth >= AT_RISK).float().mean()),
    }


def _shares(lost: Tensor, energy: Tensor, least: float) -> Tensor:
    return 1 - lost / energy.clamp(min=least)
