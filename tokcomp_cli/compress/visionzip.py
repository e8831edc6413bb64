"""VisionZip: dominant tokens by attention, contextual tokens by merging the rest."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method, Need, Variant
from tokcomp_cli.compress.merging import in_raster_order, merged, rebuilt
from tokcomp_cli.compress.needs import keys_of, saliency_of
from tokcomp_cli.compress.selection import top, without
from tokcomp_cli.compress.similarity import nearest
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.tokens import Compressed, TokenSet

CONTEXTUAL = 10 / 64
NEEDS: frozenset[Need] = frozenset({"saliency", "keys"})


def labels(keys: Tensor, saliency: Tensor, *, dominant: int, contextual: int) -> tuple[Tensor, Tensor]:
    """Return the row that each token goes to, int64, (N,), and the token behind each row, (K,).

    Rows are the dominant tokens in raster order, then the contextual ones: evenly spaced targets among
    the other tokens, each with the tokens whose keys are most like its own. Without contextual rows the
    others go to -1.

    Args:
        keys: Attention keys, (N, K).
        saliency: Class attention, (N,).
        dominant: Tokens kept by saliency.
        contextual: Rows that the others are merged into.
    """
    salient = top(saliency, dominant).sort().values
    rest = without(len(saliency), salient)
    label = salient.new_full((len(saliency),), -1)
    label[salient] = torch.arange(dominant, device=label.device)
    if contextual == 0:
        return label, salient
    targets = rest[:: len(rest) // contextual][:contextual]
    label[rest] = dominant + nearest(keys[rest], keys[targets])
    label[targets] = torch.arange(dominant, dominant + contextual, device=label.device)
    return label, torch.cat([salient, targets])


def target_and_mean(tokens: TokenSet, label: Tensor, source: Tensor) -> Tensor:
    """Return each row as the original builds it, (K, D): its own token plus the mean of the others in it.

    Args:
        tokens: N tokens.
        label: Row of each, or -1, int64, (N,).
        source: Token behind each row, int64, (K,).
    """
    others = label.clone()
    others[source] = -1
    alone = torch.bincount(others[others >= 0], minlength=len(source)) == 0
    mean, _ = merge_mean(tokens.features, tokens.sizes, others, len(source))
    return tokens.features[source] + mean.masked_fill(alone[:, None], 0)


def split(num_keep: int, num_tokens: int) -> tuple[int, int]:
    """Return how many tokens are dominant and how many contextual: 54 and 10 of 64, as in the paper."""
    contextual = 0 if num_keep == num_tokens else min(int(num_keep * CONTEXTUAL + 0.5), num_keep - 1)
    return num_keep - contextual, contextual


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return dominant tokens as they are and contextual ones as the mean of what they own.

    Below 4 tokens all are dominant and the others pruned.
    """
    label, source = _labels(tokens, num_keep)
    return merged(tokens, in_raster_order(label, len(source))[0])


def compress_original(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return the same partition with contextual tokens as target plus mean of the others."""
    label, source = _labels(tokens, num_keep)
    return rebuilt(tokens, label, target_and_mean(tokens, label, source))


def _labels(tokens: TokenSet, num_keep: int) -> tuple[Tensor, Tensor]:
    saliency, keys = saliency_of(tokens, METHOD.name), keys_of(tokens, METHOD.name)
    dominant, contextual = split(num_keep, len(tokens))
    return labels(keys, saliency, dominant=dominant, contextual=contextual)


METHOD = Method(
    name="visionzip",
    stage="spatial",
    rule="keep the most salient tokens; merge the rest into evenly spaced targets by key similarity",
    paper="arXiv 2412.04467 (VisionZip, CVPR 2025)",
    compress=compress,
    needs=NEEDS,
    defaults=("contextual 10 of 64",),
    deviations=(
        "a contextual token is the true mean of what it owns; the original adds target and mean, which "
        "makes its norm 1.6 times as large",
        "the class token is not kept among the patches; keys are those of all heads side by side",
    ),
    variants=(
        Variant(
            "original",
            "contextual tokens are target plus mean of the others",
            compress_original,
            NEEDS,
            weighted=True,
        ),
    ),
)
