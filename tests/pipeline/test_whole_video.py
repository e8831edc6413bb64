"""Temporal methods over the whole video, against slow loops."""

import numpy as np
import pytest
import torch

from tests.helpers.laid_down import LaidDown, buffered
from tokcomp_cli.compress import METHODS, find
from tokcomp_cli.compress.dendrogram import cut
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.origin import check_conservation
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.encoders.handcrafted import FACTS
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import measure
from tokcomp_cli.pipeline.stage import State, run_stages
from tokcomp_cli.pipeline.stage_list import whole_video_stages
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reduce import whole_video as room
from tokcomp_cli.reduce.conservation import full_origin, kept_tokens
from tokcomp_cli.reduce.video_tokens import check_room

OVER_TIME = [method.name for method in METHODS if method.compress_video]


def go(shots, plan, grid=(3, 4)):
    encoder = LaidDown(shots, grid)
    settings = resolve(plan, encoder.facts)
    video, original = buffered(encoder, settings, len(shots))
    state = run_stages(whole_video_stages(settings, "medium"), State(original, video=video), Clock())
    return state, original, encoder


@pytest.mark.parametrize("budget", ["100%", "20"])
@pytest.mark.parametrize("name", OVER_TIME)
def test_explained_is_what_a_slow_loop_finds(shots, name, budget):
    staged, _, encoder = go(shots, Plan.of(temporal=name, temporal_ratio=0.4, budget=budget))
    (group,) = staged.groups
    tokens, origin = kept_tokens(staged.groups), full_origin(staged.groups)
    check_conservation(origin, tokens.sizes, shots.shape[0] * shots.shape[1])
    assert staged.records[1].tokens_out == 43
    assert len(tokens) == (43 if budget == "100%" else 20)
    content = (shots - encoder.blank).double()
    kept = (tokens.features - 0.25).double()
    lost = 0.0
    for frame, own in enumerate(origin.view(len(shots), -1)):
        near = next(
            rows
            for other in sorted(range(len(shots)), key=lambda other: (abs(other - frame), other))
            if (rows := torch.unique(origin.view(len(shots), -1)[other])).max() >= 0
        )
        near = near[near >= 0]
        for position, owner in enumerate(own.tolist()):
            x = content[frame, position]
            apart = (kept[[owner]] if owner >= 0 else kept[near]) - x
            lost += float(apart.square().sum(1).min())
    flat = content.flatten(0, 1)
    energy = float((flat - flat.mean(0)).square().sum())
    assert staged.records[-1].fidelity.explained_evenly == pytest.approx(1 - lost / energy, abs=1e-5)
    assert group.whole_video


def test_keeping_everything_loses_nothing(shots):
    staged, _, _ = go(shots, Plan.of(temporal="evs", temporal_ratio=1.0, budget="100%"))
    assert torch.equal(kept_tokens(staged.groups).features, shots.flatten(0, 1))
    for stage in staged.records:
        assert stage.fidelity.explained == pytest.approx(1, abs=1e-9)
    assert staged.records[0].fidelity.rank_kept == 1


def test_frames_may_be_pooled_before(shots):
    plan = Plan.of(temporal="vidcom2", spatial="pool", temporal_ratio=0.5, budget="100%")
    staged, _, _ = go(shots, plan)
    first, second, _ = staged.records
    assert (first.tokens_in, first.tokens_out) == (108, 54)
    assert second.tokens_out == 27
    check_conservation(full_origin(staged.groups), kept_tokens(staged.groups).sizes, 108)
    assert 0 < second.fidelity.explained < first.fidelity.explained < 1


def test_a_target_is_searched_among_what_the_method_keeps(shots):
    plan = Plan.of(temporal="space-time", temporal_ratio=0.5, budget="target=0.9", target=0.9)
    staged, _, _ = go(shots, plan)
    assert staged.records[-1].fidelity.explained >= 0.9
    assert staged.recommendation.recommended.tokens == staged.records[-1].tokens_out
    plan = Plan.of(temporal="evs", temporal_ratio=0.01, budget="target=1")
    assert any("raise --temporal-ratio" in note for note in go(shots, plan)[0].records[-1].notes)


def test_blocks_share_dendrograms_and_every_count_is_reached(shots, monkeypatch):
    staged, original, _ = go(shots, Plan.of(temporal="evs", temporal_ratio=0.4, budget="100%"))
    group = staged.groups[0]
    whole = room.with_tree(group).tree
    assert np.array_equal(whole.merges, dendrogram(group.tokens).merges)
    monkeypatch.setattr(room, "BLOCK", 5)
    tree = room.with_tree(group).tree
    assert tree.num_tokens == len(group.tokens)
    assert (np.diff(tree.heights) >= 0).all()
    for count in range(1, len(group.tokens) + 1):
        assert int(cut(tree, count).max()) + 1 == count
    assert measure([group], original, per_frame=False).sampled is None


def test_what_does_not_go_with_it_is_refused():
    for settings, said in (
        ({"spatial": "ward"}, "use `spatial` none or pool"),
        ({"spatial": "tome", "spatial_ratio": 0.5}, "use `spatial` none or pool"),
        ({"reduce": "steps"}, "use `reduce` ward"),
        ({"temporal_ratio": 0.0}, "above 0 and at most 1"),
        ({"temporal": "frame-merge", "temporal_ratio": 0.5}, "merges frames by `threshold`"),
    ):
        with pytest.raises(PlanError, match=said):
            Plan.of(**{"temporal": "evs", **settings})
    settings = resolve(Plan.of(temporal="evs"), FACTS)
    assert (settings.spatial, settings.spatial_ratio, settings.may_widen) == ("none", 1, False)
    assert resolve(Plan.of(temporal="dycoke"), FACTS).temporal_ratio == 0.475


def test_more_frames_than_fit_are_refused_before_decoding(shots):
    facts = LaidDown(shots, (3, 4)).facts
    check_room(9, facts, why="evs", limit=9 * 12 * 6 * 4)
    with pytest.raises(PlanError, match=r"all 9 frames.* 8 of them fit.*`max_frames` 8"):
        check_room(9, facts, why="evs", limit=8 * 12 * 6 * 4)


def test_a_clip_through_the_command(tmp_path, samples):
    from safetensors.torch import load_file

    from tokcomp_cli.commands.app import run

    path = tmp_path / "tokens.safetensors"
    clip = str(samples / "city_cc0_cut_mpeg2.mkv")
    arguments = ["--encoder", "handcrafted", "--frames", "5", "--temporal", "evs", "--save", str(path)]
    assert run(["analyze", clip, *arguments, "--budget", "60", "-q"]) == 0
    saved = load_file(path)
    assert len(saved["origin"]) == 5 * 196
    assert torch.equal(torch.bincount(saved["origin"][saved["origin"] >= 0], minlength=60), saved["sizes"])
    assert (saved["position"][:, 0].diff() >= 0).all()


def test_the_timeline_has_one_entry_a_frame(samples):
    from tokcomp_cli.encoders import load_encoder
    from tokcomp_cli.pipeline.run import run

    plan = Plan.of(encoder="handcrafted", frames=4, temporal="holitom", budget="50")
    analysis = run(str(samples / "city_cc0_cut_mpeg2.mkv"), plan, load_encoder("handcrafted")).analysis
    assert len(analysis.timeline) == len(analysis.maps) == len(analysis.frame_similarity.values) == 4
    assert sum(entry.tokens for entry in analysis.timeline) == analysis.llm_input == 50
    assert {entry.frames for entry in analysis.timeline} == {1}
    assert analysis.plan["spatial"] == "none"


def test_find_still_refuses_them_where_no_video_is_held():
    with pytest.raises(PlanError, match="all frames at once"):
        find("temporal", "evs")
