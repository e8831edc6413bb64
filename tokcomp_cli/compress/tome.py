"""ToMe: bipartite soft matching, repeated until the asked count is left."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method, Variant
from tokcomp_cli.compress.merging import in_raster_order, merged
from tokcomp_cli.compress.needs import keys_of
from tokcomp_cli.compress.precision import detached
from tokcomp_cli.core.lazy import F, Tensor, torch
from tokcomp_cli.core.origin import follow
from tokcomp_cli.core.tokens import Compressed, TokenSet


def match(metric: Tensor, num_merge: int) -> Tensor:
    """Return where each token goes in one step, int64, (..., N); a batch may lead.

    Even tokens are sources, odd ones targets; the sources with the best match are merged, all at once.
    What remains is numbered as in the original: unmerged sources by falling match, then the targets.

    Args:
        metric: Vectors whose cosine is the match, (..., N, D).
        num_merge: Sources to merge, at most N // 2.
    """
    unit = F.normalize(metric, dim=-1)
    best, target = (unit[..., 0::2, :] @ unit[..., 1::2, :].transpose(-1, -2)).max(-1)
    rank = best.argsort(dim=-1, descending=True, stable=True)
    gone, left = rank[..., :num_merge], rank[..., num_merge:]
    number = torch.arange(metric.shape[-2] - num_merge, device=metric.device)
    unmerged = left.shape[-1]
    label = torch.empty(metric.shape[:-1], dtype=torch.int64, device=metric.device)
    label[..., 1::2] = number[unmerged:]
    label.scatter_(-1, 2 * left, number[:unmerged].expand_as(left))
    return label.scatter_(-1, 2 * gone, target.gather(-1, gone) + unmerged)


def partition(metric: Tensor, sizes: Tensor, num_keep: int) -> Tensor:
    """Return the owner of each token after repeated steps, int64, (N,), in order of earliest token.

    Each step merges as many as it may, the last as many as are still missing.

    Args:
        metric: Vectors whose cosine is the match, (N, D); a merged token's is the size-weighted mean.
        sizes: Patches of each token, int64, (N,).
        num_keep: Tokens to keep, 1 to N.
    """
    # Sums instead of means: the cosine is the same.
    total = detached(metric).float() * sizes[:, None]
    label = torch.arange(len(total), device=total.device)
    while (count := len(total)) > num_keep:
        num_merge = min(count // 2, count - num_keep)
        step = match(total, num_merge)
        total = total.new_zeros(count - num_merge, total.shape[1]).index_add_(0, step, total)
        label = follow(label, step)
    return in_raster_order(label, num_keep)[0]


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` size-weighted means, matched by the cosine of the tokens."""
    return merged(tokens, partition(tokens.features, tokens.sizes, num_keep))


def compress_by_keys(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` size-weighted means, matched by the cosine of the attention keys."""
    return merged(tokens, partition(keys_of(tokens, "tome:keys"), tokens.sizes, num_keep))


METHOD = Method(
    name="tome",
    stage="spatial",
    rule="merge each even token into the odd one most like it, the best matches first, step by step",
    paper="arXiv 2210.09461 (ToMe, ICLR 2023)",
    compress=compress,
    deviations=(
        "runs once after the encoder, not between its blocks: steps of at most half the tokens are repeated "
        "until the asked count is left",
        "matches by the tokens, which every encoder has; the paper's keys are the variant `keys`",
    ),
    variants=(Variant("keys", "matches by the attention keys", compress_by_keys, frozenset({"keys"})),),
)
