"""Hosted models are held to published examples, and to what their APIs reported.

`examples.tsv` came with the project: a separate implementation, whose 1080p column was checked against the
vendors' examples, measurements or source code.
"""

import csv
from pathlib import Path

import pytest

from tokcomp_cli.cost.table import load_models

MODELS = load_models()
NAMED = {
    "gpt-4o": ("gpt-4o", "detail=high"),
    "claude (28 px, 1568 cap)": ("claude-standard", "size=1568px"),
    "claude high resolution (2576 px, 4784 cap)": ("claude-high-resolution", "size=2576px"),
    "qwen2.5-vl (class default max_pixels)": ("qwen2.5-vl", "max_pixels=1003520"),
    "qwen3-vl": ("qwen3-vl", "cap_pixels_per_frame=True"),
    "internvl (max 12 tiles)": ("internvl3", "max_patches=12"),
    "llava-1.5": ("llava-1.5", None),
    "llava-onevision image": ("llava-onevision", None),
    "smolvlm2-256m/500m": ("smolvlm2", "256M and 500M"),
}


def table(name):
    lines = (Path(__file__).parent / name).read_text().splitlines()
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


def tokens(name, tier, width, height):
    model = MODELS[name]
    return model.of_picture(next(one for one in model.tiers if one.name == tier), width, height).tokens


@pytest.mark.parametrize("label", NAMED)
def test_examples_that_came_with_the_project(label):
    rows = [row for row in table("examples.tsv") if row["model"] == label]
    assert len(rows) == 7
    for row in rows:
        assert tokens(*NAMED[label], int(row["width"]), int(row["height"])) == int(row["tokens"]), row


@pytest.mark.parametrize("name", MODELS)
def test_examples_in_the_table(name):
    model = MODELS[name]
    assert model.examples
    assert model.source.startswith("https://")
    assert model.date
    assert model.price_per_million is None
    for width, height, wanted in model.examples:
        assert model.of_picture(model.tiers[0], width, height).tokens == wanted


def test_documented_low_detail():
    assert tokens("gpt-4o", "detail=low", 2048, 4096) == 85
    assert tokens("gpt-5", "detail=low", 2048, 4096) == 70
    for name, base, tile in (("gpt-4o", 85, 170), ("gpt-5", 70, 140)):
        for width, height, tiles in ((1024, 576, 2), (576, 1024, 2), (800, 800, 1), (500, 400, 1)):
            assert tokens(name, "detail=high@512px", width, height) == base + tile * tiles


def test_gemini_3_follows_the_aspect_ratio_below_the_published_ceiling():
    for row in table("measured.tsv"):
        ours = tokens("gemini-3", "media_resolution=high", int(row["width"]), int(row["height"]))
        assert ours == int(row["gemini3"]) - 1  # one token of text
        assert ours <= 1120


def test_claude_reported_what_the_formula_says_beside_a_little_text():
    text, more = 65, 32  # the second on the three largest sizes only; what it is nobody says
    over = {}
    for row in table("measured.tsv"):
        size = int(row["width"]), int(row["height"])
        over[size] = int(row["claude45"]) - text - tokens("claude-standard", "size=1568px", *size)
    assert set(over.values()) == {0, more}
    assert [size for size, extra in over.items() if extra] == [(2560, 1440), (3840, 2160), (4032, 3024)]


def test_patches_above_the_cap_shrink_as_documented():
    seen = MODELS["gpt-4.1-mini"].tiers[0].picture.picture(1800, 2400)
    assert seen.how.startswith("33×44 patches")
