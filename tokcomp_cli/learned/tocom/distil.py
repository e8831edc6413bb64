"""What adapters are trained on: the encoder's own tokens at another merge ratio. No label is read."""

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from tokcomp_cli.encoders.memory import memory_errors
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.learned.tocom.adapters import Adapters
from tokcomp_cli.learned.tocom.checkpoint import ToComCard
from tokcomp_cli.learned.tocom.merging_tower import MergedTokens, MergingTower
from tokcomp_cli.training.course import Course, run_course

BATCH, RATE = 8, 1e-4


def fit(
    tower: MergingTower,
    pictures: Tensor,
    card: ToComCard,
    folder: Path,
    *,
    minutes: float = math.inf,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> tuple[Adapters, ToComCard] | None:
    """Return adapters trained on pictures and their card, or None where time was up before the end.

    Args:
        tower: Stays as it is.
        pictures: uint8, (N, H, W, 3).
        card: Seed, epochs, sizes, and what tells this training from others.
        folder: Gets the state of the training.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training, or memory does not suffice.
    """
    torch.manual_seed(card.seed)
    adapters = Adapters(card.most, card.rank)
    loss = DistilLoss(tower, adapters, pictures, tower.encoder.blank)
    course = Course(len(pictures), card.epochs, card.seed, RATE, BATCH)
    try:
        with memory_errors():
            spent = run_course(
                adapters, course, asdict(card), folder, loss, minutes=minutes, progress=progress
            )
    except MemoryError as error:
        raise EvidenceError(f"{error}; end other programs, or train on a machine with more") from error
    if spent is None:
        return None
    return adapters.eval().requires_grad_(False), replace(card, minutes=round(spent, 1))


class DistilLoss:
    """How far tokens at a target ratio, with adapters, are from those at a source ratio, without.

    Reference: ToCom, arXiv 2408.06798. Both ratios are drawn anew for every batch. The paper compares the
    predicted classes; there are none here, so the tokens are compared at each patch's place.
    """

    def __init__(self, tower: MergingTower, adapters: Adapters, pictures: Tensor, blank: Tensor) -> None:
        """Take what is learned and from what.

        Args:
            tower: Stays as it is.
            adapters: Learn.
            pictures: Training pictures, uint8, (N, H, W, 3).
            blank: Blank response, (P, D).
        """
        self.tower, self.adapters, self.pictures, self.blank = tower, adapters, pictures, blank

    def __call__(self, chosen: Tensor, draw: torch.Generator) -> Tensor:
        """Return the loss of some pictures at two ratios that are drawn."""
        source = int(torch.randint(self.adapters.most + 1, (), generator=draw))
        target = int(torch.randint(self.adapters.most, (), generator=draw))
        return self.between(chosen, source, target + (target >= source))

    def between(self, chosen: Tensor, source: int, target: int) -> Tensor:
        """Return the loss of some pictures at two ratios."""
        pictures = self.tower.normalised(self.pictures[chosen])
        with torch.no_grad():
            wanted = self.tower(pictures, source)
        found = self.tower(pictures, target, self.adapters.between(source, target))
        return lost(found, wanted, self.blank)


def lost(found: MergedTokens, wanted: MergedTokens, blank: Tensor) -> Tensor:
    """Return how far tokens are from what is wanted at each patch, in parts of how large that content is.

    A distance, not its square: so ratios that are near each other, which lose little, count for something.
    The class token is left out, as no answerer reads it.

    Args:
        found: With adapters.
        wanted: Without; its saliency says what each patch counts.
        blank: Blank response, (P, D).
    """
    target, weight = wanted.spread(), wanted.saliency
    missed = (weight * (found.spread() - target).square().sum(2)).sum(1)
    return (missed / (weight * (target - blank).square().sum(2)).sum(1)).mean().clamp(min=1e-12).sqrt()
