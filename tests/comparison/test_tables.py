"""Methods of one table start from the same tokens, end at the same count, and have names of their own."""

from dataclasses import replace

import pytest
import torch

from tests.helpers.laid_down import LaidDown, buffered
from tokcomp_cli.comparison.compare import compare
from tokcomp_cli.comparison.inputs import comparison_input
from tokcomp_cli.comparison.run_method import over_time
from tokcomp_cli.comparison.tables import compared
from tokcomp_cli.compress import METHODS, find
from tokcomp_cli.core.results.comparison import MERGED_FRAMES, WHOLE_VIDEO
from tokcomp_cli.core.shares import share
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve

CLIP = "bigbuckbunny.mp4"


def laid_down_input(shots, **given):
    encoder = LaidDown(shots, (3, 4))
    settings = resolve(Plan.of(**given), encoder.facts)
    return comparison_input(*buffered(encoder, settings, len(shots)), settings, encoder=None)


def recording(method, seen):
    """Return the method, which also notes how many tokens it is given."""

    def compress(tokens, *, num_keep):
        seen.append(len(tokens))
        return method.compress(tokens, num_keep=num_keep)

    def compress_video(features, *, num_keep, **saliency):
        seen.append(features.shape[0] * features.shape[1])
        return method.compress_video(features, num_keep=num_keep, **saliency)

    if method.compress_video is None:
        return replace(method, compress=compress)
    return replace(method, compress_video=compress_video)


@pytest.mark.parametrize("budget", [2, 9, 36, 50, 108])
def test_methods_of_a_pool_start_from_all_of_it_and_end_at_one_count(shots, budget):
    given = laid_down_input(shots, budget=budget)
    within, over = [], []
    rows, left_out = compared(given, (recording(find("spatial", "tome"), within),))
    assert not [note for note in left_out if "downsample" not in note]
    over_video = recording(find("temporal", "evs", whole_video=True), over)
    rows += compared(given, (over_video,))[0]
    assert {sum(within[at : at + len(given.grids)]) for at in range(0, len(within), len(given.grids))} == {
        len(given.groups) * 12
    }
    assert over == [108]
    assert {row.tokens_out for row in rows} == {budget}
    assert {row.pool for row in rows if row.stage == "spatial"} == {MERGED_FRAMES}
    assert {row.pool for row in rows if row.stage == "temporal"} == {WHOLE_VIDEO}


def test_random_over_the_whole_video_draws_from_all_its_tokens(shots):
    given = laid_down_input(shots, budget=54)
    drawn = [over_time(given, find("spatial", "random"), seed=seed).groups[0] for seed in range(20)]
    by_frame = torch.stack([torch.bincount(one.tokens.position[:, 0], minlength=9) for one in drawn])
    assert (by_frame.sum(1) == 54).all()
    assert by_frame.unique(dim=0).shape[0] > 10
    # 20 draws of 6 of 12 on average: a frame's sum has mean 120 and deviation under 8.
    assert (by_frame.sum(0) - 120).abs().max() < 32
    cells = torch.stack([(one.parts[4].owner >= 0).int() for one in drawn]).sum(0)
    assert cells.min() > 0


def test_lift_is_against_the_random_of_the_pool(shots):
    rows, _ = compared(laid_down_input(shots, budget=20), None)
    for pool in (MERGED_FRAMES, WHOLE_VIDEO):
        own = [row for row in rows if row.pool == pool]
        (random,) = [row for row in own if row.method == "random"]
        assert random.lift == 0
        assert {row.lift_spread for row in own} == {random.lift_spread}
        for row in own:
            assert row.lift == pytest.approx(row.fidelity.explained - random.fidelity.explained)
    assert len({row.lift_spread for row in rows}) == 2


def test_a_table_without_a_chosen_method_is_not_made(shots):
    given = laid_down_input(shots, budget=20)
    for name, whole, pool in (("ward", False, MERGED_FRAMES), ("evs", True, WHOLE_VIDEO)):
        chosen = (find("temporal" if whole else "spatial", name, whole_video=whole),)
        assert {row.pool for row in compared(given, chosen)[0]} == {pool}


@pytest.mark.parametrize(
    ("name", "budget"), [("coffee.png", "20"), ("city_cc0_cut_mpeg2.mkv", "40"), (CLIP, "60"), (CLIP, "50%")]
)
def test_rows_of_real_files_have_names_of_their_own(samples, handcrafted, name, budget):
    found = compare(str(samples / name), Plan.of(frames=5, budget=budget), handcrafted)
    labels = [row.label for row in found.methods]
    assert len(set(labels)) == len(labels)
    assert {row.tokens_out for row in found.methods} == {found.tokens}
    over_video = {row.method for row in found.methods if row.stage == "temporal" and not row.control}
    still = name.endswith(".png")
    assert over_video == (set() if still else {one.name for one in METHODS if one.compress_video})
    assert list(found.verdicts) == list(dict.fromkeys(row.pool for row in found.methods))
    for pool, verdict in found.verdicts.items():
        own = [row for row in found.methods if row.pool == pool]
        control = next(row for row in own if row.control)
        assert share(own[0].fidelity.explained) in verdict
        assert control.label in verdict
        assert verdict in found.verdict


@pytest.mark.parametrize("budget", [1, 11, 195, 196, 197, 900, 2156])
def test_the_budget_is_met_exactly_below_and_above_the_merged_tokens(samples, handcrafted, budget):
    chosen = (find("spatial", "prune"), find("temporal", "evs", whole_video=True))
    found = compare(str(samples / CLIP), Plan.of(budget=budget), handcrafted, chosen=chosen)
    assert found.tokens == budget
    assert {row.tokens_out for row in found.methods} == {budget}
    assert found.tokens_of(MERGED_FRAMES) >= budget
    assert found.tokens_of(WHOLE_VIDEO) == found.original == 2156


def test_what_the_user_set_caps_the_budget_and_is_named(samples, handcrafted):
    chosen = (find("spatial", "prune"),)
    plan = Plan.of(frames=4, budget=300, threshold=-1)
    found = compare(str(samples / CLIP), plan, handcrafted, chosen=chosen)
    assert (found.tokens, found.merged_frames) == (196, 1)
    assert any("--threshold" in note for note in found.notes)
    assert {row.tokens_out for row in found.methods} == {196}
