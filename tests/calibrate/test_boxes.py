"""The pointing game, on tokens whose answers are known and on a tower that was planted."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.helpers import towers
from tokcomp_cli.calibrate.boxes import Box, centres, check_boxes, read_boxes
from tokcomp_cli.calibrate.encoder import first_frame
from tokcomp_cli.core.bootstrap import bootstrap, bootstrap_by_file, wilson
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders import load_encoder
from tokcomp_cli.encoders.pointing import FEWEST_PICTURES, Pointing, doubt, load, save
from tokcomp_cli.encoders.relevance import asked, relevance
from tokcomp_cli.errors import EncoderError, PlanError


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    model = towers.planted(folder)
    return load_encoder(f"clip:local-dir:{folder}", precision="float32"), model


def laid_out(folder, pictures):
    """Write pictures with a red and a blue cell each, and the file of their boxes."""
    lines = []
    for number in range(pictures):
        at = (number % 16, (number * 5 + 3) % 16)
        Image.fromarray(towers.two_squares(at)).save(folder / f"{number}.png")
        for word, cell in zip(("red", "blue"), at, strict=True):
            x, y = cell % 4 * 16, cell // 4 * 16
            lines.append(f"{number}.png\t{word}\t{x}\t{y}\t{x + 16}\t{y + 16}\n")
    path = folder / "boxes.tsv"
    path.write_text("".join(lines))
    return path


def test_a_planted_tower_answers_right_by_its_values_and_wrong_by_its_plain_patches(planted):
    encoder, model = planted
    rgb = towers.two_squares((5, 10))[None]
    tokens = encoder.encode(rgb)
    visual = model.visual
    last = visual.transformer(visual._embeds(towers.normalised(rgb)))[0, 1:]
    for word, cell in (("red", 5), ("blue", 10)):
        question = asked(encoder, word)
        assert relevance(tokens.text_features[0], question).argmax() == cell
        plain = relevance(visual.ln_post(last) @ visual.proj, question)
        assert plain.argmin() == cell


def test_the_planted_tower_wins_the_pointing_game(planted, tmp_path):
    encoder, _ = planted
    path = laid_out(tmp_path, FEWEST_PICTURES)
    found = check_boxes(encoder, read_boxes(path), lambda picture: first_frame(picture, encoder))
    assert (found.pictures, found.phrases) == (20, 40)
    assert found.relevance.mean == 1
    assert 0.9 < found.relevance.low < found.relevance.high <= 1
    boxes = read_boxes(path)
    assert found.centre.mean == pytest.approx(sum(box.holds(32, 32) for box in boxes) / 40)
    assert found.over_centre.mean == pytest.approx(1 - found.centre.mean)
    assert found.over_saliency.low > 0
    assert found.beats_saliency is True


def faked(answers, saliency, fit="squash"):
    """Return an encoder and a reader: two by two patches whose answer to any phrase is laid down."""
    facts = SimpleNamespace(name="fake", text=True, grid=(2, 2), input_size=(20, 20), fit=fit)
    unit = torch.tensor([1.0, 0.0])
    encoder = SimpleNamespace(facts=facts, encode_text=lambda text: unit if text == "it" else torch.zeros(2))
    angles = torch.tensor(answers).acos()
    text = torch.stack([angles.cos(), angles.sin()], 1)[None]
    tokens = FrameTokens(
        torch.zeros(1, 4, 3), torch.tensor([saliency]), torch.zeros(1, 2), text_features=text
    )
    return encoder, lambda _path: ((10, 40), tokens)


def test_hits_by_hand():
    encoder, read = faked([0.1, 0.9, 0.2, 0.3], [0.1, 0.2, 0.6, 0.1])
    boxes = [
        Box(1, "a", "it", 20, 0, 40, 5),  # the second patch: relevance
        Box(2, "a", "it", 0, 5, 20, 10),  # the third: saliency
        Box(3, "b", "it", 15, 3, 25, 8),  # the middle alone
    ]
    found = check_boxes(encoder, boxes, read)
    assert (found.pictures, found.phrases) == (2, 3)
    assert found.relevance.mean == found.saliency.mean == found.centre.mean == pytest.approx(1 / 3)
    assert found.over_saliency.mean == 0
    assert found.over_saliency.low <= 0 <= found.over_saliency.high
    assert found.beats_saliency is None


@pytest.mark.parametrize(
    ("fit", "wanted"),
    [
        ("squash", [(10, 2.5), (30, 2.5), (10, 7.5), (30, 7.5)]),
        ("crop", [(17.5, 2.5), (22.5, 2.5), (17.5, 7.5), (22.5, 7.5)]),
        ("pad", [(10, -4), (30, -4), (10, 16), (30, 16)]),
    ],
)
def test_centres_of_patches_lie_where_the_encoder_sees_them(fit, wanted):
    facts = SimpleNamespace(grid=(2, 2), input_size=(20, 20), fit=fit)
    assert np.allclose(centres((10, 40), facts), wanted)


def test_wilson_by_hand():
    found = wilson(8, 10)
    assert (found.mean, found.low, found.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10).low == pytest.approx(0)
    assert wilson(10, 10).high == pytest.approx(1)


def test_files_of_one_value_each_are_resampled_as_before():
    values = [0.0, 1.0, 1.0, -1.0, 0.5]
    one, other = bootstrap(values, seed=3), bootstrap_by_file([[value] for value in values], seed=3)
    assert (one.mean, one.low, one.high) == pytest.approx((other.mean, other.low, other.high))
    assert bootstrap_by_file([[1.0] * 9, [0.0]], seed=0).mean == pytest.approx(0.9)


def test_a_check_is_kept_and_decides_what_is_said_of_a_query(planted, tmp_path):
    facts = planted[0].facts
    assert "no check has shown" in doubt(facts, tmp_path)
    good = wilson(9, 10)
    won = Pointing(20, 40, good, wilson(1, 10), good, bootstrap([0.5, 0.6], seed=0), bootstrap([0.0], seed=0))
    save(won, facts, tmp_path)
    assert load(facts, tmp_path) == won
    assert doubt(facts, tmp_path) is None
    assert "no check" in doubt(replace(facts, dtype="bfloat16"), tmp_path)
    save(replace(won, over_saliency=bootstrap([-0.5, 0.6], seed=0)), facts, tmp_path)
    assert "does not beat saliency: it points into the box of 90% of 40 phrases" in doubt(facts, tmp_path)
    save(replace(won, pictures=3), facts, tmp_path)
    assert "too few pictures" in doubt(facts, tmp_path)
    next(tmp_path.glob("*.json")).write_text('{"format": "1", "pictures"')
    assert "no check" in doubt(facts, tmp_path)


def test_boxes_are_read_line_by_line(tmp_path, monkeypatch):
    (tmp_path / "a.png").touch()
    path = tmp_path / "boxes.tsv"
    path.write_text(
        "image\tphrase\tx0\ty0\tx1\ty1\n\na.png\ta [/red] cat\t0\t1.5\t10\t20\n", encoding="utf-8"
    )
    assert read_boxes(path) == [Box(3, str(tmp_path / "a.png"), "a [/red] cat", 0, 1.5, 10, 20)]
    monkeypatch.chdir(tmp_path)
    assert read_boxes(path)[0].picture == "a.png"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a.png\tcat\t0\t0\t1\n", "line 1: expected 6 columns .* got 5"),
        ("a\tb\t0\t0\t1\t1\n\n\tcat\t0\t0\t1\t1\n", "line 3, column image"),
        ("a.png\t \t0\t0\t1\t1\n", "line 1, column phrase"),
        ("a.png\tcat\t0\tx\t1\t1\n", "line 1, column y0: expected a number of pixels; got 'x'"),
        ("a.png\tcat\t0\t0\tnan\t1\n", "line 1, column x1: expected a number"),
        ("a.png\tcat\t5\t0\t5\t1\n", "line 1, column x1: expected more than 5; got 5"),
        ("a.png\tcat\t0\t9\t5\t1\n", "line 1, column y1: expected more than 9; got 1"),
        ("\n", "holds no line"),
        (b"\xff\xfe\t", "UTF-8"),
    ],
)
def test_boxes_that_cannot_be_read(tmp_path, written, said):
    path = tmp_path / "boxes.tsv"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(PlanError, match=f"`boxes` .*{said}"):
        read_boxes(path)


def test_a_box_outside_its_picture_is_named():
    encoder, read = faked([0.1, 0.9, 0.2, 0.3], [0.1, 0.2, 0.6, 0.1])
    with pytest.raises(PlanError, match="line 7: expected a box within 40 x 10 pixels; got 40, 0, 50, 5"):
        check_boxes(encoder, [Box(7, "a", "it", 40, 0, 50, 5)], read)


def test_without_a_text_tower_nothing_is_relevant(embedded):
    with pytest.raises(EncoderError, match="no text tower"):
        check_boxes(embedded, [Box(1, "a", "it", 0, 0, 1, 1)], lambda path: None)


@pytest.mark.parametrize("pictures", [3, FEWEST_PICTURES])
def test_the_command_keeps_its_check_for_queries(pictures, tmp_path, monkeypatch, capsys):
    import json

    from tokcomp_cli.commands.app import run

    monkeypatch.setenv("TOKCOMP_CACHE", str(tmp_path / "cache"))
    towers.planted(tmp_path / "model")
    name, path = f"clip:local-dir:{tmp_path / 'model'}", laid_out(tmp_path, pictures)

    def said():
        assert run(["analyze", str(tmp_path / "0.png"), "--encoder", name, "--query", "red", "--json"]) == 0
        warnings = json.loads(capsys.readouterr().out)["warnings"]
        return [one for one in warnings if "calibrated" not in one]

    assert "run tokcomp models check with --boxes" in said()[0]
    assert run(["models", "check", name, "--boxes", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["meta"]["schema"] == "tokcomp.pointing"
    assert (found["phrases"], found["relevance"]["mean"]) == (2 * pictures, 1)
    assert found["beats_saliency"] is (True if pictures == FEWEST_PICTURES else None)
    assert said() == [] if pictures == FEWEST_PICTURES else "too few pictures" in said()[0]
    assert run(["models", "check", name, "--boxes", str(path)]) == 0
    assert f"{2 * pictures} phrases in {pictures} pictures" in capsys.readouterr().out
    assert run(["models", "check", name]) == 2
    assert "give either --pairs or --boxes" in capsys.readouterr().err
