"""Which token each patch has, where content is lost, and the same at other budgets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeepMap:
    """Which token each patch of one merged frame has after the last stage.

    Attributes:
        grid: Rows and columns.
        owner: Token number within the merged frame for each patch in raster order, or -1.
        lost: What each patch loses, as a share of what a patch of this input holds on average; None where
            nobody asked, or where no frame of the merged frame was kept to measure its pruned patches.
    """

    grid: tuple[int, int]
    owner: tuple[int, ...]
    lost: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class MergeTree:
    """Tokens that merge one pair after another, cheapest first.

    Attributes:
        merges: Pairs (i, j), flat: the token that holds j goes into the one that holds i. Numbers are those
            before the first merge.
        tokens: Tokens that are left of it at each budget.
    """

    merges: tuple[int, ...]
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NestedMaps:
    """The keep-maps at every budget of a curve: cuts through the dendrograms that the curve is read off.

    Attributes:
        tokens: Budgets, rising; none below one token a merged frame.
        explained: What each explains.
        trees: One a merged frame; one in all where a method chose over the whole video.
        starts: Token of each patch before the first merge, or -1; one a keep-map.
    """

    tokens: tuple[int, ...]
    explained: tuple[float, ...]
    trees: tuple[MergeTree, ...]
    starts: tuple[tuple[int, ...], ...]
