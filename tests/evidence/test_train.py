import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.evidence.toy import DIM, GRID, toy_scaling, toy_scenes
from tokcomp_cli.compress import find
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.answerer import Answerer, Tokens
from tokcomp_cli.evidence.checkpoint import ANSWERER, Card, load_answerer
from tokcomp_cli.evidence.compressed_set import compress_scenes
from tokcomp_cli.evidence.evaluate import all_tokens, no_tokens, trials
from tokcomp_cli.evidence.figures import energy_of
from tokcomp_cli.evidence.keeping import PICTURES
from tokcomp_cli.evidence.places import every_patch, padded, whole
from tokcomp_cli.evidence.report import evidence
from tokcomp_cli.evidence.task.easy_vqa import VOCABULARY, parse
from tokcomp_cli.evidence.task.on_pictures import OnPictures
from tokcomp_cli.evidence.train import train
from tokcomp_cli.training.course import STATE


@pytest.fixture(scope="module")
def scenes():
    return toy_scenes()


@pytest.fixture(scope="module")
def scaling(scenes):
    return toy_scaling(scenes)


def compressed(scenes, scaling):
    methods = [find("spatial", name) for name in PICTURES.compressed]
    keeping = OnPictures(scenes, scaling, 0.1)
    return compress_scenes(keeping, len(scenes), scaling, methods, PICTURES.between, seed=0)


def card(**other):
    return Card(
        **{
            "encoder": "e",
            "encoder_sha256": "",
            "task": "easy-vqa",
            "regime": "mixed",
            "seed": 1,
            "epochs": 60,
            "scenes": 96,
            **other,
        }
    )


@pytest.fixture(scope="module")
def trained(scenes, scaling, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    assert train(scenes, compressed(scenes, scaling), scaling, card(), folder)
    return folder / ANSWERER


def test_an_answerer_learns_what_can_be_seen(trained, scenes, scaling):
    net, about, again = load_answerer(trained)
    assert about == card()
    assert all_tokens([net], scenes, again).mean() > 0.9
    assert no_tokens([net], scenes, again).mean() < 0.6


def test_an_interrupted_training_goes_on_to_the_same_result(scenes, scaling, tmp_path):
    short = card(epochs=3, regime="all")
    assert train(scenes, None, scaling, short, tmp_path / "whole")
    assert not train(scenes, None, scaling, short, tmp_path / "halves", minutes=0)
    assert not train(scenes, None, scaling, short, tmp_path / "halves", minutes=0)
    assert train(scenes, None, scaling, short, tmp_path / "halves", minutes=0)
    one, other = (load_file(tmp_path / name / ANSWERER) for name in ("whole", "halves"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def as_merged(tokens):
    """Return the same tokens, told to be as large and as spread as merged ones."""
    place = tokens.place.clone()
    place[..., -3:] = torch.rand(place[..., -3:].shape, generator=torch.Generator().manual_seed(0)) * 3
    return Tokens(tokens.content, place, tokens.padding)


def test_only_an_answerer_that_met_merged_tokens_minds_their_size(trained, scenes, scaling, tmp_path):
    assert train(scenes, None, scaling, card(epochs=3, regime="all"), tmp_path)
    tokens = whole(scaling.content(scenes.features[:4]), every_patch(GRID))
    asked = scenes.kind[:4, None], scenes.about[:4, None], scenes.allowed[:4, None]
    met_none, met_some = load_answerer(tmp_path / ANSWERER)[0], load_answerer(trained)[0]
    assert torch.equal(met_none(tokens, *asked), met_none(as_merged(tokens), *asked))
    assert not torch.allclose(met_some(tokens, *asked), met_some(as_merged(tokens), *asked), atol=1e-3)


def test_another_training_is_not_gone_on_with(scenes, scaling, tmp_path):
    train(scenes, None, scaling, card(epochs=1, regime="all"), tmp_path)
    with pytest.raises(EvidenceError, match="another training"):
        train(scenes, None, scaling, card(epochs=2, regime="all"), tmp_path)
    assert (tmp_path / STATE).exists()


def test_an_altered_answerer_is_refused(trained, tmp_path):
    from safetensors import safe_open

    with safe_open(trained, "pt") as file:
        about = file.metadata()
    tensors = load_file(trained)
    tensors["place.0.bias"][0] += 1
    save_file(tensors, tmp_path / "altered.safetensors", about)
    with pytest.raises(EvidenceError, match="altered"):
        load_answerer(tmp_path / "altered.safetensors")
    (tmp_path / "text").write_text("no answerer")
    with pytest.raises(EvidenceError, match="an answerer was expected"):
        load_answerer(tmp_path / "text")
    with pytest.raises(EvidenceError, match="no answerer is there"):
        load_answerer(tmp_path / "missing")


def test_an_answerer_of_another_encoder_is_refused(trained, handcrafted):
    _, about, _ = load_answerer(trained)
    with pytest.raises(EvidenceError, match="handcrafted"):
        about.check(handcrafted)


def test_padding_changes_no_answer(scenes, scaling):
    net = Answerer(DIM, VOCABULARY).eval()
    tokens = whole(scaling.content(scenes.features[:4]), every_patch(GRID))
    more = Tokens(
        torch.cat([tokens.content, torch.full((4, 5, DIM), 9.0)], 1),
        torch.cat([tokens.place, torch.ones(4, 5, tokens.place.shape[2])], 1),
        torch.cat([tokens.padding, torch.ones(4, 5, dtype=torch.bool)], 1),
    )
    asked = scenes.kind[:4, None], scenes.about[:4, None], scenes.allowed[:4, None]
    assert torch.allclose(net(tokens, *asked), net(more, *asked), atol=1e-5)


def test_all_tokens_kept_are_all_tokens(scenes, scaling):
    kept = [OnPictures(scenes, scaling, 0.1).keep(find("spatial", "ward"), 0, 16)]
    given = padded(kept, scaling.blank, every_patch(GRID), scaling.scale)
    expected = whole(scaling.content(scenes.features[:1]), every_patch(GRID))
    assert torch.allclose(given.content, expected.content, atol=1e-5)
    assert torch.allclose(given.place, expected.place, atol=1e-3)


def test_the_report_knows_that_pruning_what_stands_out_least_keeps_the_answers(trained, scenes, scaling):
    net, _, again = load_answerer(trained)
    methods = [find("spatial", name) for name in ("prune", "random", "uniform")]
    found = list(trials([net], scenes, again, OnPictures(scenes, again, 0.1), methods, [2]))
    told = evidence(
        scenes,
        VOCABULARY,
        ["mixed 1"],
        all_tokens([net], scenes, again),
        no_tokens([net], scenes, again),
        found,
        list(
            trials(
                [net],
                scenes,
                again,
                OnPictures(scenes, again, 0.1),
                [find("spatial", "saliency-ward")],
                [1, 2, 4, 8, 16],
            )
        ),
        energy_of(scenes.features.float()).numpy(),
        floor=0.1,
        grid=GRID,
    )
    kept = {row.method: row.kept.mean for row in told.methods}
    assert kept["prune"] > 0.85 > kept["random"]
    assert told.within_file["content kept over the thing"].mean > 0.7
    assert told.within_file["size of the thing"].mean == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("text", "kind", "about", "allowed"),
    [
        ("what is the blue shape?", "shape", (4,), (0, 1, 2)),
        ("what color is the circle?", "colour", (0,), tuple(range(3, 11))),
        ("is there not a triangle in the image?", "is there not", (2,), (11, 12)),
        ("is no gray shape present?", "is there not", (6,), (11, 12)),
        ("does the image contain a rectangle?", "is there", (1,), (11, 12)),
    ],
)
def test_questions_of_easy_vqa(text, kind, about, allowed):
    assert parse(text) == (kind, about, allowed)
