"""Train an answerer."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.evidence.answerer import Answerer, Tokens, start_from
from tokcomp_cli.evidence.checkpoint import VOCABULARIES, Card, save_answerer
from tokcomp_cli.evidence.places import whole
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.training.course import Course, run_course

MIXED = 0.7


@dataclass(frozen=True, slots=True)
class Rows:
    """Questions laid out by scene, padded to the most that any scene has.

    Attributes:
        number: Row in the table of questions, or -1, int64, (N, Q).
    """

    number: Tensor

    @classmethod
    def of(cls, scenes: EncodedSet) -> "Rows":
        """Return the rows of a set's questions."""
        counts = torch.bincount(scenes.scene, minlength=len(scenes))
        place = torch.arange(len(scenes.scene)) - (counts.cumsum(0) - counts)[scenes.scene]
        number = torch.full((len(scenes), int(counts.max())), -1)
        number[scenes.scene, place] = torch.arange(len(scenes.scene))
        return cls(number)


def score(
    net: Answerer, scenes: EncodedSet, rows: Rows, chosen: Tensor, tokens: Tokens
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the scores of some scenes' questions, their right answers and which rows are questions.

    Args:
        net: The answerer.
        scenes: A set.
        rows: Of the set.
        chosen: Numbers of B scenes.
        tokens: Of these scenes.
    """
    number = rows.number[chosen]
    there = number >= 0
    number = number.clamp(min=0)
    with torch.autocast("cpu", torch.bfloat16):
        scores = net(tokens, scenes.kind[number], scenes.about[number], scenes.allowed[number])
    return scores.float(), scenes.answer[number], there


def answer_loss(net: Answerer, scenes: EncodedSet, rows: Rows, chosen: Tensor, tokens: Tokens) -> Tensor:
    """Return the mean cross-entropy of the right answers; arguments as in `score`."""
    scores, right, there = score(net, scenes, rows, chosen, tokens)
    return F.cross_entropy(scores[there], right[there])


def train(
    scenes: EncodedSet,
    compressed: Tokens | None,
    scaling: Scaling,
    card: Card,
    folder: Path,
    *,
    start: Answerer | None = None,
    minutes: float = math.inf,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> bool:
    """Train until all epochs are done or time is up, and return whether all are.

    What is in the folder is gone on with: each epoch draws from (seed, epoch) alone.

    Args:
        scenes: Training scenes.
        compressed: The same scenes compressed, of which `MIXED` of the batches are made; None for all tokens.
        scaling: Of the answerer.
        card: Seed, epochs and the rest of what the checkpoint says of itself.
        folder: Gets the checkpoint after every epoch.
        start: An answerer of the card's `start`, whose weights it begins with where they fit.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training.
    """
    torch.manual_seed(card.seed)
    net, rows = Answerer(scenes.features.shape[2], VOCABULARIES[card.task]), Rows.of(scenes)
    if start is not None:
        start_from(net, start)

    def loss_of(chosen: Tensor, draw: torch.Generator) -> Tensor:
        mixed = compressed is not None and float(torch.rand((), generator=draw)) < MIXED
        tokens = (
            _some(compressed, chosen)
            if mixed and compressed is not None
            else whole(scaling.content(scenes.features[chosen]), scaling.middles)
        )
        return answer_loss(net, scenes, rows, chosen, tokens)

    course = Course(len(scenes), card.epochs, card.seed)
    spent = run_course(net, course, asdict(card), folder, loss_of, minutes=minutes, progress=progress)
    if spent is not None:
        save_answerer(folder, card, net, scaling)
    return spent is not None


def _some(tokens: Tokens, chosen: Tensor) -> Tokens:
    padding = tokens.padding[chosen]
    most = int((~padding).sum(1).max())
    return Tokens(
        tokens.content[chosen, :most].float(), tokens.place[chosen, :most].float(), padding[:, :most]
    )
