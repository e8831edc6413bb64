"""Reduce a model's own visual tokens by any method of the table, on their own grids."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from tokcomp_cli.comparison.external_tokens import external_input
from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.comparison.run_method import Outcome, chained, over_time, within_frames
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import check_needs
from tokcomp_cli.core.timing import one_thread
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import explained_share
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.vlm.base import Block

SUBSTITUTE = "norm of the deviation from the grid's mean token, since models give no other here"


@dataclass(frozen=True, slots=True)
class CompressedVisual:
    """What is left of a model's visual tokens.

    Attributes:
        features: Kept tokens, float32, (K, D).
        slots: Place among all visual tokens of the earliest one that each stands for, rising, int64, (K,).
        explained: Share of the content that is left, in the space of these tokens.
        ms: Time that the method took.
        notes: What was changed or limited, each a sentence.
    """

    features: Tensor
    slots: Tensor
    explained: float
    ms: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Blocks of one grid with what a method made of them, and the energy of their content."""

    blocks: tuple[Block, ...]
    case: ComparisonInput
    outcome: Outcome

    @property
    def energy(self) -> float:
        """Return what `explained` divides by."""
        original = self.case.original
        return max(original.reservoir.energy, original.floor * original.reservoir.patches)


def compress_visual(
    features: Tensor, blocks: Sequence[Block], method: Method, total: int, *, seed: int = 0
) -> CompressedVisual:
    """Return a model's visual tokens reduced to a total.

    Grids of one shape are worked on together, as the frames of a clip are; the total is shared out over
    shapes by their tokens. Ward splits it by one cut at equal marginal loss, other methods evenly. Tokens in
    no grid (newlines, a class token) stay.

    Args:
        features: Visual tokens, (V, D).
        blocks: Grids among them.
        method: Of the table, spatial or over a whole video.
        total: Tokens to keep, at least one for each shape beside those in no grid.
        seed: For methods that draw.

    Raises:
        PlanError: The method needs what these tokens do not have.
    """
    check_servable(method)
    features = features.detach().float().cpu()
    shapes = [
        tuple(alike) for _, alike in groupby(sorted(blocks, key=lambda one: one.grid), lambda one: one.grid)
    ]
    shapes.sort(key=lambda alike: alike[0].first)
    loose = _loose(len(features), blocks)
    counts = shared_out(total - len(loose), [sum(len(one.slots) for one in alike) for alike in shapes])
    with one_thread():
        parts = [
            _reduced(features, alike, method, count, seed)
            for alike, count in zip(shapes, counts, strict=True)
        ]
        kept = [(features[loose], loose), *(_kept(part) for part in parts)]
        slots = torch.cat([at for _, at in kept])
        order = slots.argsort()
        notes = [note for part in parts for note in _notes(part)]
        if "saliency" in method.needs:
            notes.append(f"{method.name}: saliency is the {SUBSTITUTE}")
        if len(loose) and total < len(features):
            notes.append(f"visual tokens in no grid (newlines, class token) are always kept: {len(loose)}")
        if len(slots) > total:
            notes.append(f"the budget of {total} is below the fewest that can be kept, {len(slots)}")
        return CompressedVisual(
            features=torch.cat([rows for rows, _ in kept])[order],
            slots=slots[order],
            explained=_explained(parts),
            ms=sum(part.outcome.ms for part in parts),
            notes=tuple(notes),
        )


def check_servable(method: Method) -> None:
    """Check that a method can work on a model's visual tokens, which have neither keys nor a text space.

    Raises:
        PlanError: It cannot.
    """
    if method.decide is not None:
        raise PlanError(
            f"method {method.name} decides which frames to merge, before a model sees them; for its tokens "
            "name a spatial method or one over the whole video (see: tokcomp methods)"
        )
    if method.load is not None or method.weights is not None:
        raise PlanError(
            f"method {method.name} was trained on an encoder's tokens, and a model's visual tokens are "
            "others; name one without weights (see: tokcomp methods)"
        )
    check_needs(method, grid_tokens(torch.zeros(1, 1), (1, 1), saliency=torch.zeros(1)))


def shared_out(total: int, sizes: Sequence[int]) -> list[int]:
    """Return a total shared out by size, each at least one and at most its size.

    Args:
        total: To share out; below one for each, each gets one.
        sizes: Tokens of each share's owner.
    """
    left, rest, counts = total, sum(sizes), []
    for number, size in enumerate(sizes):
        after = len(sizes) - number - 1
        count = min(size, max(1, min(round(left * size / rest), left - after)))
        counts.append(count)
        left, rest = left - count, rest - size
    return counts


def _loose(tokens: int, blocks: Sequence[Block]) -> Tensor:
    """Return the visual tokens in no grid, rising."""
    free = torch.ones(tokens, dtype=torch.bool)
    for block in blocks:
        free[block.slots] = False
    return free.nonzero().squeeze(1)


def _reduced(features: Tensor, blocks: tuple[Block, ...], method: Method, count: int, seed: int) -> _Part:
    """Return what a method makes of grids of one shape."""
    stacked = torch.stack([features[block.slots] for block in blocks])
    plan = Plan.of(temporal="none", spatial_ratio=1.0, budget=count, seed=seed)
    case = external_input(stacked, blocks[0].grid, plan, name="the model's own")
    if method.name == "ward":
        outcome = chained(case, case.regrouped("none"), reduce="ward")
    elif method.compress_video is not None:
        outcome = over_time(case, method)
    else:
        outcome = within_frames(case, method, seed=seed)
    return _Part(blocks, case, outcome)


def _kept(part: _Part) -> tuple[Tensor, Tensor]:
    """Return the kept tokens of grids of one shape, and the place of each among all visual tokens."""
    columns = part.blocks[0].grid[1]
    where = torch.cat([group.tokens.position for group in part.outcome.groups])
    slots = torch.stack([block.slots for block in part.blocks])
    features = torch.cat([group.tokens.features for group in part.outcome.groups])
    return features, slots[where[:, 0], where[:, 1] * columns + where[:, 2]]


def _notes(part: _Part) -> list[str]:
    """Return a note where there are fewer tokens than grids."""
    grids, count = len(part.blocks), part.case.total
    if count >= grids:
        return []
    return [f"{grids} grids have fewer tokens than they are ({count}): the most alike neighbours were joined"]


def _explained(parts: Sequence[_Part]) -> float:
    """Return `explained` over grids of all shapes, the content of each shape about its own mean."""
    lost = [(1 - explained_share(part.outcome.groups, part.case.original)) * part.energy for part in parts]
    return 1 - sum(lost) / sum(part.energy for part in parts)
