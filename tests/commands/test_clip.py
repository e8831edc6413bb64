"""A user's own CLIP from a folder, through the commands."""

import pytest
import torch
from safetensors.torch import load_file

from tokcomp_cli.encoders import load_encoder

KEEP_ALL = ("--spatial", "none", "--temporal", "none", "--budget", "100%")


@pytest.fixture
def name(clip_folder):
    return f"clip:local-dir:{clip_folder}"


def test_keeping_everything_saves_exactly_the_towers_tokens(tokcomp, samples, tmp_path, name):
    import numpy as np
    from PIL import Image

    target = tmp_path / "f.safetensors"
    ended = tokcomp(
        "analyze", samples / "coffee.png", "--encoder", name, *KEEP_ALL, "--save", target, "--json"
    )
    assert ended.code == 0
    found = ended.document
    assert found["encoder"]["grid"] == [4, 4]
    assert found["tokens"]["llm_input"] == 16
    assert any("calibrat" in warning for warning in found["warnings"])
    rgb = np.array(Image.open(samples / "coffee.png").convert("RGB"))
    assert torch.equal(load_file(target)["features"], load_encoder(name).encode(rgb[None]).features[0])


def test_resolution_layer_and_fit_reach_the_tower(tokcomp, samples, name):
    photo = samples / "coffee.png"
    found = tokcomp(
        "analyze",
        photo,
        "--encoder",
        name,
        "--resolution",
        "96x128",
        "--fit",
        "pad",
        "--layer",
        "-1",
        "--json",
    ).document
    assert found["encoder"]["grid"] == [6, 8]
    assert found["tokens"]["original"] == 48
    for wrong in (("--resolution", "97"), ("--resolution", "big"), ("--fit", "stretch"), ("--layer", "9")):
        ended = tokcomp("analyze", photo, "--encoder", name, *wrong)
        assert ended.code == 2, wrong
        assert ended.err.count("\n") == 1


def test_retrieval_is_told_both_ways_against_chance(tokcomp, samples, tmp_path, name):
    pairs = tmp_path / "pairs.tsv"
    lines = [("coffee.png", "a cup"), ("chelsea.png", "a cat"), ("flower.jpg", "a flower")]
    pairs.write_text("".join(f"{samples / file}\t{caption}\n" for file, caption in lines))
    found = tokcomp("models", "check", name, "--pairs", pairs, "--json").document
    assert found["ways"] == 3
    assert found["chance_top5"] == 1
    for side in ("image_to_text", "text_to_image"):
        assert 0 <= found[side]["top1"] <= found[side]["top5"] == 1
        assert 1 <= found[side]["mean_rank"] <= 3


def test_names_that_are_nearly_right(tokcomp, samples):
    photo = samples / "coffee.png"
    assert "ViT-B-16" in tokcomp("analyze", photo, "--encoder", "clip:ViT-B16/openai").err
    assert "openai" in tokcomp("analyze", photo, "--encoder", "clip:ViT-B-16/opnai").err
    missing = tokcomp("analyze", photo, "--encoder", "clip:ViT-B-16/openai")
    assert missing.code == 1
    assert "tokcomp models pull" in missing.err
