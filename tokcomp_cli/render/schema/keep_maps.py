"""Keep-maps in JSON documents: what `--maps` adds."""

from collections.abc import Sequence
from itertools import groupby

from tokcomp_cli.core.results.keep_maps import KeepMap, NestedMaps
from tokcomp_cli.render.schema.document import Document

LOST_DECIMALS = 3


def maps_document(maps: Sequence[KeepMap], nested: NestedMaps | None) -> Document:
    """Return keep-maps, and those at other budgets."""
    return {
        "maps": [keep_map_document(entry) for entry in maps],
        "nested": None if nested is None else nested_document(nested),
    }


def keep_map_document(entry: KeepMap) -> Document:
    """Return the owners as runs of [token, length]: neighbours mostly share a token or count up."""
    lost = None if entry.lost is None else [round(value, LOST_DECIMALS) for value in entry.lost]
    return {"grid": entry.grid, "runs": runs_of(entry.owner), "lost": lost}


def nested_document(found: NestedMaps) -> Document:
    """Return the maps at other budgets, their starts in runs of [token, length]."""
    return {
        "tokens": found.tokens,
        "explained": found.explained,
        "trees": [{"merges": tree.merges, "tokens": tree.tokens} for tree in found.trees],
        "starts": [{"runs": runs_of(owner)} for owner in found.starts],
    }


def runs_of(numbers: Sequence[int]) -> list[list[int]]:
    """Return numbers as runs of [number, length]."""
    return [[number, sum(1 for _ in run)] for number, run in groupby(numbers)]
