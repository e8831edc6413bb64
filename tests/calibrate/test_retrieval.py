"""Retrieval both ways, on embeddings whose answers are known."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tokcomp_cli.calibrate.retrieval import Pair, check, matches, read_pairs, retrieve
from tokcomp_cli.errors import EncoderError, PlanError


def encoder(text: bool = True):
    words = {"cat": [1.0, 0, 0], "dog": [0, 1.0, 0], "cup": [0, 0, 1.0]}
    return SimpleNamespace(
        facts=SimpleNamespace(name="e", text=text), encode_text=lambda caption: torch.tensor(words[caption])
    )


PAIRS = [Pair("1.png", "cat"), Pair("2.png", "dog"), Pair("3.png", "cup")]


def test_towers_that_agree():
    seen = {"1.png": [2.0, 0, 0], "2.png": [0, 3.0, 1], "3.png": [0, 0, 4.0]}
    found = check(encoder(), PAIRS, lambda path: torch.tensor(seen[path]))
    assert (found.image_to_text.top1, found.text_to_image.top1) == (1, 1)
    assert (found.ways, found.chance_top5) == (3, 1)


def test_ranks_by_hand():
    seen = {"1.png": [0.5, 1.0, 0.1], "2.png": [0, 1.0, 0], "3.png": [0.3, 0.2, 0.1]}
    found = check(encoder(), PAIRS, lambda path: torch.tensor(seen[path]))
    assert found.image_to_text.mean_rank == pytest.approx((2 + 1 + 3) / 3)
    assert found.image_to_text.top1 == pytest.approx(1 / 3)
    # cat: 3.png leads 1.png; dog: 2.png leads; cup: 3.png leads
    assert found.text_to_image.mean_rank == pytest.approx((2 + 1 + 1) / 3)


def test_ties_are_lost():
    """An encoder that says the same of everything finds nothing."""
    found = retrieve(torch.ones(10, 4), torch.ones(10, 4), torch.eye(10, dtype=torch.bool))
    assert (found.image_to_text.top1, found.image_to_text.top5, found.image_to_text.mean_rank) == (0, 0, 10)
    assert found.chance_top5 == 0.5


@given(st.integers(1, 12), st.integers(0, 10_000))
def test_ranks_equal_a_slow_loop(count, seed):
    generator = torch.Generator().manual_seed(seed)
    images, texts = torch.randn(count, 5, generator=generator), torch.randn(count, 5, generator=generator)
    found = retrieve(images, texts, torch.eye(count, dtype=torch.bool))
    ranks = []
    for at, image in enumerate(images):
        scores = [float(torch.cosine_similarity(image.double(), text.double(), dim=0)) for text in texts]
        ranks.append(1 + sum(score > scores[at] for score in scores))
    assert found.image_to_text.mean_rank == pytest.approx(sum(ranks) / count)
    assert found.image_to_text.top5 == pytest.approx(sum(rank <= 5 for rank in ranks) / count)


def test_the_same_picture_twice_has_two_right_captions():
    right = matches([Pair("1.png", "a"), Pair("1.png", "b"), Pair("2.png", "b")])
    assert right.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_pictures_are_opened_once():
    asked = []

    def embed(path):
        asked.append(path)
        return torch.tensor([1.0, 0, 0])

    check(encoder(), [Pair("1.png", "cat"), Pair("1.png", "dog")], embed)
    assert asked == ["1.png"]


def test_without_a_text_tower_there_is_nothing_to_check():
    with pytest.raises(EncoderError):
        check(encoder(text=False), PAIRS, lambda path: torch.zeros(3))


def test_pairs_are_read_line_by_line(tmp_path, monkeypatch):
    (tmp_path / "a.png").touch()
    path = tmp_path / "pairs.tsv"
    path.write_text("a.png\ta cat [/red]\n\n/x/b.png\ttwo\tdogs\n", encoding="utf-8")
    assert read_pairs(path) == [Pair(str(tmp_path / "a.png"), "a cat [/red]"), Pair("/x/b.png", "two\tdogs")]
    monkeypatch.chdir(tmp_path)
    assert read_pairs(path)[0].picture == "a.png"


@pytest.mark.parametrize(
    ("written", "said"),
    [("a.png a cat\n", "line 1"), ("a\tb\nc\t \n", "line 2"), ("a\tb\n", "1"), (b"\xff\xfe\t", "UTF-8")],
)
def test_pairs_that_cannot_be_read(tmp_path, written, said):
    path = tmp_path / "pairs.tsv"
    path.write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(PlanError, match=f"`pairs` .*{said}"):
        read_pairs(path)
    with pytest.raises(PlanError):
        read_pairs(tmp_path / "none.tsv")
