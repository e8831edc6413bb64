import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.errors import PlanError
from tokcomp_cli.media.sampling import at_rate, sample, spread


def regular(count, rate, start=0.0):
    return np.arange(count) / rate + start, np.full(count, 1 / rate)


@pytest.mark.parametrize(
    ("count", "native", "rate", "expected"),
    [
        (10, 10, 2, [0, 5]),
        (11, 10, 2, [0, 5, 10]),  # the end 1.1 s is past the target 1.0 s
        (10, 10, 10, list(range(10))),
        (10, 10, 25, list(range(10))),  # above the native rate it is native
        (10, 10, 4, [0, 2, 5, 7]),  # targets 0, .25, .5, .75; .25 and .75 lie between: the earlier frame
        (10, 10, 3, [0, 3, 7]),  # targets 0, .333, .667
        (1, 25, 2, [0]),
        (25, 25, 0.1, [0]),
        (50, 25, 1, [0, 25]),  # the target 2.0 s is the end itself
        (7, 2, 1.5, [0, 1, 3, 4, 5, 6]),  # targets 0, .667, 1.333, 2, 2.667, 3.333; frames each half second
    ],
)
def test_rate_on_regular_times(count, native, rate, expected):
    pts, durations = regular(count, native, start=1.4)
    assert at_rate(pts, durations, rate).tolist() == expected


def test_rate_on_uneven_times():
    pts = np.array([0.0, 0.1, 0.2, 1.2, 1.3, 3.0])
    durations = np.append(np.diff(pts), 0.1)
    # targets 0 .5 1 1.5 2 2.5 3: nearest frames 0, 2, 3, 4, 4, 5, 5
    assert at_rate(pts, durations, 2).tolist() == [0, 2, 3, 4, 5]


@pytest.mark.parametrize("native", [23.976, 24, 25, 29.97, 30000 / 1001, 50, 59.94, 60])
def test_native_rate_gives_every_frame(native):
    pts, durations = regular(2000, native, start=0.533)
    assert at_rate(pts, durations, native).size == 2000
    rounded = np.round(pts, 3)  # as Matroska stores times
    assert at_rate(rounded, durations, native).size == 2000


def brute_force(pts, durations, rate):
    chosen, k = [], 0
    while k == 0 or k / rate < pts[-1] + durations[-1] - pts[0] - 1e-7:
        distance = np.abs(pts - pts[0] - k / rate)
        chosen.append(int(np.flatnonzero(distance <= distance.min() + 1e-7)[0]))
        k += 1
    return sorted(set(chosen))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=40), st.sampled_from([0.5, 1, 2, 3, 7, 24]))
def test_rate_agrees_with_a_loop_over_targets(gaps_ms, rate):
    pts = np.concatenate(([0], np.cumsum(gaps_ms))) / 1000 + 0.25
    durations = np.append(np.diff(pts), gaps_ms[-1] / 1000)
    if rate * (min(gaps_ms) / 1000) < 1 - 1e-6:
        assert at_rate(pts, durations, rate).tolist() == brute_force(pts, durations, rate)
    else:
        assert at_rate(pts, durations, rate).size == pts.size


def test_repeated_times_and_huge_rates_stay_small():
    pts = np.array([0.0, 0.0, 5000.0])
    assert at_rate(pts, np.array([0.0, 5000.0, 1.0]), 1e6).tolist() == [0, 1, 2]
    assert at_rate(pts, np.array([0.0, 5000.0, 1.0]), 1e12).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("count", "wanted", "expected"),
    [
        (10, 1, [0]),
        (10, 2, [0, 9]),
        (10, 3, [0, 5, 9]),  # 4.5 rounds up
        (10, 4, [0, 3, 6, 9]),
        (5, 5, [0, 1, 2, 3, 4]),
        (5, 9, [0, 1, 2, 3, 4]),
        (100, 8, [0, 14, 28, 42, 57, 71, 85, 99]),
    ],
)
def test_spread(count, wanted, expected):
    assert spread(count, wanted).tolist() == expected


def test_rules_and_notes():
    pts, durations = regular(100, 25)
    assert sample(pts, durations).rule == "fps=2"
    assert sample(pts, durations).frame_index.tolist() == [0, 12, 25, 37, 50, 62, 75, 87]
    assert sample(pts, durations, fps="native").frame_index.size == 100
    assert sample(pts, durations, every=40).frame_index.tolist() == [0, 40, 80]
    many = sample(pts, durations, frames=200)
    assert many.frame_index.size == 100
    assert "all 100" in many.notes[0]
    limited = sample(pts, durations, fps="native", max_frames=5)
    assert limited.frame_index.tolist() == [0, 25, 50, 74, 99]
    assert "--max-frames 5" in limited.notes[0]
    assert limited.frames_in_file == 100


def test_window():
    pts, durations = regular(100, 25, start=1.0)
    inside = sample(pts, durations, fps="native", start_seconds=2.0, end_seconds=3.0)
    assert inside.frame_index.tolist() == list(range(25, 50))
    late = sample(pts, durations, fps=2, start_seconds=4.0)
    assert late.frame_index.tolist() == [75, 87]
    with pytest.raises(PlanError, match=r"runs from 1\.000 s to 5\.000 s"):
        sample(pts, durations, start_seconds=9.0)


@given(
    st.integers(1, 300),
    st.one_of(st.none(), st.floats(0.01, 200), st.just("native")),
    st.integers(1, 50),
)
def test_chosen_frames_rise_and_exist(count, rate, limit):
    pts, durations = regular(count, 30000 / 1001)
    chosen = sample(pts, durations, fps=rate, max_frames=limit).frame_index
    assert 1 <= chosen.size <= limit
    assert chosen[0] == 0
    assert (np.diff(chosen) > 0).all()
    assert chosen[-1] < count
    assert chosen.dtype == np.int64


def test_a_still_has_no_frames_to_lack():
    assert sample(np.zeros(1), np.zeros(1), frames=8).notes == ()
    assert "8 frames were asked for" in sample(*regular(3, 25), frames=8).notes[0]


def test_a_clip_shorter_than_a_step_names_the_native_rate():
    sampling = sample(*regular(5, 25))
    assert sampling.frame_index.tolist() == [0]
    assert "--fps native takes all" in sampling.notes[0]
    assert sample(*regular(1, 25)).notes == ()
    assert sample(*regular(50, 25)).notes == ()
