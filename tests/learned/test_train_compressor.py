"""Training a compressor: its loss falls, it goes on to the same result, and it is judged."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from tests.evidence.toy import DIM, toy_scaling, toy_scenes
from tokcomp_cli.compress import find
from tokcomp_cli.compress.learned import CompressorCard, read_compressor, write_compressor
from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.errors import EvidenceError, PlanError
from tokcomp_cli.evidence import prepared
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.checkpoint import ANSWERER, load_answerer
from tokcomp_cli.evidence.places import padded
from tokcomp_cli.evidence.prepared import Wanted
from tokcomp_cli.evidence.task.easy_vqa import VOCABULARY
from tokcomp_cli.evidence.task.on_pictures import OnPictures
from tokcomp_cli.learned import losses, train_compressor
from tokcomp_cli.learned.losses import AnswerLoss, Compressing, Rebuilder, ReconstructionLoss
from tokcomp_cli.learned.train_compressor import Settings, fit, measured
from tokcomp_cli.training.course import STATE

CARD = CompressorCard(
    encoder="e",
    encoder_sha256="",
    dim=DIM,
    scale=1.0,
    fewest=2,
    most=6,
    of=16,
    loss="answers",
    readers=("trained along",),
    seed=1,
    epochs=3,
    scenes=96,
    minutes=0.0,
    data=("made here",),
    figures={},
)


@pytest.fixture(scope="module")
def scenes():
    return toy_scenes()


@pytest.fixture(scope="module")
def scaling(scenes):
    return toy_scaling(scenes)


@pytest.fixture(autouse=True)
def _few_tokens(monkeypatch):
    monkeypatch.setattr(losses, "FEWEST", 2)
    monkeypatch.setattr(losses, "MOST", 6)


def loss_of(net: LearnedCompressor, scenes, scaling, readers) -> float:
    """Return the loss of a compressor with these answerers over all scenes, at budgets drawn alike."""
    with torch.no_grad():
        loss = AnswerLoss(Compressing(scenes, scaling, net), readers, jointly=False)
        draw = torch.Generator().manual_seed(5)
        return float(torch.stack([loss(torch.arange(len(scenes)), draw) for _ in range(6)]).mean())


def test_with_an_answerer_that_stays_the_loss_falls_and_the_answerer_is_as_it_was(scenes, scaling, tmp_path):
    torch.manual_seed(0)
    answerer = Answerer(DIM, VOCABULARY).requires_grad_(False).eval()
    before = {name: value.clone() for name, value in answerer.state_dict().items()}
    torch.manual_seed(CARD.seed)
    untrained = loss_of(LearnedCompressor(DIM), scenes, scaling, [(answerer, scaling)])
    card = replace(CARD, epochs=30, readers=("frozen",))
    found = fit(scenes, scaling, [(answerer, scaling)], card, "easy-vqa", tmp_path)
    assert loss_of(found.net, scenes, scaling, [(answerer, scaling)]) < 0.95 * untrained
    assert all(torch.equal(value, before[name]) for name, value in answerer.state_dict().items())
    assert not (tmp_path / ANSWERER).exists()


def test_an_answerer_trained_along_is_kept_and_reads_the_tokens(scenes, scaling, tmp_path):
    found = fit(scenes, scaling, [], replace(CARD, epochs=40), "easy-vqa", tmp_path)
    net, about, again = load_answerer(tmp_path / ANSWERER)
    assert about.regime == "joint"
    assert loss_of(found.net, scenes, scaling, [(net, again)]) < 0.5
    fresh = Answerer(DIM, VOCABULARY).eval()
    assert loss_of(found.net, scenes, scaling, [(fresh, scaling)]) > 0.9


def test_without_labels_it_learns_to_rebuild(scenes, scaling, tmp_path):
    blind = replace(scenes, answer=torch.full_like(scenes.answer, -1))  # an answer that is read fails
    card = replace(CARD, loss="reconstruction", readers=(), epochs=10)
    found = fit(blind, scaling, [], card, "easy-vqa", tmp_path)
    assert found.readers == ()
    state = load_file(tmp_path / STATE)
    rebuilder = Rebuilder(DIM)
    trained = {
        name.removeprefix("net.rebuilder."): value for name, value in state.items() if "rebuilder" in name
    }

    def lost(net, decoder) -> float:
        with torch.no_grad():
            loss = ReconstructionLoss(Compressing(blind, scaling, net), decoder)
            return float(loss(torch.arange(len(blind)), torch.Generator().manual_seed(5)))

    untrained = lost(LearnedCompressor(DIM), rebuilder)
    rebuilder.load_state_dict(trained)
    assert lost(found.net, rebuilder) < 0.8 * untrained


@pytest.mark.parametrize("loss", ["answers", "reconstruction"])
def test_an_interrupted_training_goes_on_to_the_same_result(scenes, scaling, tmp_path, loss):
    card = replace(CARD, loss=loss, epochs=2)
    whole = fit(scenes, scaling, [], card, "easy-vqa", tmp_path / "whole")
    assert fit(scenes, scaling, [], card, "easy-vqa", tmp_path / "halves", minutes=0) is None
    halves = fit(scenes, scaling, [], card, "easy-vqa", tmp_path / "halves", minutes=0)
    for name, value in whole.net.state_dict().items():
        assert torch.equal(value, halves.net.state_dict()[name])
    with pytest.raises(EvidenceError, match="another training is there"):
        fit(scenes, scaling, [], replace(card, seed=2), "easy-vqa", tmp_path / "halves")


def test_training_and_judging_give_the_answerer_the_same_tokens(scenes, scaling, tmp_path):
    """What the loss is computed on is what `eval task` asks about."""
    net = LearnedCompressor(DIM).eval()
    with torch.no_grad():
        for value in net.parameters():
            value.add_(torch.randn(value.shape) * 0.1)
            value.copy_(value.half().float())  # as it is kept
    file = tmp_path / "compressor.safetensors"
    write_compressor(file, net, replace(CARD, scale=scaling.scale))
    given = Compressing(scenes, scaling, net)
    with torch.no_grad():
        tokens, _ = given.tokens(torch.arange(3), torch.Generator().manual_seed(5))
    count = tokens.content.shape[1]
    method = find("spatial", f"learned:{file}")
    kept = [OnPictures(scenes, scaling, 0.1).keep(method, at, count) for at in range(3)]
    judged = padded(kept, scaling.blanks, scaling.middles, scaling.scale)
    for row in range(3):  # tokens are in the order of what they keep, or of their earliest patch
        order, other = tokens.place[row, :, :2].sum(1).argsort(), judged.place[row, :, :2].sum(1).argsort()
        torch.testing.assert_close(tokens.place[row][order], judged.place[row][other])
        torch.testing.assert_close(
            tokens.content[row][order], judged.content[row][other], atol=1e-4, rtol=1e-3
        )


def test_figures_stand_beside_those_of_the_default(scenes, scaling, tmp_path, monkeypatch):
    monkeypatch.setattr(train_compressor, "BUDGETS", (2, 4))
    file = tmp_path / "compressor.safetensors"
    write_compressor(file, LearnedCompressor(DIM), replace(CARD, scale=scaling.scale))
    told = measured(file, [(Answerer(DIM, VOCABULARY).eval(), scaling)], scenes, scaling, 0.1)
    assert {"right at 2", "explained at 4", "saliency-ward, right at 4"} <= told.keys()
    assert told["explained at 4"] > told["explained at 2"]
    assert "right at 2" not in measured(file, [], scenes, scaling, 0.1)


def test_from_pictures_to_a_checkpoint(packages, handcrafted, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "FEWEST", 4)
    monkeypatch.setattr(train_compressor, "CHECKED", 4)
    monkeypatch.setattr(train_compressor, "BUDGETS", (8,))
    wanted = Wanted("scenes", "train", 6, str(packages))
    file = tmp_path / "sub" / "compressor.safetensors"
    ticks = []

    def run(minutes: float) -> CompressorCard | None:
        settings = Settings(epochs=2, minutes=minutes)
        return train_compressor.train_compressor(
            wanted, handcrafted, file, settings, lambda done, total: ticks.append((done, total))
        )

    assert run(0) is None
    assert not file.exists()
    card = run(0)
    assert (2, 2) in ticks
    assert (card.encoder, card.scenes, card.epochs, card.readers) == ("handcrafted", 6, 2, ("trained along",))
    assert card.minutes >= 0
    assert any("CC BY-SA" in one for one in card.data)
    assert 0 <= card.figures["right at 8"] <= 1
    assert read_compressor(file)[1] == card
    answerer = file.with_suffix("") / ANSWERER
    frozen = replace(Settings(epochs=1), answerers=(answerer,))
    again = train_compressor.train_compressor(
        wanted, handcrafted, tmp_path / "sub" / "other.safetensors", frozen, lambda _done, _total: None
    )
    assert again.readers == ("joint 0, 6 scenes",)


def test_a_set_is_large_enough():
    with pytest.raises(PlanError, match="at least 100"):
        Wanted("scenes", "train", 6)
