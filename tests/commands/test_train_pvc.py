"""`tokcomp train pvc`: what it refuses, and what it says at the end."""

from dataclasses import replace

import pytest

from tests.learned.pvc.conftest import CARD
from tokcomp_cli.commands.evidence.train_pvc import LOSSES
from tokcomp_cli.learned.pvc import train_pvc


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--loss", "guess"], "takes both, reconstruction, answers; got 'guess'"),
        (["--epochs", "0"], "--epochs takes a whole number, at least 1; got 0"),
        (["--minutes", "-1"], "--minutes takes a number, at least 0; got -1"),
        (["--clips", "7"], "--clips takes a whole number, at least 100; got 7"),
        (["--tokens", "0"], "--tokens takes a whole number from 1 to 196; got 0"),
        (["--blocks", "12"], "--blocks takes a whole number from 1 to 11; got 12"),
        (["-o", "x.pt"], "--output takes a file that ends in .safetensors; got 'x.pt'"),
        (["--data", "nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_is_said(tokcomp, tmp_path, line, said):
    result = tokcomp("train", "pvc", "-o", str(tmp_path / "x.safetensors"), *line)
    assert result.code in {1, 2}
    assert said in " ".join(result.err.split())


def test_losses_are_those_of_the_training():
    assert LOSSES == train_pvc.LOSSES


def test_figures_are_said_and_a_training_that_stopped_too(tokcomp, tmp_path, monkeypatch):
    asked = []

    def found(wanted, encoder, file, settings, progress):
        asked.append((wanted, file, settings))
        if settings.minutes == 0:
            return None
        return replace(CARD, figures={"pvc": {"lost": (0.25, 0.125, 0.5)}})

    monkeypatch.setattr(train_pvc, "train_pvc", found)
    file = str(tmp_path / "x.safetensors")
    done = tokcomp("train", "pvc", "-o", file, "--footage", "a.mp4", "--tokens", "16")
    assert (done.code, done.out.strip()) == (0, file)
    assert "pvc: lost 0.2500 [0.1250, 0.5000]" in done.err
    (wanted, _, settings) = asked[0]
    assert (wanted.task, wanted.count, settings.footage, settings.num_keep) == ("clips", 400, ("a.mp4",), 16)
    stopped = tokcomp("train", "pvc", "-o", file, "--minutes", "0")
    assert (stopped.code, stopped.out) == (0, "")
    assert "stopped after 0 minutes; the same command goes on" in stopped.err
