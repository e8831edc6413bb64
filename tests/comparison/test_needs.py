"""What methods need of an encoder reaches them: relevance to the query, and their own vectors back."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from tests.helpers.laid_down import LaidDown, merged
from tokcomp_cli.compress import find
from tokcomp_cli.compress.cdpruner import choose
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.metrics import patch_weights
from tokcomp_cli.measure.fidelity import measure
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.stage import State, run_stages
from tokcomp_cli.pipeline.stage_list import merging_stages
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve


class Reader:
    """A laid-down encoder with a text tower and keys."""

    def __init__(self, features):
        self._inner = LaidDown(features, (3, 4))
        self.blank = self._inner.blank
        self.facts = replace(self._inner.facts, text=True)

    def encode(self, rgb):
        tokens = self._inner.encode(rgb)
        return replace(tokens, keys=tokens.features.flip(2), text_features=tokens.features[:, :, :4])

    def encode_text(self, text):
        return F.normalize(torch.tensor([1.0, -2.0, 0.5, 3.0]) if text == "which?" else torch.ones(4), dim=0)


def start(seen, original):
    return State(original, tuple(seen.groups), per_frame=True)


def test_relevance_to_the_query_reaches_the_method(shots):
    encoder = Reader(shots)
    plan = Plan.of(spatial="cdpruner", query="which?", spatial_ratio=5 / 12)
    seen, _, _ = merged(encoder, resolve(plan, encoder.facts), len(shots))
    assert len(seen.groups) == 3
    for group in seen.groups:
        mean = shots[group.first : group.last + 1].double().mean(0)
        texts = torch.stack([encoder.encode_text("which?"), encoder.encode_text("")]).double()
        answers = F.cosine_similarity(mean[:, None, :4], texts[None], dim=2)
        relevance = (answers[:, 0] - answers[:, 1]).float()
        kept = (group.parts[0].owner >= 0).nonzero().squeeze(1)
        assert torch.equal(kept, choose(mean.float(), relevance, 5).sort().values)


def test_without_query_or_text_tower_it_is_refused_before_decoding(shots):
    for encoder, plan in (
        (Reader(shots), Plan.of(spatial="cdpruner")),
        (LaidDown(shots, (3, 4)), Plan.of(spatial="cdpruner", query="which?")),
    ):
        with pytest.raises(PlanError, match="give `query` and an encoder with a text tower"):
            FrameMerger(encoder, resolve(plan, encoder.facts), Clock(), Pictures())


@pytest.mark.parametrize("name", ["visionzip:original", "prumerge:original", "prumerge"])
def test_weighted_vectors_are_measured_as_returned(shots, name):
    still = shots[::3]
    encoder = Reader(still)
    plan = Plan.of(spatial=name, spatial_ratio=0.5, temporal="none")
    settings = resolve(plan, encoder.facts)
    seen, original, clock = merged(encoder, settings, len(still))
    lost = 0.0
    for frame, group in zip(still, seen.groups, strict=True):
        tokens = grid_tokens(
            frame, (3, 4), saliency=frame.square().sum(1), keys=frame.flip(1), blank=encoder.blank
        )
        result = find("spatial", name).run(tokens, 6)
        owned = result.owner >= 0
        assert owned.all()
        apart = (frame - result.features[result.owner]).double().square().sum(1)
        lost += float(patch_weights(frame.square().sum(1)).double() @ apart)
        assert torch.equal(result.features, group.tokens.features)
    content = (still - encoder.blank).flatten(0, 1).double()
    counts = patch_weights(still.square().sum(2)).flatten().double()
    energy = float(counts @ (content - counts @ content / len(counts)).square().sum(1))
    staged = run_stages(merging_stages(settings, "medium", None), start(seen, original), clock)
    assert staged.records[0].fidelity.explained == pytest.approx(1 - lost / energy, rel=1e-6, abs=1e-5)
    assert not staged.records[0].notes
    assert measure(seen.groups, original, per_frame=False).explained == staged.records[0].fidelity.explained


def test_weights_of_a_merged_frame_are_said_to_be_that(shots):
    encoder = Reader(shots)
    plan = Plan.of(spatial="prumerge", spatial_ratio=0.5)
    settings = resolve(plan, encoder.facts)
    seen, original, clock = merged(encoder, settings, len(shots))
    staged = run_stages(merging_stages(settings, "medium", None), start(seen, original), clock)
    assert any("weights of prumerge" in note for note in staged.records[0].notes)
    assert staged.records[0].fidelity.explained == staged.records[1].fidelity.explained
