"""Levels of detail: cells of the grid keep more tokens the more relevant they are.

Reference: the reference note's tiers. Deviations: counts are exact on any grid; cells that a budget has left
with fewer tokens than their tier keep those, since no token can be brought back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.compress.dendrogram import cut
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.origin import first_owned, merge_mean
from tokcomp_cli.core.results.advice import Lod
from tokcomp_cli.core.results.tier import Tier
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.measure.fidelity import Original, explained_share
from tokcomp_cli.plan.tiers import cell_count
from tokcomp_cli.reduce.budget import reduce_to
from tokcomp_cli.reduce.cut import reown
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.progressive import token_count
from tokcomp_cli.reduce.whole_video import UNCUT


@dataclass(frozen=True, slots=True)
class Levels:
    """What each cell of each merged frame may keep.

    Attributes:
        tiers: From the most relevant cells to the least.
        cell: Rows and columns of a cell.
        shape: Rows and columns of cells.
        cell_of: Cell of each patch, int64, (P,).
        relevance: `text` or `saliency`.
        caps: Tokens that each cell may keep, one int64 (C,) for each merged frame.
    """

    tiers: tuple[Tier, ...]
    cell: tuple[int, int]
    shape: tuple[int, int]
    cell_of: Tensor
    relevance: str
    caps: tuple[Tensor, ...]


def levels(
    groups: Sequence[MergedFrame], grid: tuple[int, int], cell: tuple[int, int], tiers: tuple[Tier, ...]
) -> Levels:
    """Return what each cell may keep, ranked by the tokens of merged frames that nothing was dropped from.

    Args:
        groups: Merged frames as they enter the stages.
        grid: Rows and columns of patches.
        cell: Rows and columns of patches of a cell.
        tiers: From the most relevant cells to the least; as many cells as the grid has.
    """
    rows, columns = grid
    shape = -(-rows // cell[0]), -(-columns // cell[1])
    patch = torch.arange(rows * columns)
    cell_of = patch // columns // cell[0] * shape[1] + patch % columns // cell[1]
    kept = torch.cat([torch.full((tier.cells,), tier.tokens_per_cell) for tier in tiers])
    by_text = all(group.tokens.relevance is not None for group in groups)
    caps = []
    for group in groups:
        score = _cell_means(patch_relevance(group, by_text=by_text), cell_of, cell_count(grid, cell))
        order = score.argsort(descending=True, stable=True)
        caps.append(torch.empty_like(kept).scatter_(0, order, kept))
    return Levels(tiers, cell, shape, cell_of, "text" if by_text else "saliency", tuple(caps))


def patch_relevance(group: MergedFrame, *, by_text: bool) -> Tensor:
    """Return how relevant each patch of a merged frame is, float64, (P,).

    A token's saliency is shared out over its patches; its answer to the query holds for each of them.

    Args:
        group: A merged frame.
        by_text: Answer to the query; else saliency. Without either all are equal.
    """
    tokens, part = group.tokens, group.parts[0]
    values = torch.zeros(len(tokens), dtype=torch.float64)
    if by_text and tokens.relevance is not None:
        values = tokens.relevance.double()
    elif tokens.saliency is not None:
        values = tokens.saliency.double() / tokens.sizes
    least = torch.tensor([-2.0 if by_text else 0.0], dtype=torch.float64)
    return torch.cat([values, least])[part.owner]


def _cell_means(values: Tensor, cell_of: Tensor, cells: int) -> Tensor:
    total = torch.zeros(cells, dtype=torch.float64).index_add_(0, cell_of, values)
    return total / torch.bincount(cell_of, minlength=cells)


def tiered(group: MergedFrame, cell_of: Tensor, caps: Tensor) -> MergedFrame:
    """Return a merged frame whose cells keep no more tokens than they may, merged by Ward within a cell.

    A token lies in the cell that holds most of its patches, the earlier of two.

    Args:
        group: A merged frame, whole or reduced before.
        cell_of: Cell of each patch, int64, (P,).
        caps: Tokens that each cell may keep, at least 1, int64, (C,).
    """
    tokens, home = group.tokens.token_set, _homes(group, cell_of, len(caps))
    first = torch.arange(len(tokens))  # Earliest of the tokens that each is merged with.
    for cell in (torch.bincount(home, minlength=len(caps)) > caps).nonzero().squeeze(1).tolist():
        members, most = (home == cell).nonzero().squeeze(1), int(caps[cell])
        part = TokenSet(tokens.content[members], tokens.sizes[members], tokens.position[members])
        owner = torch.zeros_like(members) if most == 1 else cut(dendrogram(part), most)
        first[members] = members[first_owned(owner, most)][owner]
    kept = first == torch.arange(len(tokens))
    if kept.all():
        return group
    owner = (kept.cumsum(0) - 1)[first]
    features, _ = merge_mean(tokens.features, tokens.sizes, owner, int(kept.sum()))
    return replace(reown(group, features, owner), tree=UNCUT)


def _homes(group: MergedFrame, cell_of: Tensor, cells: int) -> Tensor:
    """Return the cell of each token, int64, (L,)."""
    count = len(group.tokens)
    held = torch.zeros(count * cells, dtype=torch.int64)
    for part in group.parts:
        owner = part.owner
        own = owner >= 0
        held += torch.bincount(owner[own] * cells + cell_of[own], minlength=count * cells) * part.frames
    return held.view(count, cells).argmax(1)


def apply(groups: Sequence[MergedFrame], found: Levels) -> tuple[MergedFrame, ...]:
    """Return merged frames with their tiers applied; as many as the levels were made for."""
    pairs = zip(groups, found.caps, strict=True)
    return tuple(tiered(group, found.cell_of, caps) for group, caps in pairs)


def measured(
    groups: Sequence[MergedFrame],
    found: Levels,
    original: Original,
    *,
    hardest: int,
    at_seconds: float | None,
) -> Lod:
    """Return what the tiers alone leave of the merged frames.

    Args:
        groups: Merged frames as they enter the stages.
        found: What each cell may keep.
        original: What they are measured against.
        hardest: Which merged frame the map is of.
        at_seconds: Its start; None for an image.
    """
    after = apply(groups, found)
    total = token_count(after)
    by_loss = reduce_to(
        groups, total, allocate="cut", reduce="ward", alike=ContentSimilarity("mean", original.floor)
    ).groups
    rows, columns = found.shape
    cells = found.caps[hardest].view(rows, columns).tolist()
    return Lod(
        tiers=found.tiers,
        cell=found.cell,
        relevance=found.relevance,
        tokens_in=token_count(groups),
        tokens=total,
        explained=explained_share(after, original),
        explained_ward=explained_share(by_loss, original),
        map=tuple(tuple(row) for row in cells),
        at_seconds=at_seconds,
    )
