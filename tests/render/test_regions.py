from tokcomp_cli.render.regions import MOST_ROWS, region_lines

from tokcomp_cli.core.results.difficulty import RegionMap


def drawn(found: RegionMap) -> list[str]:
    return ["".join(text for text, _ in line) for line in region_lines(found)]


def test_regions_are_drawn_where_they_are():
    assert drawn(RegionMap(0.0, (2, 3), (0, 1, 1, 2, 0, 10))) == [". 1 1 ", "2 . a "]


def test_large_grids_are_thinned_out():
    found = drawn(RegionMap(0.0, (37, 50), (0,) * (37 * 50)))
    assert len(found) <= MOST_ROWS
    assert len(found[0]) <= 2 * 50
