from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.errors import PlanError
from tokcomp_cli.folder.allocate import FileCurve, common_cut, explained_with
from tokcomp_cli.folder.budget import folder_budget, outliers
from tokcomp_cli.folder.verdict import INEXACT, NOT_LOOKED


def curve(path, gains, *, merged_frames=1, start=0.0, target=0.9):
    """A file of known curve: what one token a merged frame explains, and what each further one adds."""
    values = start + np.concatenate([[0.0], np.cumsum(gains)])
    enough = np.flatnonzero(values >= target - 1e-9)
    needed = int(enough[0]) + merged_frames if len(enough) else None
    most = merged_frames + len(gains)
    return FileCurve(path, 200, merged_frames, most, needed, float(values[-1]), values)


EASY = curve("easy", [0.9, 0.05, 0.05])
HARD = curve("hard", [0.3, 0.3, 0.2, 0.1, 0.1])
MIDDLE = curve("middle", [0.5, 0.3, 0.15, 0.05])


def budget(curves, **settings):
    return folder_budget(curves, **{"target": 0.9, "total": None, "seed": 0} | settings)


def test_the_fixed_budget_is_the_smallest_whose_mean_reaches_the_target():
    found = budget([EASY, HARD, MIDDLE]).fixed
    means = {n: np.mean([explained_with(one, n) for one in (EASY, HARD, MIDDLE)]) for n in range(1, 7)}
    assert found.tokens == min(n for n, mean in means.items() if mean >= 0.9 - 1e-9) == 4
    assert found.explained == pytest.approx(means[4])
    assert found.total == 3 * 4
    assert found.reached == 2
    assert found.low <= found.tokens <= found.high


def test_nine_files_in_ten_need_what_all_but_the_hardest_of_ten_need():
    easy = [curve(f"easy {number}", [0.9, 0.1]) for number in range(9)]
    found = budget([*easy, HARD])
    assert found.most.tokens == 2
    assert found.most.reached == 9
    assert budget([*easy[:8], HARD, HARD]).most.tokens == HARD.needed == 5


def test_a_file_of_many_merged_frames_has_the_fixed_budget_for_each_of_them():
    video = curve("video", [0.1] * 12, merged_frames=4, start=0.0)
    found = budget([video])
    assert found.fixed.tokens == 4
    assert found.fixed.total == 16
    assert found.needs[0].each == video.needed / 4


gains = st.lists(st.floats(0.001, 1), min_size=1, max_size=4).map(lambda some: sorted(some, reverse=True))


@given(st.lists(st.tuples(gains, st.integers(1, 3)), min_size=1, max_size=3), st.integers(0, 12))
def test_the_common_cut_keeps_as_much_as_the_best_of_all_ways_to_spread_the_tokens(files, more):
    curves = [
        curve(str(n), np.array(some) / 10, merged_frames=frames) for n, (some, frames) in enumerate(files)
    ]
    total = min(sum(one.merged_frames for one in curves) + more, sum(one.most for one in curves))
    counts = common_cut(curves, total=total, mean=None)
    assert sum(counts) == total
    ways = product(*(range(one.merged_frames, one.most + 1) for one in curves))
    best = max(
        sum(explained_with(one, n) for one, n in zip(curves, way, strict=True))
        for way in ways
        if sum(way) == total
    )
    assert sum(map(explained_with, curves, counts)) == pytest.approx(best, abs=1e-9)


def test_the_adaptive_budget_reaches_the_fixed_ones_mean_and_one_token_less_does_not():
    curves = [EASY, HARD, MIDDLE]
    found = budget(curves)
    mean = found.fixed.explained
    assert found.adaptive.explained >= mean - 1e-9
    assert found.adaptive.saving == pytest.approx(1 - found.adaptive.total / found.fixed.total)
    assert found.adaptive.saving > 0
    below = common_cut(curves, total=found.adaptive.total - 1, mean=None)
    assert np.mean([explained_with(*pair) for pair in zip(curves, below, strict=True)]) < mean
    assert [need.adaptive for need in found.needs] == common_cut(curves, total=None, mean=mean)


def test_a_total_is_spread_whole_and_more_than_there_is_gives_each_file_all():
    curves = [EASY, HARD, MIDDLE]
    found = budget(curves, total=8)
    assert sum(need.adaptive for need in found.needs) == found.adaptive.total == 8
    assert found.adaptive.saving is None
    everything = budget(curves, total=10**6)
    assert [need.adaptive for need in everything.needs] == [one.most for one in curves]


def test_a_total_below_one_token_a_merged_frame_is_refused():
    with pytest.raises(PlanError, match=r"`total` 4 .* 5 merged frames"):
        budget([EASY, curve("video", [0.1], merged_frames=4)], total=4)


def test_without_a_dendrogram_only_what_each_file_needs_is_told():
    measured = FileCurve("pooled", 196, 1, 98, 49, 0.95, None)
    found = budget([EASY, measured])
    assert (found.fixed, found.most, found.adaptive) == (None, None, None)
    assert found.needed == EASY.needed + 49
    assert found.notes == (INEXACT, NOT_LOOKED)
    with pytest.raises(PlanError, match="`total`"):
        budget([EASY, measured], total=50)


def test_a_target_out_of_reach_is_named_and_counts_with_all_of_its_tokens():
    low = curve("low.png", [0.3, 0.2])
    found = budget([EASY, low])
    assert found.needed == EASY.needed + low.most
    assert [need.path for need in found.needs if need.needed is None] == ["low.png"]
    assert found.verdict.endswith("Out of reach with these settings: low.png.")
    assert budget([low]).fixed is None


def test_the_interval_is_the_same_each_time_and_wider_for_files_that_differ():
    alike = budget([MIDDLE] * 6)
    assert (alike.fixed.low, alike.fixed.high) == (alike.fixed.tokens, alike.fixed.tokens)
    mixed = [EASY, EASY, HARD, MIDDLE, HARD]
    assert budget(mixed) == budget(mixed)
    assert budget(mixed).fixed.low < budget(mixed).fixed.high


def test_outliers_lie_beyond_tukeys_fences_and_few_files_have_none():
    assert outliers([10, 11, 12, 13, 100]) == [None, None, None, None, "above"]
    assert outliers([10, 11, 12, 13, 1]) == [None, None, None, None, "below"]
    assert outliers([10, 11, 100]) == [None, None, None]
    assert outliers([10, 10, 10, 10, None]) == [None] * 5


def test_a_file_name_cannot_break_the_verdict():
    odd = curve("[/red]\nx.png", [0.3, 0.2])
    assert "\n" not in budget([EASY, odd]).verdict


def test_files_that_cannot_be_judged_at_this_resolution_are_named():
    page = replace(HARD, path="page.png", bound=True)
    found = budget([replace(EASY, bound=False), page])
    assert "Cannot be judged at this resolution (use --detail): page.png." in found.verdict
    assert found.notes == ()
    assert budget([EASY]).notes == (NOT_LOOKED,)
