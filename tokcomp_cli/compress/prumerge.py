"""PruMerge: the most attended tokens, each gathering the ones like it."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method, Need, Variant
from tokcomp_cli.compress.merging import rebuilt
from tokcomp_cli.compress.needs import keys_of, saliency_of
from tokcomp_cli.compress.precision import detached, widened
from tokcomp_cli.compress.selection import top, without
from tokcomp_cli.compress.similarity import nearest
from tokcomp_cli.core.lazy import F, Tensor, torch
from tokcomp_cli.core.origin import gather_sum
from tokcomp_cli.core.tokens import Compressed, TokenSet

NEIGHBOURS = 32
NEEDS: frozenset[Need] = frozenset({"saliency", "keys"})


def gather(tokens: TokenSet, keep: Tensor, *, method: str) -> Compressed:
    """Return chosen tokens as the saliency-weighted mean of those whose keys are nearest to theirs.

    Each token belongs to one chosen token. Where a chosen token and all it owns have no saliency, the
    mean is by size.

    Args:
        tokens: N tokens with saliency and keys.
        keep: Chosen tokens, int64, (K,).
        method: Name for the message.

    Raises:
        PlanError: The tokens have no saliency or no keys.
    """
    label = assign(keys_of(tokens, method), keep)
    weight = saliency_of(tokens, method).double().clamp(min=0)
    total = gather_sum(weight, label, len(keep))
    weight = torch.where(total[label] > 0, weight, tokens.sizes.double())
    weight = weight / gather_sum(weight, label, len(keep))[label]
    return rebuilt(tokens, label, gather_sum(tokens.features.double() * weight[:, None], label, len(keep)))


def assign(keys: Tensor, keep: Tensor) -> Tensor:
    """Return the chosen token with the nearest key for each token, int64, (N,); chosen ones are their own."""
    label = nearest(keys, keys[keep])
    label[keep] = torch.arange(len(keep), device=keep.device)
    return label


def neighbour_sums(features: Tensor, keys: Tensor, saliency: Tensor, keep: Tensor) -> Tensor:
    """Return each chosen token plus the saliency-weighted sum of its 32 nearest others, (K, D).

    Neighbours are by key cosine and may be chosen themselves; weights are not normalised, as in the
    original.

    Args:
        features: Token vectors, (N, D).
        keys: Attention keys, (N, K).
        saliency: Class attention, (N,).
        keep: Chosen tokens, int64, (K,).
    """
    unit = F.normalize(detached(keys), dim=1)
    alike = unit[keep] @ unit.T
    alike.scatter_(1, keep[:, None], -torch.inf)
    near = alike.argsort(dim=1, descending=True, stable=True)[:, : min(NEIGHBOURS, len(features) - 1)]
    vectors = widened(features)
    share = vectors.new_zeros(alike.shape).scatter(1, near, saliency[near].to(vectors.dtype))
    return vectors[keep] + share @ vectors


def unselected_sum(features: Tensor, saliency: Tensor, keep: Tensor) -> Tensor:
    """Return the saliency-weighted sum of all tokens that were not chosen, (D,).

    The original appends it as one more row, beyond the asked count.
    """
    rest = without(len(features), keep)
    return saliency[rest] @ features[rest]


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return the `num_keep` most salient tokens, each the weighted mean of what it owns."""
    return gather(tokens, top(saliency_of(tokens, METHOD.name), num_keep), method=METHOD.name)


def compress_original(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return the `num_keep` most salient tokens, each plus the weighted sum of its 32 neighbours."""
    saliency, keys = saliency_of(tokens, METHOD.name), keys_of(tokens, METHOD.name)
    keep = top(saliency, num_keep)
    return rebuilt(tokens, assign(keys, keep), neighbour_sums(tokens.features, keys, saliency, keep))


METHOD = Method(
    name="prumerge",
    stage="spatial",
    rule="keep the most salient tokens, each the saliency-weighted mean of those with the nearest keys",
    paper="arXiv 2403.15388 (LLaVA-PruMerge, ICCV 2025)",
    compress=compress,
    needs=NEEDS,
    weighted=True,
    deviations=(
        "lands on the asked count instead of counting outliers, and appends no row for the unselected",
        "each token belongs to one kept token and weights add up to 1; in the original 32 neighbours "
        "overlap and norms grow",
    ),
    variants=(
        Variant(
            "original",
            "each kept token plus the weighted sum of its 32 neighbours, overlapping and not normalised",
            compress_original,
            NEEDS,
            weighted=True,
        ),
    ),
)
