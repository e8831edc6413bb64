"""Training PVC: its loss falls, it goes on to the same result, and it is judged beside others."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence import prepared
from tokcomp_cli.evidence.prepared import Wanted
from tokcomp_cli.learned.pvc import judge, train_pvc
from tokcomp_cli.learned.pvc.checkpoint import read_pvc
from tokcomp_cli.learned.pvc.clips import timed_clips
from tokcomp_cli.learned.pvc.making import Making
from tokcomp_cli.learned.pvc.reading import Reads, all_of, kept_by, shares
from tokcomp_cli.learned.pvc.train_pvc import Settings, Training
from tokcomp_cli.training.course import STATE


@pytest.fixture
def training(clips, embedded, card, tmp_path):
    def made(folder: str, minutes: float = float("inf"), **changes: object) -> Training:
        settings = Settings(minutes=minutes)
        given = {"": clips}
        return Training(
            clips, given, None, embedded.tower, replace(card, **changes), tmp_path / folder, settings
        )

    return made


def lost(net, reads, clips, tower) -> float:
    with torch.no_grad():
        short, every = Making(net, tower, clips)(torch.arange(len(clips))), torch.arange(196)
        return float(shares(reads.decoder, clips, short, torch.arange(len(clips)), every).mean())


def test_without_labels_the_loss_falls(training, clips, embedded, card, tmp_path, monkeypatch):
    monkeypatch.setattr(train_pvc, "BATCH", 1)
    net, _ = training("out").fit(replace(card, epochs=10, loss="reconstruction"), "pvc")
    state = load_file(tmp_path / "out" / "pvc" / STATE)
    reads = judge.new_reads(clips, None, answering=False)
    untrained = lost(card.network(), reads, clips, embedded.tower)
    reads.load_state_dict(
        {name.removeprefix("net.reads."): one for name, one in state.items() if ".reads." in name}
    )
    assert lost(net, reads, clips, embedded.tower) < 0.98 * untrained


@pytest.mark.parametrize("loss", ["both", "answers"])
def test_an_interrupted_training_goes_on_to_the_same_result(training, card, loss):
    card = replace(card, loss=loss)
    whole, _ = training("whole").fit(card, "pvc")
    assert training("halves", minutes=0).fit(card, "pvc") is None
    halves, _ = training("halves", minutes=0).fit(card, "pvc")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, halves.state_dict()[name])
    with pytest.raises(EvidenceError, match="another training is there"):
        training("halves").fit(replace(card, seed=2), "pvc")


def test_all_ways_are_judged_alike(training, tmp_path, monkeypatch):
    monkeypatch.setattr(train_pvc, "WAYS", ("pool", "ward", "all tokens"))
    file = tmp_path / "pvc.safetensors"
    runs = 0
    while (card := training("out", minutes=0, epochs=1).run(file)) is None:
        runs += 1
    assert runs <= 7
    assert list(card.figures) == ["pvc", "pvc without time", "pool", "ward", "all tokens"]
    assert card.figures["all tokens"]["lost"][2] < 1e-4
    for told in [told for name, told in card.figures.items() if name != "all tokens"]:
        value, low, high = told["lost"]
        assert 0 < low <= value <= high < 1
        assert 0 <= told["right"][0] <= 1
    ahead = card.figures["ward"]["pvc minus it: lost"][0]
    assert ahead == pytest.approx(card.figures["pvc"]["lost"][0] - card.figures["ward"]["lost"][0], abs=2e-4)
    assert read_pvc(file)[1] == card


def test_a_decoder_that_is_not_trained_tells_the_token_that_stands_for_a_patch(clips):
    short, every = kept_by("ward", clips, 64), torch.arange(196)
    reads = judge.new_reads(clips, None, answering=False)
    chosen = torch.arange(2)
    with torch.no_grad():
        found = shares(reads.decoder, clips, short.some(chosen), chosen, every)
    content, own = clips.content(chosen), short.some(chosen).own(every)
    saliency = clips.saliency(chosen)
    for row, weight in enumerate((saliency / saliency.mean(-1, keepdim=True), torch.ones_like(saliency))):
        for clip in range(2):
            spread = []
            for frame in range(8):
                one, counts = content[clip, frame], weight[clip, frame]
                mean = sum(count * patch for count, patch in zip(counts, one, strict=True)) / 196
                spread.append(sum(c * (p - mean).square().sum() for c, p in zip(counts, one, strict=True)))
            gone = sum(
                c * (p - q).square().sum()
                for c, p, q in zip(weight[clip, 3], content[clip, 3], own[clip, 3], strict=True)
            )
            expected = float(gone / (sum(spread) / 8))
            assert float(found[row, clip, 3]) == pytest.approx(expected, rel=1e-3)


def test_a_decoder_reads_no_later_frame(clips):
    torch.manual_seed(0)
    reads = judge.new_reads(clips, None, answering=False)
    with torch.no_grad():
        for value in reads.parameters():
            value.add_(torch.randn(value.shape) * 0.1)
    short, asked = kept_by("pool", clips, 64).some(torch.arange(1)), torch.arange(5)
    before = reads.decoder(short.tokens, short.own(asked), asked)
    short.content[:, 4:] += 1
    after = reads.decoder(short.tokens, short.own(asked), asked)
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_where_no_token_stands_for_a_patch_it_is_the_mean_of_the_frame(clips):
    short = kept_by("random", clips, 64)
    assert (short.owner >= 0).sum(2).eq(64).all()
    own, mean = short.some(torch.arange(1)).own(torch.arange(196)), short.content[:1].float().mean(2)
    pruned = (short.owner[0, 3] < 0).nonzero().flatten()
    torch.testing.assert_close(own[0, 3, pruned], mean[0, 3].expand(132, -1))


def test_all_tokens_tell_all(clips):
    short, every = all_of(clips), kept_by("pool", clips, 196)
    assert judge.read(Reads(None, None), clips, short).lost.max() < 1e-5
    torch.testing.assert_close(short.place, every.place)
    assert torch.equal(short.owner, every.owner)


def test_clips_are_made_once_with_what_the_first_blocks_return(packages, embedded, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "FEWEST", 1)
    wanted, said = Wanted("clips", "train", 1, str(packages)), []

    def made():
        return timed_clips(wanted, embedded, 11, tmp_path, lambda done, _total: said.append(done))

    first, again = made(), made()
    assert said[-2:] == [0, 1]  # the second time it is over at once
    assert torch.equal(first.begun, again.begun)
    assert first.begun.shape == (1, 8, 197, 384)
    assert first.content(torch.arange(1)).shape == (1, 8, 196, 384)
    found = embedded.tower.finished(first.begun[0].float(), 11).features
    torch.testing.assert_close(found, first.scenes.features.view(8, 196, 384).float(), atol=0.1, rtol=0.02)


def test_too_little_memory_is_said_before_anything_is_made(packages, embedded, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "available_bytes", lambda: 1_000_000)
    with pytest.raises(EvidenceError, match=r"memory \(estimated\), and .* free; give fewer with --clips"):
        timed_clips(Wanted("clips", "train", 100, str(packages)), embedded, 8, tmp_path, lambda *_: None)
