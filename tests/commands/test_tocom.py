"""`tokcomp train tocom` and `tokcomp eval tocom`: what is refused, and how."""

from dataclasses import replace

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tokcomp_cli.commands.evidence.tocom import _said_of
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.encoders.embedded import FACTS
from tokcomp_cli.learned.tocom.adapters import Adapters
from tokcomp_cli.learned.tocom.checkpoint import ToComCard, write_adapters
from tokcomp_cli.learned.tocom.judged import Row

ONE = Interval(0.5, 0.4, 0.6)
CARD = ToComCard(
    "embedded", FACTS.weights_sha256, 384, 16, 2, 0, 2, 2000, "bfloat16", 1.0, ("made here",), {}, (0,)
)


@pytest.fixture
def checkpoint(tmp_path):
    """Return adapters that were not trained."""
    write_adapters(tmp_path / "mine.safetensors", Adapters(), CARD)
    return tmp_path / "mine.safetensors"


def words(result):
    return " ".join(result.err.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--epochs", "0"], "--epochs takes a whole number, at least 1; got 0"),
        (["--seeds", "0"], "--seeds takes a whole number, at least 1; got 0"),
        (["--minutes", "-1"], "--minutes takes a number, at least 0; got -1"),
        (["--scenes", "7"], "--scenes takes a whole number, at least 100; got 7"),
        (["-o", "x.pt"], "--output takes a file that ends in .safetensors; got 'x.pt'"),
        (["--data", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_of_training_is_said(tokcomp, tmp_path, line, said):
    result = tokcomp("train", "tocom", "-o", str(tmp_path / "x.safetensors"), *line)
    assert result.code in {1, 2}
    assert said in words(result)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--ratios", "4,few"], "--ratios takes whole numbers with commas"),
        (["--ratios", "4,17"], "trained at merge ratios 0 to 16; got 17"),
        (["--split", "train"], "takes held_out, validation; got 'train'"),
        (["--data", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_of_judging_is_said(tokcomp, checkpoint, line, said):
    result = tokcomp("eval", "tocom", str(checkpoint), *line)
    assert result.code in {1, 2}
    assert said in words(result)


def test_checkpoints_that_do_not_fit_are_refused(tokcomp, checkpoint):
    with safe_open(checkpoint, "pt") as opened:
        about = opened.metadata()
    tensors = load_file(checkpoint)
    tensors["up"] += 1
    save_file(tensors, checkpoint, about)
    assert "the ToCom checkpoint was altered" in words(tokcomp("eval", "tocom", str(checkpoint)))
    write_adapters(checkpoint, Adapters(), replace(CARD, encoder_sha256="0"))
    other = tokcomp("eval", "tocom", str(checkpoint))
    assert other.code == 1
    assert "trained for embedded, 384 wide, and embedded, 384 wide, with other weights" in words(other)
    write_adapters(checkpoint, Adapters(width=768), replace(CARD, dim=768))
    assert "trained for embedded, 768 wide" in words(tokcomp("eval", "tocom", str(checkpoint)))
    assert "no ToCom checkpoint is there" in words(tokcomp("eval", "tocom", "gone.safetensors"))


def test_a_row_is_told_in_words():
    def row(low, high=0.03):
        gain = {"right answers": Interval(0.02, low, high)}
        return Row(0, 8, 100, ONE, {"right answers": ONE}, {"right answers": ONE}, gain)

    told = _said_of(row(0.01)).splitlines()
    assert told[0] == "ratio 0 to 8, 100 tokens: more are answered with adapters"
    assert told[2] == "  right answers: 0.500 without, 0.500 with, +0.020 [+0.010, +0.030]"
    assert "no gain in answers beyond the interval" in _said_of(row(-0.01))
    assert "fewer are answered with adapters" in _said_of(row(-0.03, -0.01))
