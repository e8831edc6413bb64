"""`tokcomp train compressor` and what its checkpoint does in other commands."""

import pytest

from tokcomp_cli.compress.learned import CompressorCard, write_compressor
from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.encoders.embedded import FACTS


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """Return a compressor for tokens of `embedded` that was not trained."""
    path = tmp_path_factory.mktemp("train") / "mine.safetensors"
    card = CompressorCard(
        "embedded", FACTS.weights_sha256, 384, 1.0, 8, 100, 196, "answers", (), 0, 1, 1, 0.0, (), {}
    )
    write_compressor(path, LearnedCompressor(384), card)
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--loss", "guess"], "takes answers, reconstruction; got 'guess'"),
        (["--epochs", "0"], "--epochs takes a whole number, at least 1; got 0"),
        (["--minutes", "-1"], "--minutes takes a number, at least 0; got -1"),
        (["--scenes", "7"], "--scenes takes a whole number, at least 100; got 7"),
        (["--loss", "reconstruction", "--answerer", "a"], "--answerer goes with --loss answers"),
        (["-o", "x.pt"], "--output takes a file that ends in .safetensors; got 'x.pt'"),
        (["--answerer", "missing", "--encoder", "handcrafted"], "missing: no answerer is there"),
    ],
)
def test_wrong_usage_is_said(tokcomp, tmp_path, line, said):
    result = tokcomp("train", "compressor", "-o", str(tmp_path / "x.safetensors"), *line)
    assert result.code in {1, 2}
    assert said in " ".join(result.err.split())


def test_a_checkpoint_is_one_name_in_spatial(tokcomp, samples, checkpoint):
    line = ["analyze", str(samples / "coffee.png"), "--encoder", "embedded", "--json"]
    result = tokcomp(*line, "--spatial", f"learned:{checkpoint}", "--spatial-ratio", "0.25")
    assert result.code == 0, result.err
    found = result.document
    stage = next(one for one in found["stages"] if one["name"] == "spatial")
    assert stage["tokens_out"] == 49
    assert stage["method"] == f"learned:{checkpoint}"
    assert 0 < stage["fidelity"]["explained"] < 1
    assert any("checkpoint" in note for note in stage["notes"])


def test_a_checkpoint_for_another_encoder_or_budget_is_refused(tokcomp, samples, checkpoint, tmp_path):
    line = ["analyze", str(samples / "coffee.png"), "--spatial", f"learned:{checkpoint}"]
    other = tokcomp(*line, "--encoder", "handcrafted")
    assert other.code == 1
    assert "was trained on tokens of embedded, and handcrafted" in " ".join(other.err.split())
    wide = tokcomp(*line, "--encoder", "embedded", "--spatial-ratio", "0.9")
    assert wide.code == 2
    assert "trained at 8 to 100 of 196 tokens, and 176 were asked for" in " ".join(wide.err.split())


def test_it_is_compared_beside_others(tokcomp, samples, checkpoint):
    line = ["compare", str(samples / "coffee.png"), "--encoder", "embedded", "--budget", "25", "--json"]
    result = tokcomp(*line, "--methods", f"ward,learned:{checkpoint}")
    assert result.code == 0, result.err
    rows = {row["method"]: row for row in result.document["methods"]}
    assert rows[f"learned:{checkpoint}"]["tokens_out"] == 25
    bare = tokcomp(*line, "--methods", "ward,learned")
    assert bare.code == 0, bare.err
    assert {row["method"] for row in bare.document["methods"]} >= {"ward", "learned"}


def test_the_one_that_ships_is_for_the_embedded_encoder(tokcomp, samples):
    line = ["analyze", str(samples / "coffee.png"), "--spatial", "learned", "--budget", "16"]
    result = tokcomp(*line, "--encoder", "embedded", "--json")
    assert result.code == 0, result.err
    assert result.document["tokens"]["llm_input"] == 16
    other = tokcomp(*line, "--encoder", "handcrafted")
    assert other.code == 1
    assert "learned was trained on tokens of embedded" in other.err


def test_a_checkpoint_is_shown_with_its_hash(tokcomp, checkpoint):
    result = tokcomp("methods", "show", f"learned:{checkpoint}", "--json")
    assert result.code == 0, result.err
    assert result.document["methods"][0]["weights"].startswith("trained on tokens of embedded, sha256 ")
