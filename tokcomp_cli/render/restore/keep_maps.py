"""Keep-maps made again from runs of [number, length], with lengths that fit their grid."""

from dataclasses import dataclass
from itertools import chain, repeat
from math import prod

from tokcomp_cli.core.results.analysis import Shown, TimelineEntry
from tokcomp_cli.core.results.keep_maps import KeepMap, MergeTree, NestedMaps
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.restore.objects import restored

MOST_PATCHES = 1 << 20
"""Of one map: a length is believed up to here, so that a damaged one takes no memory."""


@dataclass(frozen=True, slots=True)
class _Runs:
    runs: tuple[tuple[int, int], ...]

    def numbers(self, where: str, count: int | None = None) -> tuple[int, ...]:
        """Return the numbers that the runs stand for, as many as were asked for."""
        lengths = [length for _, length in self.runs]
        total = sum(lengths)
        if min(lengths, default=0) < 0 or total > MOST_PATCHES or count not in (None, total):
            wanted = "another length" if count is None else f"{count} numbers"
            raise PlanError(f"the runs at {where} make {total} numbers, not {wanted}; make it again")
        return tuple(chain.from_iterable(repeat(number, length) for number, length in self.runs))


@dataclass(frozen=True, slots=True)
class _Gridded(_Runs):
    grid: tuple[int, int]
    lost: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Nested:
    tokens: tuple[int, ...]
    explained: tuple[float, ...]
    trees: tuple[MergeTree, ...]
    starts: tuple[_Runs, ...]


@dataclass(frozen=True, slots=True)
class _Others:
    tokens: int
    timeline: tuple[TimelineEntry, ...]


def keep_map_of(value: object, where: str) -> KeepMap:
    """Return a keep-map from its part of a document.

    Raises:
        PlanError: It is none, or its runs do not fit its grid.
    """
    found = restored(_Gridded, value, where)
    owner = found.numbers(where, prod(found.grid))
    if found.lost is not None and len(found.lost) != len(owner):
        raise PlanError(f"{where}.lost has {len(found.lost)} numbers, not {len(owner)}; make it again")
    return KeepMap(found.grid, owner, found.lost)


def keep_maps_of(value: object, where: str) -> tuple[KeepMap, ...]:
    """Return the keep-maps of a list; none where there is no list."""
    if value is not None and not isinstance(value, list):
        raise PlanError(f"{where} is no list of keep-maps; make the document again")
    return tuple(keep_map_of(one, f"{where}[{i}]") for i, one in enumerate(value or []))


def regions_of(value: object, where: str) -> dict[str, object]:
    """Return a region map of a document, its runs written out as the region of each patch."""
    found = restored(_Gridded, value, where)
    given = value if isinstance(value, dict) else {}
    return {**given, "region": list(found.numbers(where, prod(found.grid)))}


def nested_of(value: object, where: str, maps: tuple[KeepMap, ...]) -> NestedMaps | None:
    """Return the keep-maps at other budgets; None where there are none.

    Args:
        value: Their part of a document.
        where: Its place, for the error.
        maps: The keep-maps that they are other cuts of.

    Raises:
        PlanError: They are none, or do not fit the maps.
    """
    if value is None:
        return None
    found = restored(_Nested, value, where)
    starts = tuple(one.numbers(f"{where}.starts[{i}]") for i, one in enumerate(found.starts))
    budgets = len(found.tokens)
    fits = (
        [len(one) for one in starts] == [len(one.owner) for one in maps]
        and len(found.trees) in {1, len(maps)}
        and len(found.explained) == budgets
        and all(_holds_together(tree, budgets) for tree in found.trees)
    )
    if not fits:
        raise PlanError(f"{where} does not fit the document's keep-maps; make it again")
    return NestedMaps(found.tokens, found.explained, found.trees, starts)


def _holds_together(tree: MergeTree, budgets: int) -> bool:
    return len(tree.tokens) == budgets and len(tree.merges) % 2 == 0 and min(tree.merges, default=0) >= 0


def others_of(value: object, where: str) -> Shown | None:
    """Return the keep-maps of a recommendation that is made with other settings; None where there are none.

    Raises:
        PlanError: They are none.
    """
    if value is None:
        return None
    found = restored(_Others, value, where)
    given = value if isinstance(value, dict) else {}
    maps = keep_maps_of(given.get("maps"), f"{where}.maps")
    nested = nested_of(given.get("nested"), f"{where}.nested", maps)
    return Shown(found.tokens, found.timeline, maps, nested)
