"""Each preset runs whole: counts follow through the ledger, every patch has an owner, figures are exact."""

from itertools import pairwise

import pytest
import torch

from tokcomp_cli.core.origin import check_conservation
from tokcomp_cli.errors import PlanError
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.presets import PRESETS, find_preset
from tokcomp_cli.plan.tiers import parse_tiers
from tokcomp_cli.reduce.conservation import full_origin, kept_tokens

STAGES = {
    "pvc": ["spatial", "temporal"],
    "fastvlm": ["spatial", "temporal", "detail"],
    "router": ["spatial", "temporal", "budget"],
    "arr-coc": ["spatial", "temporal", "budget", "lod"],
}
CLIP = {"frames": 6}


@pytest.fixture(scope="module")
def ran(samples, handcrafted):
    """Return what a preset makes of a sample, each once."""
    made = {}

    def go(name, sample, query=None):
        key = name, sample, query
        if key not in made:
            clip = {} if sample.endswith("g") else CLIP
            plan = Plan.of(query=query, preset=name, **clip)
            made[key] = run(str(samples / sample), plan, handcrafted)
        return made[key]

    return go


@pytest.mark.parametrize("sample", ["coffee.png", "sintel_trailer_360p.mp4"])
@pytest.mark.parametrize("name", list(STAGES))
def test_tokens_follow_through_and_every_patch_has_an_owner(ran, name, sample):
    result = ran(name, sample, "what does the small text say?")
    stages = result.analysis.stages
    assert [stage.name for stage in stages] == STAGES[name]
    for before, after in pairwise(stages):
        assert before.tokens_out == after.tokens_in
    origin, tokens = full_origin(result.groups), kept_tokens(result.groups)
    assert (
        stages[0].tokens_in == len(origin) == 196 * len(result.frame_index) == len(result.pts_seconds) * 196
    )
    check_conservation(origin, tokens.sizes, len(origin))
    assert len(tokens) == result.analysis.llm_input == sum(entry.tokens for entry in result.analysis.timeline)
    if name != "router" and name != "arr-coc":
        assert bool((origin >= 0).all())
    assert {stage.name for stage in stages} <= set(result.analysis.timings_ms)


def test_detail_tokens_stand_for_tiles_and_the_ledger_measures_every_patch(ran, samples, handcrafted):
    """The last line's figure agrees with a slow sum over frames and tiles."""
    result = ran("fastvlm", "coffee.png", "what does the small text say?")
    found, last = result.analysis.detail, result.analysis.stages[-1]
    assert found.wanted
    assert last.tokens_out == 49 + found.tokens_detail
    origin, tokens = full_origin(result.groups), kept_tokens(result.groups)
    detail = (tokens.position[:, 0] >= 1).nonzero().squeeze(1)
    assert len(detail) == found.tokens_detail
    assert torch.equal(torch.bincount(origin, minlength=len(tokens))[detail], torch.full((len(detail),), 9))
    again = run(str(samples / "coffee.png"), Plan.of(preset="fastvlm"), handcrafted)
    assert not again.analysis.detail.wanted
    assert again.analysis.llm_input == 49
    assert again.analysis.detail.explained_detail == found.explained_detail
    assert again.analysis.fidelity.explained < last.fidelity.explained


class Recording:
    """Encodes as another encoder does and keeps what it returned."""

    def __init__(self, encoder):
        self.facts, self.blank, self._encoder = encoder.facts, encoder.blank, encoder
        self.returned = []

    def encode(self, rgb):
        self.returned.append(self._encoder.encode(rgb))
        return self.returned[-1]


@pytest.mark.parametrize("query", [None, "what does the small text say?"])
@pytest.mark.parametrize(
    ("sample", "settings"),
    [
        ("coffee.png", {}),
        ("sintel_trailer_360p.mp4", {"frames": 6, "threshold": 0.9}),
        ("sintel_trailer_360p.mp4", {"frames": 6, "threshold": -1}),
        ("bigbuckbunny.mp4", {"frames": 5, "temporal": "uniform", "temporal_every": 2}),
    ],
)
def test_every_line_of_the_detail_ledger_is_exact(samples, handcrafted, sample, settings, query):
    """The last line's figure is that of a plain sum over all frames and tiles."""
    encoder = Recording(handcrafted)
    result = run(str(samples / sample), Plan.of(query=query, **settings, preset="fastvlm"), encoder)
    features = torch.cat([one.features for one in encoder.returned])
    content = (features - encoder.blank).flatten(0, 1).double()
    tokens, origin = kept_tokens(result.groups), full_origin(result.groups)
    assert len(origin) == len(content)
    stands = tokens.content.double()[origin.clamp(min=0)]
    dropped = origin < 0
    lost = (content - stands).square().sum(1)
    energy = max(float((content - content.mean(0)).square().sum()), encoder.facts.floor * len(content))
    if not dropped.any():
        evenly = result.analysis.fidelity.explained_evenly
        assert evenly == pytest.approx(1 - float(lost.sum()) / energy, abs=1e-5)
    assert dropped.any() == (settings.get("temporal") == "uniform")
    assert result.analysis.fidelity.explained_evenly <= 1 - float(lost[~dropped].sum()) / energy + 1e-5
    first = result.analysis.stages[0].fidelity
    assert (
        dropped.any() or first.explained_evenly >= result.analysis.stages[1].fidelity.explained_evenly - 1e-6
    )
    assert first.pooled == pytest.approx(1, abs=1e-4)


def test_the_router_traces_its_steps_and_what_each_lost(ran):
    analysis = ran("router", "coffee.png").analysis
    trace, stage = analysis.trace, analysis.stages[-1]
    assert (trace[0].tokens_in, trace[-1].tokens_out) == (stage.tokens_in, stage.tokens_out)
    lost = sum(step.explained_lost for step in trace)
    assert lost == pytest.approx(analysis.stages[1].fidelity.explained - stage.fidelity.explained, abs=1e-6)
    assert all(step.ratio == pytest.approx(step.tokens_in / stage.tokens_out) for step in trace)


def test_tiers_after_the_router_trace_the_router_alone(ran):
    analysis = ran("arr-coc", "coffee.png").analysis
    assert analysis.trace[-1].tokens_out == analysis.stages[2].tokens_out >= analysis.stages[3].tokens_out
    assert analysis.lod.tokens == 111


def test_what_contradicts_a_preset_is_an_error_and_what_agrees_is_none():
    for preset in PRESETS:
        assert Plan.of(**preset.fixed, preset=preset.name).preset == preset.name
    with pytest.raises(PlanError, match=r"fixes `budget` to 100%, and 64 was given"):
        Plan.of(budget=64, preset="pvc")
    with pytest.raises(PlanError, match=r"router fixes `reduce` to steps, and ward was given"):
        Plan.of(reduce="ward", preset="router")
    with pytest.raises(PlanError, match="takes no `spatial_ratio`"):
        Plan.of(spatial_ratio=0.3, preset="arr-coc")
    with pytest.raises(PlanError, match="`tiers` goes with"):
        Plan.of(tiers=parse_tiers("49x1"), preset="router")
    with pytest.raises(PlanError, match="did you mean"):
        find_preset("arrcoc")


@pytest.mark.parametrize("name", list(STAGES))
def test_a_temporal_method_over_the_whole_video_goes_with_no_preset_that_merges_frames(name):
    if name == "pvc":
        assert Plan.of(temporal="evs", spatial="pool", preset=name).temporal.whole_video
        return
    with pytest.raises(PlanError, match="`temporal` evs"):
        Plan.of(temporal="evs", preset=name)
