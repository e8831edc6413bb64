"""Methods on clips: what a run would keep, exact counts, and figures that a plain loop confirms."""

from dataclasses import replace

import pytest
import torch

from tests.helpers.laid_down import LaidDown, Ran
from tokcomp_cli.evidence.answerer import PLACES, Answerer, Tokens, start_from
from tokcomp_cli.evidence.checkpoint import VOCABULARIES
from tokcomp_cli.evidence.clips.on_clips import OnClips
from tokcomp_cli.evidence.figures import content_of
from tokcomp_cli.evidence.keeping import CLIPS, find_on
from tokcomp_cli.evidence.places import padded, whole
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, table
from tokcomp_cli.plan.plan import Plan

FRAMES, GRID, PATCHES, DIM = 8, (3, 4), 12, 6


@pytest.fixture(scope="module")
def clip():
    """Two shots of four frames, noise within a shot, (FRAMES, PATCHES, DIM)."""
    draw = torch.Generator().manual_seed(3)
    shots = torch.randn(2, PATCHES, DIM, generator=draw) * 3
    made = shots.repeat_interleave(4, 0) + torch.randn(FRAMES, PATCHES, DIM, generator=draw) * 0.3
    return made.half().float()


@pytest.fixture(scope="module")
def encoder(clip):
    return LaidDown(clip, GRID)


@pytest.fixture(scope="module")
def on(clip, encoder):
    saliency = encoder.saliency.flatten()[None]
    none = torch.zeros(1, 0)
    scenes = EncodedSet(clip.flatten(0, 1)[None], saliency, none, **table([], VOCABULARIES["clips"]))
    return OnClips(scenes, Scaling(encoder.blank, 1.0, GRID, FRAMES), encoder.facts)


@pytest.mark.parametrize("name", CLIPS.methods)
@pytest.mark.parametrize("num_keep", [9, 24, 60])
def test_every_method_keeps_so_many_tokens_and_traces_them(on, name, num_keep):
    kept = on.keep(find_on("clips", name), 0, num_keep)
    most = {"adjacent": 2 * PATCHES, "uniform": FRAMES * PATCHES // 2}.get(name, num_keep)
    assert len(kept.features) == min(num_keep, most)
    assert kept.owner.shape == (FRAMES * PATCHES,)
    assert torch.equal(kept.sizes, torch.bincount(kept.owner[kept.owner >= 0], minlength=len(kept.features)))


def test_merging_is_what_a_run_of_the_tool_makes(on, clip, encoder):
    kept = on.keep(find_on("clips", "frame-merge"), 0, 10)
    state = Ran(clip, GRID, Plan.of(temporal="frame-merge", budget="10", gate="off")).state
    content = torch.cat([group.tokens.content for group in state.groups])
    assert len(state.groups) == 2
    assert torch.allclose(content_of(kept, encoder.blank.repeat(FRAMES, 1)), content, atol=1e-5)
    assert int(kept.sizes.sum()) == FRAMES * PATCHES


def test_all_tokens_of_single_frames_are_the_patches(on, clip):
    kept = on.keep(find_on("clips", "none"), 0, FRAMES * PATCHES)
    assert torch.allclose(kept.features, clip.flatten(0, 1), atol=1e-5)
    assert torch.equal(kept.owner, torch.arange(FRAMES * PATCHES))


def test_figures_agree_with_a_loop(on, clip, encoder):
    kept = on.keep(find_on("clips", "frame-merge"), 0, 10)
    told, lost = on.measure(0, kept)
    blanks = encoder.blank.repeat(FRAMES, 1)
    content, tokens = clip.flatten(0, 1) - blanks, content_of(kept, blanks)
    counts = [
        encoder.saliency[at // PATCHES, at % PATCHES] / encoder.saliency[at // PATCHES].mean()
        for at in range(FRAMES * PATCHES)
    ]
    centre = sum(count * one for count, one in zip(counts, content, strict=True)) / len(content)
    gone = sum(
        float(count * (one - tokens[own]).square().sum())
        for count, one, own in zip(counts, content, kept.owner, strict=True)
    )
    there = sum(
        float(count * (one - centre).square().sum()) for count, one in zip(counts, content, strict=True)
    )
    assert told["explained"] == pytest.approx(1 - gone / there, abs=1e-4)
    assert told["weakest frame"] <= told["explained"]
    assert lost.shape == (FRAMES * PATCHES,)


def test_a_token_says_in_which_frames_its_patches_are(on, encoder):
    scaling = Scaling(encoder.blank, 1.0, GRID, FRAMES)
    kept = on.keep(find_on("clips", "frame-merge"), 0, 10)
    place = padded([kept], scaling.blanks, scaling.middles, 1.0).place[0]
    first = int(kept.owner[0])
    owned = (kept.owner == first).nonzero()[:, 0]
    shares = torch.bincount(owned // PATCHES, minlength=FRAMES) / len(owned)
    assert int((shares > 0).sum()) > 1
    assert torch.allclose(place[first, 2 : 2 + FRAMES], shares, atol=1e-6)
    assert place[first, -1] == pytest.approx(float(torch.tensor(len(owned)).log()), abs=1e-5)


def test_an_answerer_of_clips_begins_as_one_of_pictures_that_sees_no_time():
    torch.manual_seed(0)
    of_pictures = Answerer(DIM, VOCABULARIES["scenes"]).eval()
    of_clips = Answerer(DIM, VOCABULARIES["clips"]).eval()
    start_from(of_clips, of_pictures)
    scaling = Scaling(torch.zeros(PATCHES, DIM), 1.0, GRID, FRAMES)
    timed = whole(torch.randn(1, FRAMES * PATCHES, DIM), scaling.middles)
    flat = replace(timed, place=timed.place[..., [0, 1, -3, -2, -1]])
    assert flat.place.shape[-1] == PLACES

    def scores(net: Answerer, tokens: Tokens):
        kind = torch.tensor([[net.vocabulary.kinds.index("colour")]])
        allowed = torch.ones(1, 1, net.vocabulary.answers, dtype=torch.bool)
        with torch.no_grad():
            return net(tokens, kind, torch.tensor([[[3, 0]]]), allowed)

    assert torch.allclose(scores(of_clips, timed), scores(of_pictures, flat), atol=1e-6)
