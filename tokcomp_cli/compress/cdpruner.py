"""CDPruner: tokens that differ, given the question."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import relevance_of
from tokcomp_cli.compress.precision import as_array
from tokcomp_cli.compress.selection import selected, top
from tokcomp_cli.compress.similarity import cosines
from tokcomp_cli.core.lazy import Tensor, np, npt, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet

SPENT = 1e-6


def choose(features: Tensor, relevance: Tensor, num_keep: int) -> Tensor:
    """Return the chosen tokens in order of choice, on the CPU, int64, (K,).

    Greedy MAP of a determinantal point process with kernel diag(r) S diag(r): S the cosines of the
    tokens, r the relevance brought to 0..1. The original takes the negative cosine, as its projection
    puts what the text names at a low one (arXiv 2304.05653). Where no token adds anything (a millionth
    of the first gain), those with the highest r follow; ties go to the earlier token.

    Args:
        features: Token vectors, (N, D).
        relevance: How much each token answers the query, higher is more, (N,).
        num_keep: Tokens to choose, 1 to N.
    """
    weight = _unit_range(as_array(relevance).astype(np.float64))
    alike = cosines(features)
    gain = weight**2
    rows = np.empty((num_keep, len(gain)))
    chosen: list[int] = []
    least = SPENT * gain.max()
    for step in range(num_keep):
        best = int(gain.argmax())
        if gain[best] <= least:
            break
        kernel = weight[best] * weight * alike[best]
        rows[step] = (kernel - rows[:step, best] @ rows[:step]) / np.sqrt(gain[best])
        gain -= rows[step] ** 2
        gain[best] = -np.inf
        chosen.append(best)
    rest = torch.from_numpy(weight)
    rest[chosen] = -torch.inf
    first = torch.tensor(chosen, dtype=torch.int64, device="cpu")
    return torch.cat([first, top(rest, num_keep - len(chosen))])


def _unit_range(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values brought to 0..1; all 1 where they are equal."""
    span = values.max() - values.min()
    return (values - values.min()) / span if span > 0 else np.ones_like(values)


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens that are diverse given the query; the others are pruned."""
    relevance = relevance_of(tokens, METHOD.name)
    return selected(tokens, choose(tokens.features, relevance, num_keep))


METHOD = Method(
    name="cdpruner",
    stage="spatial",
    rule="keep the most diverse tokens given the query (greedy determinantal point process)",
    paper="arXiv 2506.10967 (CDPruner, NeurIPS 2025)",
    compress=compress,
    needs=frozenset({"text"}),
    merges=False,
    deviations=(
        "lands on the asked count; the original keeps 2 of 64 tokens on a constant picture",
        "relevance is by the value path of the last block, so that its sign is not turned",
    ),
)
