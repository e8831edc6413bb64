"""From pictures to checkpoints with figures, in parts."""

from dataclasses import replace

import pytest
import torch

from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence import prepared
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.checkpoint import Card, save_answerer
from tokcomp_cli.evidence.prepared import Wanted, pictured
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.questions import VOCABULARY
from tokcomp_cli.learned.tocom import reader, train_tocom
from tokcomp_cli.learned.tocom.checkpoint import read_adapters
from tokcomp_cli.learned.tocom.train_tocom import Settings


@pytest.fixture
def little(monkeypatch, small_encoder, tmp_path):
    """Make everything small: pictures, ratios, epochs and the answerer."""
    monkeypatch.setattr(prepared, "FEWEST", 4)
    monkeypatch.setattr(train_tocom, "CHECKED", 4)
    monkeypatch.setattr(train_tocom, "MOST_RATIO", 4)
    monkeypatch.setattr(train_tocom, "choose", lambda *_: torch.float32)
    monkeypatch.setattr(train_tocom, "PAIRS", ((0, 4), (4, 0)))
    monkeypatch.setattr(reader, "EPOCHS", 1)
    facts = small_encoder.facts
    about = Card(facts.name, facts.weights_sha256, "scenes", "all", 0, 1, 1)
    folder = tmp_path / "answerer"
    folder.mkdir()
    save_answerer(folder, about, Answerer(384, VOCABULARY), Scaling(small_encoder.blank, 2.0, (4, 4)))
    monkeypatch.setattr(reader, "shipped_answerer", lambda: folder / "answerer.safetensors")


def test_from_pictures_to_checkpoints(packages, little, small_encoder, tmp_path):
    wanted, file, ticks = Wanted("scenes", "train", 8, str(packages)), tmp_path / "own" / "a.safetensors", []

    def run(minutes):
        settings = Settings(epochs=1, seeds=2, minutes=minutes)
        tick = lambda done, total: ticks.append((done, total))  # noqa: E731
        return train_tocom.train_tocom(wanted, small_encoder, file, settings, tick)

    rows = run(60)
    assert [(row.source, row.target) for row in rows] == [(0, 4), (4, 0)]
    adapters, card = read_adapters(file)
    other, about = read_adapters(tmp_path / "own" / "a" / "seed-1.safetensors")
    assert (card.seed, about.seed, card.judged) == (0, 1, (0, 1))
    assert card.figures == about.figures
    assert not torch.equal(adapters.up, other.up)
    assert any("CC BY-SA" in one for one in card.data)
    assert (2, 2) in ticks
    card.check(small_encoder.facts)
    again = run(60)  # all trainings are there: only judging is done again
    assert again == rows


def test_time_up_stops_between_epochs(packages, little, small_encoder, tmp_path):
    wanted, file = Wanted("scenes", "train", 8, str(packages)), tmp_path / "a.safetensors"
    settings = Settings(epochs=2, seeds=1, minutes=0)
    given = (wanted, small_encoder, file, settings, lambda _done, _total: None)
    assert train_tocom.train_tocom(*given) is None
    assert not file.exists()
    assert train_tocom.train_tocom(*given) is not None
    assert read_adapters(file)[1].judged == (0,)


def test_pictures_are_those_that_are_encoded_and_kept(packages, handcrafted, monkeypatch, tmp_path):
    monkeypatch.setattr(prepared, "FEWEST", 4)
    wanted, none = Wanted("scenes", "validation", 4, str(packages)), lambda _done, _total: None
    pictures, asked = pictured(wanted, tmp_path, none)
    encoded = prepared.encoded(wanted, handcrafted, None, none)
    assert torch.equal(handcrafted.encode(pictures.numpy()).features.half(), encoded.features)
    assert torch.equal(asked.answer, encoded.answer)
    assert len(asked) == 4
    monkeypatch.setattr(prepared, "Scenes", None)  # kept ones are read
    again, _ = pictured(wanted, tmp_path, none)
    assert torch.equal(again, pictures)
    monkeypatch.setattr(prepared, "available_bytes", lambda: 1000)
    with pytest.raises(EvidenceError, match=r"pixels of these pictures take .*; give fewer with --scenes"):
        pictured(replace(wanted, count=5), tmp_path, none)
