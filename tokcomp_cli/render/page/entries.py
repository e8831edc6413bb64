"""What the script of a page draws keep-maps from: as much of it as a page that is sent should weigh."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from tokcomp_cli.core.results.analysis import Analysis, Shown
from tokcomp_cli.core.results.keep_maps import NestedMaps
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.render.page.charts import starts_of
from tokcomp_cli.render.page.keep_map import LEVELS, loss_levels
from tokcomp_cli.render.page.picture import PagePicture

MOST_PICTURES = 96
MOST_NUMBERS = (200_000, 150_000)
"""Numbers of keep-maps and trees in a page, for one way to merge and for each of two: 1 to 1.5 MB."""
NAMES = 12
"""Numbers that are as long as the names of the fields of a keep-map and its tree."""


def weakest_entry(analysis: Analysis) -> int:
    """Return which entry of the timeline holds the weakest moment; the first where none does."""
    found = analysis.weakest
    if found is None or found.frame is None:
        return 0
    starts = [entry.first_frame for entry in analysis.timeline]
    return max((at for at, first in enumerate(starts) if first <= found.frame), default=0)


def pictured_frames(analysis: Analysis, most: int = MOST_PICTURES) -> list[int]:
    """Return which frames of the file have a picture: where entries of a timeline start, evenly spread.

    The weakest moment is among them. Where two ways to merge are shown, the second has what the first
    leaves, and the frames that both start with.
    """
    found = set[int]()
    for number, one in enumerate(analysis.shown):
        may = -(-most // 2) if number + 1 < len(analysis.shown) else most - len(found)
        left = [entry.first_frame for entry in one.timeline if entry.first_frame not in found]
        if may >= len(left):
            found |= set(left)
            continue
        weakest = {analysis.timeline[weakest_entry(analysis)].first_frame} - found
        spread = {left[int(at * len(left) / may)] for at in range(may - len(weakest))}
        found |= spread | weakest
    return sorted(found)


def page_data(analysis: Analysis, pictures: Mapping[int, PagePicture]) -> dict[str, object]:
    """Return what the script draws from.

    Args:
        analysis: With keep-maps, or without.
        pictures: By the file's number of the frame.
    """
    any_picture, numbers = next(iter(pictures.values()), None), MOST_NUMBERS[len(analysis.shown) - 1]
    return {
        "kind": analysis.media.kind,
        "grid": analysis.maps[0].grid if analysis.maps else analysis.encoder.grid,
        "aspect": None if any_picture is None else any_picture.aspect,
        "place": None if any_picture is None else any_picture.rectangle,
        "levels": LEVELS,
        "views": [_view(one, pictures, numbers) for one in analysis.shown],
        "first": weakest_entry(analysis),
    }


def _view(shown: Shown, pictures: Mapping[int, PagePicture], numbers: int) -> dict[str, object]:
    """Return one way to merge, with as many keep-maps as so many numbers hold, those with a picture first."""
    nested, entries = shown.nested, range(len(shown.timeline))
    order = sorted(entries, key=lambda at: shown.timeline[at].first_frame not in pictures)
    trees = list[dict[str, object]]()
    common = nested is not None and len(nested.trees) != len(entries)
    if nested is not None and common:
        trees = [_tree(nested, 0)]
        numbers -= len(nested.trees[0].merges)
    maps = dict[int, dict[str, object]]()
    for at in order if shown.maps else ():
        if numbers < 0:
            break
        maps[at], taken = _maps_of(shown, at, trees, common=common)
        numbers -= taken
    return {
        "starts": [round(start, 5) for start in starts_of(shown.timeline)],
        "entries": [_entry(shown, at) for at in entries],
        "merged": merged_words(shown),
        "maps": maps,
        "trees": trees,
        "budgets": None if nested is None else _budgets(nested, shown.tokens),
    }


def merged_words(shown: Shown) -> str:
    """Return what frames are merged to."""
    entries, nested = len(shown.timeline), shown.nested
    if nested is not None and len(nested.trees) != entries:
        return f"{plural(entries, 'frame')} that share tokens"
    return plural(entries, "merged frame")


def tokens_in(shown: Shown, at: int) -> int:
    """Return the tokens of an entry of the timeline: those that its keep-map shows, where it has one."""
    return len({*shown.maps[at].owner} - {-1}) if shown.maps else shown.timeline[at].tokens


def _entry(shown: Shown, at: int) -> list[float | None]:
    """Return a merged frame as a row: seconds, file frames, sampled frames, tokens, similarity."""
    entry = shown.timeline[at]
    alike = None if entry.similarity is None else round(entry.similarity, 3)
    seconds = round(entry.start_seconds, 3), round(entry.end_seconds, 3)
    return [*seconds, entry.first_frame, entry.last_frame, entry.frames, tokens_in(shown, at), alike]


def _maps_of(
    shown: Shown, at: int, trees: list[dict[str, object]], *, common: bool
) -> tuple[dict[str, object], int]:
    """Return the keep-map of an entry, adding the tree it is cut from, and how many numbers that takes."""
    found, nested = shown.maps[at], shown.nested
    runs = _runs(found.owner)
    entry: dict[str, object] = {"map": runs}
    if found.lost is not None:
        entry["lost"] = "".join(map(str, loss_levels(found.lost)))
    taken = len(runs) + len(found.owner) // 4 + NAMES
    if nested is not None:
        entry["start"] = start = _runs(nested.starts[at])
        taken += len(start)
        if not common:
            entry["tree"] = len(trees)
            trees.append(_tree(nested, at))
            taken += len(nested.trees[at].merges) + len(nested.tokens)
        else:
            entry["tree"] = 0
    return entry, taken


def _tree(nested: NestedMaps, at: int) -> dict[str, object]:
    return {"merges": nested.trees[at].merges, "tokens": nested.trees[at].tokens}


def _budgets(nested: NestedMaps, total: int) -> dict[str, object]:
    inside = total in nested.tokens
    return {
        "tokens": nested.tokens,
        "explained": [round(value, 6) for value in nested.explained],
        "now": nested.tokens.index(total) if inside else None,
    }


def _runs(numbers: Sequence[int]) -> list[int]:
    """Return numbers in runs, flat: number, length, ...; a negative length counts up from the number."""
    flat, at = list[int](), 0
    alike = [[number, sum(1 for _ in run)] for number, run in groupby(numbers)]
    while at < len(alike):
        (first, length), end = alike[at], at + 1
        while length == 1 and alike[end : end + 1] == [[first + end - at, 1]]:
            end += 1
        flat += [first, length] if end == at + 1 else [first, at - end]
        at = end
    return flat
