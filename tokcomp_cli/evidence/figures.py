"""Every figure that may foretell whether a question is still answered, of one picture after compression."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.origin import gather_sum
from tokcomp_cli.core.stats import effective_rank
from tokcomp_cli.core.tokens import Compressed

WINDOW = 3
KEPT = 0.7


@dataclass(frozen=True, slots=True)
class Before:
    """A picture before compression, and what is used of it many times over.

    Attributes:
        content: Features minus the blank response, (P, D).
        saliency: Sums to 1, (P,).
        grid: Rows and columns.
        floor: Least energy of a patch.
        other: What another encoder says of the same patches, (P, E).
    """

    content: Tensor
    saliency: Tensor
    grid: tuple[int, int]
    floor: float
    other: Mapping[str, Tensor]


def content_of(kept: Compressed, blank: Tensor) -> Tensor:
    """Return kept tokens minus the mean blank response at what they own, (K, D).

    Args:
        kept: Result of a method.
        blank: Blank response, (P, D).
    """
    count = len(kept.features)
    sizes = torch.bincount(kept.owner[kept.owner >= 0], minlength=count).clamp(min=1)[:, None]
    return kept.features.float() - gather_sum(blank, kept.owner, count) / sizes


def stands_for(content: Tensor, tokens: Tensor, owner: Tensor) -> Tensor:
    """Return the token that stands for each patch: its owner, or the nearest, int64, (P,)."""
    nearest = torch.cdist(content, tokens).argmin(1)
    return torch.where(owner >= 0, owner, nearest)


def relative_loss(before: Before, tokens: Tensor, owner: Tensor) -> tuple[Tensor, Tensor]:
    """Return what each patch loses and its own energy, (P,) each.

    Args:
        before: The picture.
        tokens: Content of the kept tokens, (K, D).
        owner: Token of each patch, or -1.
    """
    stand_in = stands_for(before.content, tokens, owner)
    lost = (before.content - tokens[stand_in]).square().sum(1)
    energy = (before.content - before.content.mean(0)).square().sum(1)
    return lost, energy


def share_kept(lost: Tensor, energy: Tensor, floor: float) -> Tensor:
    """Return 1 - lost / max(energy, floor), summed over the last dimension before."""
    least = floor * lost.shape[-1]
    return 1 - lost.sum(-1) / energy.sum(-1).clamp(min=least)


def windows(values: Tensor, grid: tuple[int, int], side: int = WINDOW) -> Tensor:
    """Return the values in each square of so many patches, (W, side * side)."""
    return F.unfold(values.view(1, 1, *grid), side)[0].T


def inverse_participation(content: Tensor) -> float:
    """Return (sum s^2)^2 / sum s^4 over the singular values (arXiv 2503.06794): how many directions count."""
    gram = content @ content.T if len(content) < content.shape[1] else content.T @ content
    return float(gram.trace().square() / gram.square().sum().clamp(min=1e-12))


def figures(before: Before, tokens: Tensor, owner: Tensor) -> dict[str, float]:
    """Return all figures of one picture, larger is better kept.

    Args:
        before: The picture.
        tokens: Content of the kept tokens, (K, D).
        owner: Token of each patch, or -1, int64, (P,).
    """
    x, w, floor = before.content, before.saliency, before.floor
    lost, energy = relative_loss(before, tokens, owner)
    cosines = F.normalize(x, dim=1) @ F.normalize(tokens, dim=1).T
    nearest = cosines.max(1).values
    own = cosines.gather(1, stands_for(x, tokens, owner)[:, None])[:, 0]
    apart = torch.cdist(x, tokens).square().min(1).values
    by_patch = 1 - lost / (energy + floor)
    by_window = share_kept(windows(lost, before.grid), windows(energy, before.grid), floor)
    rows, columns = (torch.arange(side) * 3 // side for side in before.grid)
    ninth = (rows[:, None] * 3 + columns).flatten()
    by_ninth = 1 - gather_sum(lost, ninth, 9) / gather_sum(energy, ninth, 9).clamp(min=floor)
    variation = (x - x.mean(0)).norm(dim=1)
    return {
        "explained": _explained(x, lost, w, floor),
        "explained, root": float(1 - (w * lost.sqrt()).sum() / (w * variation).sum()),
        "explained, nearest": _explained(x, apart, w, floor),
        "explained evenly": float(share_kept(lost, energy, floor)),
        "explained evenly, root": float(1 - lost.sqrt().sum() / energy.sqrt().sum()),
        "explained evenly, nearest": float(share_kept(apart, energy, floor)),
        "cosine": float(own.mean()),
        "cosine by saliency": float((w * own).sum()),
        "nearest cosine": float(nearest.mean()),
        "nearest cosine by saliency": float((w * nearest).sum()),
        "coverage": float(nearest.min()),
        "coverage 5 %": float(nearest.quantile(0.05)),
        "rank": effective_rank(tokens) / effective_rank(x),
        "participation": inverse_participation(tokens) / inverse_participation(x),
        "patch mean": float(by_patch.clamp(min=-1).mean()),
        "patch 25 %": float(by_patch.quantile(0.25)),
        "patch 10 %": float(by_patch.quantile(0.10)),
        "window mean": float(by_window.clamp(min=-1).mean()),
        "window 25 %": float(by_window.quantile(0.25)),
        "window 10 %": float(by_window.quantile(0.10)),
        "window 5 %": float(by_window.quantile(0.05)),
        "worst window": float(by_window.min()),
        "windows kept": float((by_window >= KEPT).float().mean()),
        "worst ninth": float(by_ninth.min()),
        "ninths mean": float(by_ninth.clamp(min=-1).mean()),
        "ninths kept": float((by_ninth >= KEPT).float().mean()),
        "saliency kept": float(w[owner >= 0].sum()),
        **{
            f"{name} by the same partition": _other(values, owner, stands_for(x, tokens, owner))
            for name, values in before.other.items()
        },
    }


def _explained(content: Tensor, lost: Tensor, share: Tensor, floor: float) -> float:
    """Return what is explained when patches count by their share of the saliency, (P,), as in `analyze`."""
    counts = share * len(share)
    energy = counts @ (content - counts @ content / len(counts)).square().sum(1)
    return float(1 - counts @ lost / energy.clamp(min=floor * len(counts)))


def _other(values: Tensor, owner: Tensor, stand_in: Tensor) -> float:
    """Return the share of another encoder's energy that means over the same partition explain.

    A pruned patch is counted with the token that stands for it, but adds nothing to its mean.
    """
    count = int(stand_in.max()) + 1
    owned = owner >= 0
    sizes = torch.bincount(owner[owned], minlength=count).clamp(min=1)[:, None]
    means = gather_sum(values, owner, count) / sizes
    lost = (values - means[stand_in]).square().sum()
    return float(1 - lost / (values - values.mean(0)).square().sum().clamp(min=1e-9))
