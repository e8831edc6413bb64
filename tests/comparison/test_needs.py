"""What methods need of an encoder reaches them: relevance to the query, and their own vectors back."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from tests.helpers.laid_down import LaidDown, batches
from tokcomp_cli.compress import find
from tokcomp_cli.compress.cdpruner import choose
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import measure
from tokcomp_cli.pipeline.read import original_of
from tokcomp_cli.pipeline.stages import run_stages
from tokcomp_cli.pipeline.stream import Grouper, stream
from tokcomp_cli.plan.plan import Plan


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
        return F.normalize(torch.tensor([1.0, -2.0, 0.5, 3.0]), dim=0)


def streamed(encoder, plan, frames, num_keep=5):
    clock = Clock()
    grouper = Grouper(encoder, plan, clock, threshold=0.8, statistic="mean", widest=num_keep)
    seen = stream(batches(frames), encoder, grouper, clock, lambda done: None, workers=1)
    return seen, original_of(seen, encoder), clock


def test_relevance_to_the_query_reaches_the_method(shots):
    encoder = Reader(shots)
    seen, _, _ = streamed(encoder, Plan(spatial="cdpruner", query="which?"), len(shots))
    assert len(seen.groups) == 3
    for group in seen.groups:
        mean = shots[group.first : group.last + 1].double().mean(0)
        relevance = F.cosine_similarity(mean[:, :4], encoder.encode_text("")[None].double(), dim=1).float()
        kept = (group.parts[0].owner >= 0).nonzero().squeeze(1)
        assert torch.equal(kept, choose(mean.float(), relevance, 5).sort().values)


def test_without_query_or_text_tower_it_is_refused_before_decoding(shots):
    for encoder, plan in (
        (Reader(shots), Plan(spatial="cdpruner")),
        (LaidDown(shots, (3, 4)), Plan(spatial="cdpruner", query="which?")),
    ):
        with pytest.raises(PlanError, match="give `query` and an encoder with a text tower"):
            Grouper(encoder, plan, Clock(), threshold=0.8, statistic="mean", widest=5)


@pytest.mark.parametrize("name", ["visionzip:original", "prumerge:original", "prumerge"])
def test_weighted_vectors_are_measured_as_returned(shots, name):
    still = shots[::3]
    encoder = Reader(still)
    plan = Plan(spatial=name, spatial_ratio=0.5, temporal="none")
    seen, original, clock = streamed(encoder, plan, len(still), num_keep=6)
    lost = 0.0
    for frame, group in zip(still, seen.groups, strict=True):
        tokens = grid_tokens(
            frame, (3, 4), saliency=frame.square().sum(1), keys=frame.flip(1), blank=encoder.blank
        )
        result = find("spatial", name).run(tokens, 6)
        owned = result.owner >= 0
        assert owned.all()
        lost += float((frame - result.features[result.owner]).double().square().sum())
        assert torch.equal(result.features, group.tokens.features)
    content = (still - encoder.blank).flatten(0, 1).double()
    energy = float((content - content.mean(0)).square().sum())
    staged = run_stages(
        seen.groups,
        original,
        plan,
        settings=plan.record(threshold=0.8, similarity="mean"),
        band="medium",
        facts=encoder.facts,
        clock=clock,
    )
    assert staged.stages[0].fidelity.explained == pytest.approx(1 - lost / energy, rel=1e-6, abs=1e-5)
    assert not staged.stages[0].notes
    assert measure(seen.groups, original, per_frame=False).explained == staged.stages[0].fidelity.explained


def test_weights_of_a_merged_frame_are_said_to_be_that(shots):
    encoder = Reader(shots)
    plan = Plan(spatial="prumerge", spatial_ratio=0.5)
    seen, original, clock = streamed(encoder, plan, len(shots), num_keep=6)
    settings = plan.record(threshold=0.8, similarity="mean")
    staged = run_stages(
        seen.groups, original, plan, settings=settings, band="medium", facts=encoder.facts, clock=clock
    )
    assert any("weights of prumerge" in note for note in staged.stages[0].notes)
    assert staged.stages[0].fidelity.explained == staged.stages[1].fidelity.explained
