"""Train an answerer; an interrupted training goes on to the same result."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.evidence.answerer import Answerer, Tokens, start_from
from tokcomp_cli.evidence.checkpoint import VOCABULARIES, Card, load_state, save_answerer, save_state
from tokcomp_cli.evidence.places import whole
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet

BATCH, WARM_UP, RATE, DECAY, MIXED = 32, 300, 1.5e-3, 0.05, 0.7


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
    began = time.monotonic()
    torch.manual_seed(card.seed)
    net = Answerer(scenes.features.shape[2], VOCABULARIES[card.task])
    if start is not None:
        start_from(net, start)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY, betas=(0.9, 0.98))
    epoch = load_state(folder, card, net, optimiser)
    rows = Rows.of(scenes)
    steps = card.epochs * math.ceil(len(scenes) / BATCH)
    while epoch < card.epochs:
        draw = torch.Generator().manual_seed(card.seed * 100_003 + epoch)
        order = torch.randperm(len(scenes), generator=draw)
        for at, chosen in enumerate(torch.split(order, BATCH)):
            progress(epoch + at * BATCH / len(scenes))
            rate = _rate(epoch * math.ceil(len(scenes) / BATCH) + at, steps)
            for group in optimiser.param_groups:
                group["lr"] = rate
            mixed = compressed is not None and float(torch.rand((), generator=draw)) < MIXED
            tokens = (
                _some(compressed, chosen)
                if mixed and compressed is not None
                else whole(scaling.content(scenes.features[chosen]), scaling.middles)
            )
            scores, right, there = score(net, scenes, rows, chosen, tokens)
            loss = F.cross_entropy(scores[there], right[there])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
        epoch += 1
        save_state(folder, card, net, optimiser, epoch)
        progress(epoch)
        if time.monotonic() - began > minutes * 60:
            break
    if epoch >= card.epochs:
        save_answerer(folder, card, net, scaling)
    return epoch >= card.epochs


def _some(tokens: Tokens, chosen: Tensor) -> Tokens:
    padding = tokens.padding[chosen]
    most = int((~padding).sum(1).max())
    return Tokens(
        tokens.content[chosen, :most].float(), tokens.place[chosen, :most].float(), padding[:, :most]
    )


def _rate(step: int, steps: int) -> float:
    warm = min(1.0, step / min(WARM_UP, max(1, steps // 10)))
    return RATE * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))) + 1e-5
