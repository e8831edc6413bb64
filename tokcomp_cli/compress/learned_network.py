"""The networks of the learned compressor: which tokens stay, and what becomes of the others."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN = 256
LEAST_SHARE = 1e-3
"""Least saliency of a token, in parts of the mean."""


class LearnedCompressor(nn.Module):
    """Keeps the tokens that a network finds important and merges each other one into the nearest of them.

    Before training it is SCOPE's choice by saliency, each kept token the mean of what it owns.
    """

    def __init__(self, dim: int) -> None:
        """Make the networks.

        Args:
            dim: D, width of a token.
        """
        super().__init__()
        self.importance = nn.Sequential(nn.Linear(2 * dim + 2, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 1))
        self.merger = nn.Sequential(nn.Linear(2 * dim + 2, dim), nn.GELU(), nn.Linear(dim, dim))
        for network in (self.importance, self.merger):
            for value in network[-1].parameters():
                nn.init.zeros_(value)

    def forward(
        self, content: Tensor, saliency: Tensor, sizes: Tensor, num_keep: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return kept content (B, K, D), which tokens are kept (B, K), and the kept one of each (B, N).

        Kept tokens rise in N; one that owns nothing else is what it was, bit for bit.

        Args:
            content: Tokens minus the blank response, of root mean square about 1, (B, N, D).
            saliency: Non-negative, (B, N).
            sizes: Patches that each token stands for, (B, N).
            num_keep: K, 1 to N.
        """
        log_weight = self.log_importance(content, saliency, num_keep)
        unit = F.normalize(content.detach(), dim=2)
        alike = unit @ unit.mT
        kept = spread(log_weight.detach(), alike, num_keep)
        owner = alike.take_along_dim(kept[:, None], 2).argmax(2)
        owner.scatter_(1, kept, torch.arange(num_keep, device=owner.device).expand_as(kept))
        return self.merged(content, log_weight, sizes, kept, owner), kept, owner

    def log_importance(self, content: Tensor, saliency: Tensor, num_keep: int) -> Tensor:
        """Return the logarithm of each token's importance at a budget, (B, N); arguments as in `forward`."""
        log_share = saliency.clamp(min=0) / saliency.mean(1, keepdim=True).clamp(min=1e-12)
        log_share = log_share.clamp(min=LEAST_SHARE).log()
        budget = torch.full_like(log_share, num_keep / content.shape[1]).log()
        around = content.mean(1, keepdim=True).expand_as(content)
        told = torch.cat([content, around, log_share[..., None], budget[..., None]], dim=2)
        added: Tensor = self.importance(told).squeeze(2)
        return log_share + added

    def merged(
        self, content: Tensor, log_weight: Tensor, sizes: Tensor, kept: Tensor, owner: Tensor
    ) -> Tensor:
        """Return what kept tokens become, (B, K, D).

        What a kept token owns is pooled by importance and size, whatever its order, and merged into it once.
        Each vector is gated by its token's importance: the gate is 1, and its gradient is that of a sigmoid.

        Args:
            content: As in `forward`.
            log_weight: From `log_importance`.
            sizes: As in `forward`.
            kept: Kept tokens, rising, int64, (B, K).
            owner: Kept token of each, int64, (B, N).
        """
        own = content.take_along_dim(kept[..., None], 1)
        score = log_weight.take_along_dim(kept, 1).sigmoid()[..., None]
        member = F.one_hot(owner, kept.shape[1]).to(content.dtype)
        member = member.scatter(1, kept[:, None], 0.0)  # a kept token is not among those pooled into it
        patches = sizes.to(content.dtype)[..., None]
        weight = member * patches * (log_weight - log_weight.amax(1, keepdim=True).detach()).exp()[..., None]
        pooled = weight.mT @ content / weight.sum(1)[..., None].clamp(min=1e-30)
        owned = (member * patches).sum(1)[..., None]
        share = owned / (owned + patches.take_along_dim(kept[..., None], 1))
        budget = torch.full_like(share, kept.shape[1] / content.shape[1]).log()
        told = torch.cat([own, pooled, owned.clamp(min=1).log(), budget], dim=2)
        joined = own + share * (pooled - own) + self.merger(told)
        return torch.where(owned > 0, joined, own) * (1 + (score - score.detach()))


def spread(log_weight: Tensor, alike: Tensor, num_keep: int) -> Tensor:
    """Return the chosen tokens of each picture, rising, int64, (B, K).

    Again and again the one whose weight times its gain in coverage is largest (SCOPE, arXiv 2510.24214):
    the gain of i is the sum over j of max(0, cos_ij - cover_j), with cover_j the best cosine of j to those
    chosen. Where nothing is left to gain, the heaviest follow; ties go to the earlier token.

    Args:
        log_weight: (B, N).
        alike: Cosines, (B, N, N).
        num_keep: K, 1 to N.
    """
    count = alike.shape[1]
    if num_keep == count:
        return torch.arange(count, device=alike.device).expand(len(alike), -1)
    weight = (log_weight - log_weight.amax(1, keepdim=True)).exp()
    cover = torch.zeros_like(log_weight)
    free = torch.ones_like(log_weight, dtype=torch.bool)
    chosen = []
    for _ in range(num_keep):
        gain = weight * (alike - cover[:, None]).clamp_(min=0).sum(2)
        gain = torch.where(gain > 1e-6, gain, weight * 1e-12)
        best = gain.masked_fill(~free, -torch.inf).argmax(1)
        chosen.append(best)
        free.scatter_(1, best[:, None], False)
        cover = torch.maximum(cover, alike.take_along_dim(best[:, None, None], 1).squeeze(1))
    return torch.stack(chosen, 1).sort(1).values
