"""Whether an encoder's two towers agree: pictures retrieve their captions, captions their pictures."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EncoderError, PlanError

TOP = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of a pairs file: path of a picture, and its caption."""

    picture: str
    caption: str


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Recall at 1 and at 5, in [0, 1], and the mean rank, from 1."""

    top1: float
    top5: float
    mean_rank: float


@dataclass(frozen=True, slots=True)
class Check:
    """Retrieval both ways.

    Attributes:
        image_to_text: Pictures are the queries.
        text_to_image: Captions are the queries.
        ways: Number of pairs.
        chance_top5: `top5` of a random choice.
    """

    image_to_text: Retrieval
    text_to_image: Retrieval
    ways: int
    chance_top5: float


def read_pairs(path: Path) -> list[Pair]:
    """Return the lines of a pairs file: picture, tab, caption; no header; empty lines are skipped.

    A relative path is looked up in the working folder, then beside the file.

    Raises:
        PlanError: It cannot be read, a line has no tab, or there are fewer than two pairs.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"`pairs` {str(path)!r} cannot be read as UTF-8 text: {error}") from error
    pairs = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        picture, tab, caption = line.partition("\t")
        if not tab or not picture.strip() or not caption.strip():
            raise PlanError(
                f"`pairs` {path.name}, line {number}: expected a picture's path, a tab and its caption"
            )
        beside = path.parent / picture
        pairs.append(Pair(picture if Path(picture).exists() else str(beside), caption.strip()))
    if len(pairs) < 2:
        raise PlanError(f"`pairs` {path.name} holds {len(pairs)} pairs; retrieval needs at least two")
    return pairs


def check(encoder: Encoder, pairs: Sequence[Pair], embed: Callable[[str], Tensor]) -> Check:
    """Return how well an encoder's towers agree on pairs.

    Args:
        encoder: With a text tower.
        pairs: Pictures and captions.
        embed: Gives a picture's pooled embedding, (E,), from its path.

    Raises:
        EncoderError: The encoder has no text tower.
    """
    if not encoder.facts.text:
        raise EncoderError(
            f"encoder {encoder.facts.name} has no text tower to check; choose a clip: encoder with one"
        )
    texts = [_embedded(encoder, pair.caption) for pair in pairs]
    by_path: dict[str, Tensor] = {}
    for pair in pairs:
        if pair.picture not in by_path:
            by_path[pair.picture] = embed(pair.picture)
    images = torch.stack([by_path[pair.picture] for pair in pairs])
    return retrieve(images, torch.stack(texts), matches(pairs))


def matches(pairs: Sequence[Pair]) -> Tensor:
    """Return which picture and caption belong together, bool, (N, N), pictures in rows.

    Lines that name the same picture, or the same caption, are right answers for one another.
    """
    pictures, captions = (
        _numbers(side) for side in zip(*((one.picture, one.caption) for one in pairs), strict=True)
    )
    return (pictures[:, None] == pictures[None]) | (captions[:, None] == captions[None])


def retrieve(images: Tensor, texts: Tensor, right: Tensor) -> Check:
    """Return retrieval both ways by cosine.

    Args:
        images: Pooled embeddings, (N, E).
        texts: Text embeddings, (N, E).
        right: Which belong together, bool, (N, N), pictures in rows.
    """
    cosine = F.normalize(images.double(), dim=1) @ F.normalize(texts.double(), dim=1).T
    ways = len(images)
    return Check(
        image_to_text=_ranked(cosine, right),
        text_to_image=_ranked(cosine.T, right.T),
        ways=ways,
        chance_top5=min(1.0, TOP / ways),
    )


def _ranked(cosine: Tensor, right: Tensor) -> Retrieval:
    """Return the ranks of each row's best right answer; wrong answers that tie with it rank before it."""
    best = cosine.masked_fill(~right, -torch.inf).max(1, keepdim=True).values
    ranks = ((cosine >= best) & ~right).sum(1).double() + 1
    return Retrieval(
        top1=float((ranks <= 1).double().mean()),
        top5=float((ranks <= TOP).double().mean()),
        mean_rank=float(ranks.mean()),
    )


def _embedded(encoder: Encoder, caption: str) -> Tensor:
    found = encoder.encode_text(caption)
    if found is None:
        raise EncoderError(f"encoder {encoder.facts.name} gave no embedding of a text")
    return found


def _numbers(words: Iterable[str]) -> Tensor:
    """Return one number for each distinct word, int64, (N,)."""
    known: dict[str, int] = {}
    return torch.tensor([known.setdefault(word, len(known)) for word in words])
