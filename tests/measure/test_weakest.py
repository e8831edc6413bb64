import pytest
import torch

from tokcomp_cli.fidelity.metrics import patch_weights
from tokcomp_cli.measure.weakest import AT_RISK, REGIONS, ninths, weakest_of
from tokcomp_cli.plan.plan import Plan

GRID = (3, 4)


def test_the_weakest_moment_is_the_worst_frame_of_the_ledger(run_plan, shots):
    ran = run_plan(shots, Plan.of(budget="9"))
    found, worst = weakest_of(ran.state.groups, ran.original, GRID), ran.state.last.fidelity.worst_frame
    assert (found.frame, found.seconds, found.region) == (worst.frame, worst.seconds, None)
    assert found.explained == pytest.approx(worst.explained, abs=1e-9)


def test_the_weakest_region_is_measured_patch_by_patch(run_plan, shots):
    ran = run_plan(shots[:1], Plan.of(budget="4"))
    group, content = ran.state.groups[0], ran.content[0]
    owner, counts = group.parts[0].owner, patch_weights(ran.saliency[0])
    mean = (counts[:, None] * content).mean(0)
    by_region = {}
    for number, name in enumerate(REGIONS):
        rows = (ninths(GRID) == number).nonzero().flatten()
        stand_in = group.tokens.content[owner]
        lost = sum(float(counts[row] * (content[row] - stand_in[row]).square().sum()) for row in rows)
        energy = sum(float(counts[row] * (content[row] - mean).square().sum()) for row in rows)
        by_region[name] = 1 - lost / energy
    found = weakest_of(ran.state.groups, ran.original, GRID)
    assert found.region == min(by_region, key=by_region.get)
    assert found.explained == pytest.approx(by_region[found.region], abs=1e-5)
    assert (found.frame, found.seconds) == (None, None)
    assert found.at_risk == tuple(
        name for name in sorted(by_region, key=by_region.get) if by_region[name] < AT_RISK
    )
    assert 0 < len(found.at_risk) < len(REGIONS)


@pytest.mark.parametrize("grid", [(14, 14), (3, 3), (16, 10), (4, 7)])
def test_ninths_are_whole_blocks_of_the_grid_in_raster_order(grid):
    region = ninths(grid).view(grid)
    assert region.unique().tolist() == list(range(9))
    assert torch.equal(region // 3, (region // 3).sort(0).values)
    assert torch.equal(region % 3, (region % 3).sort(1).values)
    assert ninths((1, 1)).tolist() == [0]


@pytest.mark.parametrize("weakest", [0.3, 0.8, 0.9])
@pytest.mark.parametrize("frames", [1, 9])
def test_the_count_holds_for_the_weakest_and_none_below_does(run_plan, shots, frames, weakest):
    plan = Plan.of(target=0.9, weakest=weakest)
    state = run_plan(shots[:frames], plan).state
    found, curve = state.recommendation, state.curve

    def holds(total):
        return curve.explained(total) >= 0.9 - 5e-7 and curve.weakest(total).explained >= weakest - 5e-7

    tried = [total for total in range(1, curve.most + 1) if holds(total)]
    if found.recommended is None:
        assert not tried
        assert found.weakest == curve.weakest(curve.most)
        return
    assert found.fewest
    assert found.recommended.tokens == tried[0]
    assert found.weakest.explained >= weakest - 5e-7
    asked = run_plan(shots[:frames], Plan.of(budget=f"{tried[0]}")).state
    assert weakest_of(asked.groups, asked.original, GRID).explained == found.weakest.explained
    aimed = run_plan(shots[:frames], Plan.of(budget="target=0.9", weakest=weakest)).state
    assert aimed.tokens == tried[0]
