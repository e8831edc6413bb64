"""The budget stage: how many tokens, split how, reached how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.results.curve import ROUNDING
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.plan.budget import BAND_SHARES, Budget
from tokcomp_cli.reduce.cut import allocate_cut, allocate_uniform, narrowed
from tokcomp_cli.reduce.join import join_merged
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.progressive import Step, descend, token_count


@dataclass(frozen=True, slots=True)
class Reduced:
    """What the budget stage made.

    Attributes:
        groups: Merged frames after it.
        notes: What was changed or limited, each a sentence.
        steps: The steps of a progressive descent; empty with `ward`.
    """

    groups: tuple[MergedFrame, ...]
    notes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def asked_tokens(budget: Budget, *, band: str, original: int, merged_frames: int, num_patches: int) -> int:
    """Return the total that a budget other than a target asks for.

    Args:
        budget: `auto`, a count or a share of the original tokens.
        band: Difficulty band, for `auto`.
        original: Patch tokens of all sampled frames.
        merged_frames: Merged frames.
        num_patches: Patch tokens of one frame.
    """
    if budget.kind == "auto":
        return merged_frames * half_up(BAND_SHARES[band] * num_patches)
    if budget.kind == "percent":
        return half_up(budget.value / 100 * original)
    return int(budget.value)


def reduce_to(
    groups: Sequence[MergedFrame], total: int, *, allocate: str, reduce: str, alike: ContentSimilarity
) -> Reduced:
    """Return the merged frames reduced to exactly `total` tokens, or as they are if they hold no more.

    Args:
        groups: Merged frames after the spatial and the temporal stage.
        total: Tokens for the whole input, at least 1.
        allocate: `cut` (equal marginal loss) or `uniform`.
        reduce: `ward` or `steps`.
        alike: Finds the most similar merged frames where some are joined, and duplicates.
    """
    there = token_count(groups)
    if total >= there:
        note = f"the budget of {total:,} is above the {there:,} tokens that are there; all are kept"
        return Reduced(tuple(groups), (note,) if total > there else ())
    if total < len(groups):
        joined = join_merged(groups, total, alike)
        note = f"{len(groups)} merged frames were joined to {total}, the most similar neighbours first"
        return Reduced(tuple(joined), (note,))
    if reduce == "steps":
        steps = descend(groups, total, alike.floor)
        return Reduced(steps[-1].groups, steps=tuple(steps))
    return Reduced(narrowed(groups, allocation(groups, total, allocate)))


def allocation(groups: Sequence[MergedFrame], total: int, allocate: str) -> list[int]:
    """Return the tokens of each merged frame, `cut` (equal marginal loss) or `uniform`.

    Args:
        groups: Merged frames.
        total: At least one token for each merged frame.
        allocate: The rule.
    """
    return (allocate_cut if allocate == "cut" else allocate_uniform)(groups, total)


def smallest_reaching(explained_at: Callable[[int], float], target: float, most: int) -> int | None:
    """Return the smallest count in 1..most whose `explained` reaches the target, or None.

    Args:
        explained_at: Rising function of the count.
        target: `explained` to reach.
        most: Largest count.
    """
    return smallest_holding(lambda count: explained_at(count) >= target - ROUNDING, 1, most)


def smallest_holding(holds: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the smallest count in least..most for which something holds, or None.

    Args:
        holds: Where it holds for a count, it holds for those above.
        least: Smallest count.
        most: Largest count.
    """
    if not holds(most):
        return None
    low, high = least, most
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
