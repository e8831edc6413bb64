"""Streaming sums against slow loops over every patch."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.origin import check_conservation
from tokcomp_cli.plan.budget import parse_budget
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.conservation import full_origin, kept_tokens

SPATIAL = ("saliency-ward", "ward", "pool", "none", "random", "uniform")
TEMPORAL = ("frame-merge", "adjacent", "none", "uniform")


def counts_of(ran):
    """What each patch counts: its share of its frame's saliency, of mean 1."""
    saliency = ran.saliency.double()
    return saliency / saliency.mean(1, keepdim=True)


def brute_explained(ran, origin, tokens):
    """Explained of the final tokens, patch by patch; a pruned patch has the nearest token of its frames."""
    content = ran.content.double()
    flat = content.flatten(0, 1)
    counts = counts_of(ran).flatten()
    centre = (counts[:, None] * flat).sum(0) / counts.sum()
    patches = content.shape[1]
    lost = torch.zeros(())
    for group, first in zip(ran.state.groups, _offsets(ran.state.groups), strict=True):
        rows = tokens[first : first + len(group.tokens)].double()
        for patch in range(group.first * patches, (group.last + 1) * patches):
            owner = int(origin[patch])
            if owner >= 0:
                apart = (flat[patch] - tokens[owner].double()).square().sum()
            else:
                apart = (flat[patch] - rows).square().sum(1).min()
            lost = lost + counts[patch] * apart
    energy = (counts * (flat - centre).square().sum(1)).sum()
    return float(1 - lost / max(float(energy), ran.floor * len(flat)))


def _offsets(groups):
    at = 0
    for group in groups:
        yield at
        at += len(group.tokens)


@pytest.mark.parametrize("spatial", SPATIAL)
@pytest.mark.parametrize("temporal", TEMPORAL)
@pytest.mark.parametrize("reduce", ["ward", "steps"])
@pytest.mark.parametrize("budget", ["2", "13", "40%"])
def test_explained_agrees_with_a_loop_over_every_patch(run_plan, shots, spatial, temporal, reduce, budget):
    plan = Plan.of(
        spatial=spatial, temporal=temporal, reduce=reduce, budget=parse_budget(budget), temporal_every=2
    )
    ran = run_plan(shots, plan)
    origin, kept = full_origin(ran.state.groups), kept_tokens(ran.state.groups)
    check_conservation(origin, kept.sizes, 9 * 12)
    found = ran.state.records[-1].fidelity
    assert found.explained == pytest.approx(brute_explained(ran, origin, kept.content), abs=1e-5)
    assert len(kept) == ran.state.records[-1].tokens_out


@pytest.mark.parametrize("spatial", SPATIAL)
def test_the_spatial_stage_agrees_with_a_loop_over_frames(run_plan, shots, spatial):
    ran = run_plan(shots, Plan.of(spatial=spatial, budget="100%"))
    content, counts = ran.content.double(), counts_of(ran)
    lost = 0.0
    for group in ran.state.groups:
        owner = group.parts[0].owner
        for frame in range(group.first, group.last + 1):
            x = content[frame]
            if spatial in {"random", "uniform"}:
                kept = x[owner >= 0]
                y = torch.stack([kept[(kept - row).square().sum(1).argmin()] for row in x])
            else:
                y = torch.stack([x[owner == owner[position]].mean(0) for position in range(12)])
            lost += float(counts[frame] @ (x - y).square().sum(1))
    flat = content.flatten(0, 1)
    centre = (counts.flatten()[:, None] * flat).sum(0) / counts.sum()
    energy = float(counts.flatten() @ (flat - centre).square().sum(1))
    assert ran.state.records[0].fidelity.explained == pytest.approx(1 - lost / energy, abs=1e-5)


def test_keeping_everything_loses_nothing_and_gives_the_tokens_back(run_plan, shots):
    ran = run_plan(shots, Plan.of(spatial="none", temporal="none", budget="100%"))
    kept = kept_tokens(ran.state.groups)
    assert torch.equal(kept.features, shots.flatten(0, 1))
    for stage in ran.state.records:
        assert stage.fidelity.explained == pytest.approx(1, abs=1e-7)
        assert stage.fidelity.cosine == pytest.approx(1, abs=1e-6)
        assert stage.fidelity.rank_kept == pytest.approx(1, abs=1e-6)
        assert stage.fidelity.coverage == pytest.approx(0, abs=1e-6)
        assert stage.tokens_in == stage.tokens_out == 9 * 12


def test_cuts_are_found_and_stages_chain(run_plan, shots):
    ran = run_plan(shots, Plan.of())
    assert [(group.first, group.last) for group in ran.state.groups] == [(0, 2), (3, 5), (6, 8)]
    first, second, third = ran.state.records
    assert (first.tokens_in, first.tokens_out) == (108, 54)
    assert (second.tokens_in, second.tokens_out) == (54, 18)
    assert (third.tokens_in, third.tokens_out) == (18, 9)


def test_a_merged_frame_is_the_mean_and_a_token_the_mean_of_its_patches(run_plan, shots):
    ran = run_plan(shots, Plan.of(budget="100%"))
    group = ran.state.groups[1]
    grid, owner = shots[3:6].mean(0), group.parts[0].owner
    assert len(group.tokens) == 12  # nothing that the user did not set caps a budget
    for token, row in enumerate(group.tokens.features):
        torch.testing.assert_close(row, grid[owner == token].mean(0))
    torch.testing.assert_close(
        group.tokens.saliency, torch.stack([ran.saliency[3:6][:, owner == t].sum() for t in range(12)])
    )


def turning(frames):
    """Return twelve different patches that turn by two degrees a frame, (T, 12, 2)."""
    angle = torch.arange(frames)[:, None] * torch.pi / 90 + torch.arange(12) * torch.pi / 6
    return torch.stack([angle.cos(), angle.sin()], 2) * 10


def test_adjacent_blends_by_similarity(run_plan):
    features = turning(3)
    plan = Plan.of(temporal="adjacent", spatial="none", threshold=0.5, budget="100%")
    ran = run_plan(features, plan)
    alike = ContentSimilarity("mean", ran.floor)
    expected = features[0]
    for before, frame in zip(ran.content[:-1], ran.content[1:], strict=True):
        alpha = alike(frame, before)
        expected = alpha * expected + (1 - alpha) * (frame + 0.25)
    torch.testing.assert_close(ran.state.groups[0].tokens.features, expected)


def test_a_slow_pan_chains_with_adjacent_but_not_with_the_running_mean(run_plan):
    chained = run_plan(turning(45), Plan.of(temporal="adjacent")).state.groups
    split = run_plan(turning(45), Plan.of(temporal="frame-merge")).state.groups
    assert len(chained) == 1
    assert len(split) > 1


def test_uniform_temporal_drops_frames_and_their_patches_are_pruned(run_plan, shots):
    ran = run_plan(shots, Plan.of(temporal="uniform", temporal_every=4, spatial="none"))
    origin = full_origin(ran.state.groups).view(9, 12)
    assert [(group.first, group.last) for group in ran.state.groups] == [(0, 3), (4, 7), (8, 8)]
    assert [bool((row >= 0).any()) for row in origin] == [True, False, False, False] * 2 + [True]


def test_joining_lands_below_the_number_of_merged_frames(run_plan, shots):
    for total in (1, 2):
        ran = run_plan(shots, Plan.of(budget=parse_budget(str(total))))
        assert [len(group.tokens) for group in ran.state.groups] == [1] * total
        assert sum(group.frames for group in ran.state.groups) == 9
        assert "joined" in ran.state.records[-1].notes[0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    frames=st.integers(1, 6),
    total=st.integers(1, 80),
    spatial=st.sampled_from(SPATIAL),
    temporal=st.sampled_from(TEMPORAL),
    allocate=st.sampled_from(["cut", "uniform"]),
    reduce=st.sampled_from(["ward", "steps"]),
)
def test_every_budget_is_exact_and_conserves(
    run_plan, data, frames, total, spatial, temporal, allocate, reduce
):
    seed = data.draw(st.integers(0, 99))
    features = torch.randn(frames, 12, 5, generator=torch.Generator().manual_seed(seed))
    if data.draw(st.booleans()):
        features[:] = features[0, 0]
    plan = Plan.of(
        spatial=spatial,
        temporal=temporal,
        allocate=allocate,
        reduce=reduce,
        budget=parse_budget(str(total)),
        seed=seed,
    )
    ran = run_plan(features, plan)
    there = ran.state.records[1].tokens_out
    assert ran.state.records[2].tokens_out == min(total, there)
    kept = kept_tokens(ran.state.groups)
    check_conservation(full_origin(ran.state.groups), kept.sizes, frames * 12)
    assert torch.isfinite(kept.features).all()
    again = run_plan(features, plan)
    assert torch.equal(kept_tokens(again.state.groups).features, kept.features)
