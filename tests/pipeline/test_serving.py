from dataclasses import replace

import pytest
import torch

from tokcomp_cli.compress import find
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.metrics import frame_loss
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.measure.reservoir import Reservoir, Totals
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.pipeline.serving import check_serving, evs_tokens, serving_setting
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.video_tokens import VideoTokens


class Texted:
    """An encoder of two dimensions of text; the tokens come from elsewhere."""

    def __init__(self, facts):
        self.facts = replace(facts, grid=(3, 4), dim=6, floor=1e-3, text=True)

    def encode_text(self, text):
        return torch.tensor([1.0, 0.0] if text == "a cup" else [0.0, 0.0])


@pytest.fixture
def laid(shots, handcrafted):
    """Return nine frames' tokens, what they are measured against, and an encoder with a text tower."""
    from tokcomp_cli.difficulty.signals import ImageSignals

    blank = torch.zeros(12, 6)
    totals, reservoir = Totals(6), Reservoir(seed=0)
    text = torch.randn(9, 12, 2, generator=torch.Generator().manual_seed(1))
    saliency = torch.ones(9, 12)
    for ordinal, frame in enumerate(shots):
        totals.add(frame, frame, saliency[ordinal])
        reservoir.add(ordinal, frame, saliency[ordinal])
    original = Original(totals, reservoir, blank, 1e-3, range(9), range(9))
    held = VideoTokens(shots, saliency, None, text, (ImageSignals(0.0, 0.0),) * 9, None)
    return held, original, Texted(handcrafted.facts)


def slowly(held, original, keep):
    """Return what pruning explains, patch by patch, a dropped one stood for by what owns it or is nearest."""
    lost = 0.0
    for frame, mask in zip(held.features, keep, strict=True):
        tokens = frame[mask]
        owner = torch.where(mask, mask.cumsum(0) - 1, -1)
        lost += float(frame_loss(frame, tokens, owner).squared.sum())
    return 1 - lost / original.totals.energy


@pytest.mark.parametrize("target", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("engine", ["vllm", "tensorrt-llm"])
def test_the_rate_is_the_strongest_that_keeps_the_target(laid, engine, target):
    held, original, encoder = laid
    found = serving_setting(held, original, Plan.of(serving=engine, target=target), encoder, still=False)
    assert found.explained >= target
    assert found.next_value is None or found.next_explained < target
    assert found.tokens_in == 108
    assert found.tokens_out == evs_tokens(9, 12, round(found.value * 100))
    assert f"{found.value:g}" in found.setting
    assert "proxy" in found.measured_in
    kept = find("temporal", "evs", whole_video=True).compress_video(
        held.features, num_keep=found.tokens_out, saliency=None
    )
    lost = (held.features.flatten(0, 1) - kept.features[kept.owner]).double().square().sum()
    assert found.explained == pytest.approx(1 - float(lost) / original.totals.energy, abs=1e-6)


def test_a_rate_beyond_the_first_frame_says_that_it_prunes_no_more(laid):
    held, original, encoder = laid
    plan = Plan.of(serving="vllm", target=0.9)
    moving = serving_setting(held, original, plan, encoder, still=False)
    assert not any("stays whole" in note for note in moving.notes)
    frozen = replace(held, features=held.features[:1].expand(9, -1, -1))
    totals, reservoir = Totals(6), Reservoir(seed=0)
    for ordinal, frame in enumerate(frozen.features):
        totals.add(frame, frame, torch.ones(12))
        reservoir.add(ordinal, frame, torch.ones(12))
    still = replace(original, totals=totals, reservoir=reservoir)
    found = serving_setting(frozen, still, plan, encoder, still=False)
    assert (found.tokens_out, found.value, found.next_value) == (12, 0.99, None)
    assert "above 0.89 no more is pruned here" in found.notes[0]


def test_evs_counts_as_the_engine_does():
    assert evs_tokens(10, 100, 75) == 250
    assert evs_tokens(10, 100, 99) == 100
    assert evs_tokens(3, 7, 0) == 21
    assert evs_tokens(2, 15, 33) == int(30 * (1 - 0.33))


@pytest.mark.parametrize("target", [0.6, 0.9, 1.0])
def test_cdpruner_prunes_each_frame_to_the_share(laid, target):
    from tokcomp_cli.compress.cdpruner import choose

    held, original, encoder = laid
    plan = Plan.of(serving="openvino", target=target, query="a cup")
    found = serving_setting(held, original, plan, encoder, still=False)
    assert found.setting == f"pruning_ratio={found.value:g}"
    assert found.tokens_out % 9 == 0
    assert found.explained >= target > (found.next_explained or 0)
    keep = torch.zeros(9, 12, dtype=torch.bool)
    for frame in range(9):
        relevance = torch.nn.functional.cosine_similarity(held.text[frame], torch.tensor([[1.0, 0.0]]), dim=1)
        keep[frame, choose(held.features[frame], relevance, found.tokens_out // 9)] = True
    assert found.explained == pytest.approx(slowly(held, original, keep), abs=1e-6)


def test_a_figure_from_a_sample_of_frames_says_so(laid):
    held, original, encoder = laid
    few = Reservoir(seed=0, capacity_bytes=3 * 12 * 6 * 4)
    for ordinal, frame in enumerate(held.features):
        few.add(ordinal, frame, torch.ones(12))
    plan = Plan.of(serving="openvino", query="a cup")
    found = serving_setting(held, replace(original, reservoir=few), plan, encoder, still=False)
    assert "measured on 3 of 9 frames" in found.notes[0]


def test_a_picture_has_no_video_to_prune(laid):
    held, original, encoder = laid
    found = serving_setting(held, original, Plan.of(serving="vllm"), encoder, still=True)
    assert found.setting is found.value is found.explained is None
    assert "an image: nothing to set" in found.notes[0]


def test_openvino_needs_a_query_and_a_text_tower(handcrafted):
    with pytest.raises(PlanError, match="give `query`"):
        Plan.of(serving="openvino")
    with pytest.raises(PlanError, match="no text tower"):
        check_serving(Plan.of(serving="openvino", query="a cup"), handcrafted)
    with pytest.raises(PlanError, match="`serving` takes vllm, vllm-vidcom2, tensorrt-llm, openvino"):
        Plan.of(serving="vlm")


def test_the_analysis_is_the_same_with_and_without_a_setting_beside_it(samples, handcrafted):
    path = str(samples / "bigbuckbunny.mp4")
    with_setting = run(path, Plan.of(frames=5, serving="vllm"), handcrafted).analysis
    without = run(path, Plan.of(frames=5), handcrafted).analysis
    assert with_setting.stages == without.stages
    assert with_setting.serving.tokens_in == 5 * 196
    assert without.serving is None


def test_a_clip_that_cannot_be_held_is_refused_before_it_is_decoded(samples, handcrafted, monkeypatch):
    monkeypatch.setattr("tokcomp_cli.reduce.video_tokens.HELD_BYTES", 196 * handcrafted.facts.dim * 4 * 3)
    with pytest.raises(PlanError, match="`serving` vllm needs the tokens of all 5 frames in memory and 3 of"):
        run(str(samples / "bigbuckbunny.mp4"), Plan.of(frames=5, serving="vllm"), handcrafted)


def test_vidcom2_names_what_is_kept_and_never_less_than_a_frame(laid):
    held, original, encoder = laid
    found = serving_setting(held, original, Plan.of(serving="vllm-vidcom2", target=0.5), encoder, still=False)
    assert found.setting == f"--video-retention-ratio {found.value:g}"
    assert found.next_value < found.value
    assert found.tokens_out == max(12, int(9 * 12 * round(found.value, 2) + 1e-9))
    assert found.explained >= 0.5 > found.next_explained
    frozen = replace(held, features=held.features[:1, :1].expand(9, 12, -1))
    totals, reservoir = Totals(6), Reservoir(seed=0)
    for ordinal, frame in enumerate(frozen.features):
        totals.add(frame, frame, torch.ones(12))
        reservoir.add(ordinal, frame, torch.ones(12))
    still = replace(original, totals=totals, reservoir=reservoir)
    plan = Plan.of(serving="vllm-vidcom2", target=1e-6)
    least = serving_setting(frozen, still, plan, encoder, still=False)
    assert least.tokens_out == 12
    assert any("one frame's tokens stay: below 0.11" in note for note in least.notes)


def test_few_frames_are_told(laid):
    held, original, encoder = laid
    few = replace(original, frame_index=range(3), pts_seconds=range(3))
    for engine, rule in (("vllm-vidcom2", "VidCom2"), ("vllm", "EVS")):
        found = serving_setting(held, few, Plan.of(serving=engine, target=0.9), encoder, still=False)
        assert any(f"only 3 frames were sampled: {rule}" in note for note in found.notes)
    still = serving_setting(held, few, Plan.of(serving="vllm-vidcom2"), encoder, still=True)
    assert still.setting is None
    assert "VidCom2" in still.notes[0]
