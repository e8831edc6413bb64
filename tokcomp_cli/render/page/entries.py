"""What the script of a page draws keep-maps from: as much of it as a page that is sent should weigh."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from tokcomp_cli.core.results.analysis import Analysis, TimelineEntry
from tokcomp_cli.core.results.keep_maps import NestedMaps
from tokcomp_cli.render.page.keep_map import LEVELS, loss_levels
from tokcomp_cli.render.page.picture import PagePicture

MOST_PICTURES = 96
MOST_NUMBERS = 200_000
"""Numbers of keep-maps and trees in a page: about 1 MB."""


def weakest_entry(analysis: Analysis) -> int:
    """Return which entry of the timeline holds the weakest moment; the first where none does."""
    found = analysis.weakest
    if found is None or found.frame is None:
        return 0
    starts = [entry.first_frame for entry in analysis.timeline]
    return max((at for at, first in enumerate(starts) if first <= found.frame), default=0)


def pictured_entries(analysis: Analysis, most: int = MOST_PICTURES) -> list[int]:
    """Return which entries of the timeline have a picture: the weakest, and others evenly spread."""
    count = len(analysis.timeline)
    if count <= most:
        return list(range(count))
    spread = {int(number * count / most) for number in range(most - 1)}
    return sorted(spread | {weakest_entry(analysis)})


def page_data(
    analysis: Analysis, pictures: Mapping[int, PagePicture], starts: Sequence[float]
) -> dict[str, object]:
    """Return what the script draws from.

    Args:
        analysis: With keep-maps, or without.
        pictures: By entry of the timeline.
        starts: Where each entry starts, in shares of the timeline.
    """
    any_picture = next(iter(pictures.values()), None)
    nested, order = analysis.nested, [*pictures, *(set(range(len(analysis.timeline))) - pictures.keys())]
    trees, numbers = list[dict[str, object]](), MOST_NUMBERS
    common = nested is not None and len(nested.trees) != len(analysis.timeline)
    if nested is not None and common:
        trees = [_tree(nested, 0)]
        numbers -= len(nested.trees[0].merges)
    maps = dict[int, dict[str, object]]()
    for at in order if analysis.maps else ():
        if numbers < 0:
            break
        maps[at], taken = _maps_of(analysis, at, trees, common=common)
        numbers -= taken
    return {
        "kind": analysis.media.kind,
        "grid": analysis.maps[0].grid if analysis.maps else analysis.encoder.grid,
        "aspect": None if any_picture is None else any_picture.aspect,
        "place": None if any_picture is None else any_picture.rectangle,
        "levels": LEVELS,
        "starts": [round(start, 5) for start in starts],
        "entries": [_entry(entry) for entry in analysis.timeline],
        "maps": maps,
        "trees": trees,
        "budgets": None if nested is None else _budgets(nested, analysis.llm_input),
        "first": weakest_entry(analysis),
    }


def _entry(entry: TimelineEntry) -> list[float | None]:
    """Return a merged frame as a row: seconds, file frames, sampled frames, tokens, similarity."""
    alike = None if entry.similarity is None else round(entry.similarity, 3)
    seconds = round(entry.start_seconds, 3), round(entry.end_seconds, 3)
    return [*seconds, entry.first_frame, entry.last_frame, entry.frames, entry.tokens, alike]


def _maps_of(
    analysis: Analysis, at: int, trees: list[dict[str, object]], *, common: bool
) -> tuple[dict[str, object], int]:
    """Return the keep-map of an entry, adding the tree it is cut from, and how many numbers that takes."""
    found, nested = analysis.maps[at], analysis.nested
    runs = _runs(found.owner)
    entry: dict[str, object] = {"map": runs}
    if found.lost is not None:
        entry["lost"] = "".join(map(str, loss_levels(found.lost)))
    taken = len(runs) + len(found.owner) // 4
    if nested is not None:
        entry["start"] = start = _runs(nested.starts[at])
        taken += len(start)
        if not common:
            entry["tree"] = len(trees)
            trees.append(_tree(nested, at))
            taken += len(nested.trees[at].merges)
        else:
            entry["tree"] = 0
    return entry, taken


def _tree(nested: NestedMaps, at: int) -> dict[str, object]:
    return {"merges": nested.trees[at].merges, "tokens": nested.trees[at].tokens}


def _budgets(nested: NestedMaps, llm_input: int) -> dict[str, object]:
    inside = llm_input in nested.tokens
    return {
        "tokens": nested.tokens,
        "explained": [round(value, 4) for value in nested.explained],
        "now": nested.tokens.index(llm_input) if inside else None,
    }


def _runs(numbers: Sequence[int]) -> list[int]:
    """Return numbers in runs, flat: number, length, number, length, ..."""
    flat = list[int]()
    for number, run in groupby(numbers):
        flat += [number, sum(1 for _ in run)]
    return flat
