"""SCOPE: saliency times what a token adds to the coverage of all."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.compress.precision import as_array, detached
from tokcomp_cli.compress.selection import selected, top
from tokcomp_cli.compress.similarity import cosines
from tokcomp_cli.core.lazy import Tensor, np, npt, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

ALPHA = 1.0
TRIED = 24


def choose(features: Tensor, saliency: Tensor, num_keep: int, *, alpha: float = ALPHA) -> Tensor:
    """Return the chosen tokens in order of choice, on the CPU, int64, (K,).

    The gain of token i is saliency_i ** alpha times the sum over j of max(0, cos_ij - cover_j), with
    cover_j the best cosine of j to the chosen, starting at 0. Gains only fall, so a stale one is an upper
    bound: a step computes anew only those that could still be the largest. The result is that of
    computing all. Where nothing is left to gain, the most salient follow; ties go to the earlier token.

    Args:
        features: Token vectors, (N, D).
        saliency: Non-negative, (N,).
        num_keep: Tokens to choose, 1 to N.
        alpha: Weight of the saliency.
    """
    alike = cosines(features)
    weight = as_array(saliency.float().clamp(min=0).pow(alpha))
    gain = weight * np.maximum(alike, 0).sum(1)
    cover = np.zeros(len(alike), dtype=np.float32)
    chosen: list[int] = []
    for _ in range(num_keep):
        best = _best(gain, alike, weight, cover)
        if gain[best] <= 0:
            break
        chosen.append(best)
        np.maximum(cover, alike[best], out=cover)
        gain[best] = -np.inf
    first = torch.tensor(chosen, dtype=torch.int64, device="cpu")
    rest = detached(saliency).cpu().clone()
    rest[first] = -torch.inf
    return torch.cat([first, top(rest, num_keep - len(chosen))])


def _best(
    gain: npt.NDArray[np.float32],
    alike: npt.NDArray[np.float32],
    weight: npt.NDArray[np.float32],
    cover: npt.NDArray[np.float32],
) -> int:
    """Return the token with the largest gain; `gain` holds upper bounds and is brought up to date in part."""
    stale = np.ones(len(gain), dtype=bool)
    while stale[best := int(gain.argmax())]:
        tried = np.argpartition(gain, -TRIED)[-TRIED:] if len(gain) > TRIED else np.arange(len(gain))
        tried = np.append(tried[stale[tried] & (gain[tried] > -np.inf)], best)
        gain[tried] = weight[tried] * np.maximum(alike[tried] - cover, 0).sum(1)
        stale[tried] = False
    return best


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens that are salient and cover the others; the others are pruned."""
    return selected(tokens, choose(tokens.features, saliency_of(tokens, METHOD.name), num_keep))


METHOD = Method(
    name="scope",
    stage="spatial",
    rule="keep the token whose saliency times its gain in coverage is largest, again and again",
    paper="arXiv 2510.24214 (SCOPE, NeurIPS 2025)",
    compress=compress,
    needs=frozenset({"saliency"}),
    merges=False,
    defaults=(f"alpha {ALPHA:g}",),
    deviations=("where all is covered, the most salient follow",),
)
