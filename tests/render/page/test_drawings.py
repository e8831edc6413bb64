"""Keep-maps and charts as numbers, small enough to check by hand."""

from itertools import pairwise

import pytest

from tests.render.page.page_documents import seen_clip
from tokcomp_cli.core.results.analysis import FrameSimilarity, TimelineEntry
from tokcomp_cli.core.results.curve import CurvePoint
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.render.page.charts import curve_drawing, flow, timeline_drawing
from tokcomp_cli.render.page.folder_curve import folder_curve
from tokcomp_cli.render.page.keep_map import LEVELS, cells, keep_map_drawing, loss_levels, outlines


def test_outlines_run_between_patches_of_different_tokens():
    assert outlines((0, 0, 1, 0), (2, 2), (10.0, 10.0)) == "M0 10h10M10 10v10"
    assert outlines((3,) * 4, (2, 2), (10.0, 10.0)) == ""


def test_patches_of_a_row_are_one_rectangle_and_rows_are_apart():
    assert cells([0, 1, 2, 3], 2, (5.0, 5.0)) == "M0 0h10v5h-10zM0 5h10v5h-10z"
    assert cells([], 2, (5.0, 5.0)) == ""


def test_the_colour_says_what_share_of_an_average_patch_is_lost():
    assert loss_levels([-0.1, 0.0, 0.124, 0.126, 0.999, 7.0]) == [0, 0, 0, 1, LEVELS - 1, LEVELS - 1]


def test_pruned_patches_are_dimmed():
    drawing = keep_map_drawing(KeepMap((1, 3), (0, -1, -1), (0.0, 1.0, 0.5)), None)
    assert drawing.pruned == "M200 0h400v200h-400z"
    assert drawing.lost[LEVELS - 1] == "M200 0h200v200h-200z"
    assert (drawing.width, drawing.height) == (600, 200)


def test_the_flow_starts_whole_and_narrows():
    steps = flow(seen_clip())
    assert [step.name for step in steps] == [
        "input",
        "spatial",
        "temporal",
        "budget",
        "LLM input",
        "last layer",
    ]
    assert steps[0].after == 1.0
    assert all(one.after == other.before >= other.after for one, other in pairwise(steps))
    assert steps[3].tokens == 75


def entry(start: float, end: float) -> TimelineEntry:
    return TimelineEntry(start, end, 0, 0, 1, 1, None)


def test_merged_frames_are_drawn_to_scale_until_the_next_one():
    drawing = timeline_drawing([entry(10, 11), entry(15, 20)], FrameSimilarity("mean", 0.5, (None, 0.75)))
    assert drawing.starts == (0.0, 0.5)
    assert (drawing.odd, drawing.even) == ("M0.0 0V100H500.0V0z", "M500.0 0V100H1000.0V0z")
    assert drawing.low == 0.5
    assert (drawing.threshold, drawing.similarity) == (100.0, "M750.0 50")
    assert [tick.label for tick in drawing.ticks] == ["10 s", "12 s", "14 s", "16 s", "18 s", "20 s"]


def test_a_moment_without_length_has_a_timeline():
    drawing = timeline_drawing([entry(3, 3)], FrameSimilarity("mean", None, (None,)))
    assert (drawing.starts, drawing.similarity, drawing.threshold) == ((0.0,), "", None)


def test_the_curve_is_logarithmic_across():
    drawing = curve_drawing([CurvePoint(1, 0.2), CurvePoint(10, 0.6), CurvePoint(100, 1.0)], 0.9)
    assert [drawing.x(tokens) for tokens in (1, 10, 100, 5000)] == pytest.approx([0, 0.5, 1, 1])
    assert drawing.path == "M0.0 100.00L500.0 50.00L1000.0 0.00"
    assert [tick.label for tick in drawing.up] == ["100%", "80%", "60%", "40%", "20%"]


def test_a_curve_of_one_point_is_drawn_in_the_middle():
    assert curve_drawing([CurvePoint(1, 1.0)]).x(1) == 0.5


def test_the_curve_of_a_folder_is_the_mean_with_an_interval_around_it():
    found = folder_curve([((1.0, 0.2), (100.0, 1.0)), ((1.0, 0.4), (100.0, 1.0))])
    assert found.tokens[0] == 1.0
    assert found.tokens[-1] == pytest.approx(100)
    assert found.mean[0] == pytest.approx(0.3)
    assert found.mean[12] == pytest.approx(0.65)
    assert all(low <= mean <= high for low, mean, high in zip(found.low, found.mean, found.high, strict=True))
    assert (found.low[0], found.high[0]) == (0.2, 0.4)
    assert folder_curve([((1.0, 0.2), (9.0, 1.0))]) is None
