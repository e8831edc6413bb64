"""Bars, charts, the timeline and the curve: proportions checked by hand and by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.core.results.analysis import FrameSimilarity, TimelineEntry
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.render.console.curve import MARGIN, curve_chart, curve_column, explained_at
from tokcomp_cli.render.console.glyphs import bar, chart_row, column, encodable
from tokcomp_cli.render.console.layout import ALERT, Words
from tokcomp_cli.render.console.timeline import axis, ruler, similarity_chart, similarity_per_column, starts
from tokcomp_cli.render.facts import settings
from tokcomp_cli.render.units import milliseconds


def merged(*limits: tuple[float, float, int]) -> tuple[TimelineEntry, ...]:
    return tuple(TimelineEntry(start, end, 0, 0, frames, 1, None) for start, end, frames in limits)


def text(drawn: Words) -> str:
    return drawn.text("utf-8").plain


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        (0.0, "    "),
        (0.001, "▏   "),
        (0.25, "█   "),
        (0.5, "██  "),
        (0.53125, "██▏ "),
        (1.0, "████"),
        (7.0, "████"),
        (-1.0, "    "),
    ],
)
def test_bar(share: float, drawn: str) -> None:
    assert bar(share, 4) == drawn


def test_a_bar_without_room_is_empty() -> None:
    assert bar(0.5, 0) == ""


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 80))
def test_bars_keep_their_width_and_order(one: float, other: float, width: int) -> None:
    filled = [sum(" ▏▎▍▌▋▊▉█".index(cell) for cell in bar(share, width)) for share in sorted((one, other))]

    assert len(bar(one, width)) == width
    assert filled[0] <= filled[1]


@pytest.mark.parametrize(
    ("value", "drawn"), [(0.0, "  ▁"), (0.5, " ▄█"), (1.0, "███"), (2.0, "███"), (-1.0, "  ▁")]
)
def test_column(value: float, drawn: str) -> None:
    assert column(value, low=0, high=1, rows=3) == drawn


@pytest.mark.parametrize(("value", "row"), [(0.0, 3), (0.24, 3), (0.25, 2), (0.99, 0), (1.0, 0)])
def test_chart_row(value: float, row: int) -> None:
    assert chart_row(value, low=0, high=1, rows=4) == row


def test_drawing_becomes_ascii_of_the_same_width_where_the_stream_needs_it() -> None:
    drawn = "├─┬┤│┄└ ▏▎▍▌▋▊▉█▁▂▃▄▅▆▇ ×·−–…▲◆"

    assert encodable(drawn, "UTF-8") == drawn
    assert len(encodable(drawn, "ascii")) == len(drawn)
    assert encodable("10×196 → 4", "latin-1") == "10x196 -> 4"
    assert encodable("café 日", "ascii") == "caf\\xe9 \\u65e5"
    assert encodable("café", "latin-1") == "café"


def test_merged_frames_are_drawn_to_scale() -> None:
    timeline = merged((0, 4.9, 10), (5, 7.4, 5), (7.5, 10, 5))

    assert starts(timeline, 40) == [0, 20, 30]
    drawn = text(ruler(timeline, 40))
    assert [x for x, cell in enumerate(drawn) if cell == "┬"] == [20, 30]
    assert (drawn[0], drawn[-1], len(drawn)) == ("├", "┤", 40)
    assert [drawn.index(number) for number in "123"] == [10, 25, 35]


def test_time_before_the_first_frame_is_not_drawn() -> None:
    timeline = merged((100, 104, 4), (105, 110, 4))

    assert starts(timeline, 20) == [0, 10]
    assert axis(timeline, 60).split() == ["100", "s", "102", "s", "104", "s", "106", "s", "108", "s"]


@given(
    st.lists(st.tuples(st.floats(0.01, 100), st.integers(1, 9)), min_size=1, max_size=50),
    st.integers(10, 150),
)
def test_any_timeline_fits_its_width(parts: list[tuple[float, int]], width: int) -> None:
    begin, limits = 0.0, []
    for seconds, frames in parts:
        limits.append((begin, begin + seconds, frames))
        begin += seconds
    timeline = merged(*limits)
    total = sum(frames for _, frames in parts)

    columns = starts(timeline, width)
    drawn = text(ruler(timeline, width))

    assert columns == sorted(columns)
    assert all(
        abs(at - start / begin * width) <= 1 for at, (start, _, _) in zip(columns, limits, strict=True)
    )
    assert len(drawn) == width
    assert {x for x, cell in enumerate(drawn) if cell == "┬"} == set(columns) - {0}
    assert len(axis(timeline, width)) <= width
    assert similarity_per_column(timeline, [0.5] * total, width) == [0.5] * width


def test_a_column_shows_the_least_of_its_frames() -> None:
    timeline = merged((0, 1, 2), (2, 4, 2))

    assert similarity_per_column(timeline, [None, 0.9, 0.1, 0.8], 8) == [
        None,
        None,
        0.9,
        0.9,
        0.1,
        0.1,
        0.8,
        0.8,
    ]
    assert similarity_per_column(timeline, [None, 0.9, 0.1, 0.8], 2) == [0.9, 0.1]


def test_the_chart_marks_cuts_and_threshold() -> None:
    timeline = merged((0, 1, 2), (2, 4, 2))
    similarity = FrameSimilarity("mean", 0.6, (None, 1.0, 0.2, 1.0))

    chart = similarity_chart(timeline, similarity, 8)

    assert [text(row) for row in chart] == [
        " 1.00   ██│ ██",
        " 0.60 ┄┄██│┄██",
        "        ██│ ██",
        " 0.20   ██▁▁██",
    ]
    assert [part[0] for row in chart for part in row.parts if part[1] == ALERT] == ["▁", "▁"]


def test_negative_similarity_keeps_the_margin() -> None:
    chart = similarity_chart(merged((0, 1, 2)), FrameSimilarity("mean", 0.6, (None, -0.23)), 10)

    assert text(chart[-1]).startswith("−0.25 ")
    assert {len(text(row)) for row in chart} == {16}


def test_no_chart_where_nothing_was_compared() -> None:
    assert similarity_chart(merged((0, 1, 1)), FrameSimilarity("mean", 0.6, (None,)), 20) == ()


def test_a_still_second_of_video_has_an_axis() -> None:
    timeline = merged((3.5, 3.5, 1))

    assert axis(timeline, 30) == "3.5 s"
    assert text(ruler(timeline, 30)).count("1") == 1


def test_the_chart_without_a_threshold_has_no_line() -> None:
    chart = similarity_chart(merged((0, 1, 2)), FrameSimilarity("mean", None, (None, 0.5)), 10)

    assert "┄" not in "".join(map(text, chart))
    assert ALERT not in {style for row in chart for _, style in row.parts}


CURVE = tuple(CurvePoint(tokens, explained) for tokens, explained in [(1, 0.2), (10, 0.6), (100, 1.0)])


def test_the_curve_is_read_over_the_logarithm() -> None:
    assert explained_at(CURVE, 1) == 0.2
    assert explained_at(CURVE, 10**0.5) == pytest.approx(0.4)
    assert explained_at(CURVE, 100) == 1.0
    assert explained_at(CURVE, 500) == 1.0
    assert [curve_column(CURVE, tokens, 21) for tokens in (1, 10, 100, 7000)] == [0, 10, 20, 20]


def test_the_plot_marks_target_knee_and_recommendation() -> None:
    advice = Recommendation(0.8, CurvePoint(32, 0.8), 1.0, CurvePoint(10, 0.6), CURVE)

    *rows, floor_, budgets = (text(row) for row in curve_chart(advice, 41 + MARGIN))

    assert len(rows) == 8
    assert rows[0].startswith("  100% ┤")
    assert [row[1:6] for row in rows].count("80.0%") == 1
    assert "┄" in next(row for row in rows if row.startswith(" 80.0%"))
    assert (floor_.index("◆") - MARGIN, floor_.index("▲") - MARGIN) == (20, 30)
    assert budgets.split() == ["1", "10", "100", "tokens"]
    assert budgets.index("10") - MARGIN == 20


@pytest.mark.parametrize("width", [10, 40, 78])
def test_a_curve_of_one_point_can_be_drawn(width: int) -> None:
    point = CurvePoint(1, 1.0)

    chart = curve_chart(Recommendation(0.9, None, 1.0, point, (point,)), width)

    assert all(len(text(row)) <= width for row in chart)


@given(
    st.lists(
        st.tuples(st.integers(1, 10**6), st.floats(-0.5, 1)),
        min_size=1,
        max_size=20,
        unique_by=lambda p: p[0],
    ),
    st.floats(0, 1),
    st.integers(20, 150),
)
def test_any_curve_fits_its_width(points: list[tuple[int, float]], target: float, width: int) -> None:
    curve = tuple(CurvePoint(*point) for point in sorted(points))

    chart = curve_chart(Recommendation(target, curve[-1], 1.0, curve[0], curve), width)

    assert all(len(text(row)) <= width for row in chart)
    assert all(len(text(row)) == width for row in chart[:8])


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (milliseconds(5480.2), "5,480"),
        (milliseconds(0.42), "0.4"),
        (settings({"keep_ratio": 0.5, "n": 3, "none": None, "on": True}), "keep_ratio 0.5, n 3, on True"),
    ],
)
def test_numbers_in_words(shown: str, expected: str) -> None:
    assert shown == expected
