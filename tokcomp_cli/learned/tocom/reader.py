"""Answerers by the merge ratio that they were trained at: what adapters are to spare from training anew."""

import math
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from tokcomp_cli.evidence.answerer import Answerer, start_from
from tokcomp_cli.evidence.card import shipped_answerer
from tokcomp_cli.evidence.checkpoint import VOCABULARIES, load_answerer
from tokcomp_cli.evidence.prepared import Progress
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.train import Rows, answer_loss
from tokcomp_cli.learned.tocom.merged_set import MergedSet, merge_pictures
from tokcomp_cli.learned.tocom.merging_tower import MergingTower
from tokcomp_cli.training.course import Course, run_course

EPOCHS, RATE, SEED = 12, 5e-4, 0
"""The rate is lower than for an answerer from the start: it begins with weights that answer."""
Readers = dict[int, tuple[Answerer, Scaling]]
"""Answerer and its scaling by ratio."""


def readers_at(
    tower: MergingTower,
    pictures: Tensor,
    asked: EncodedSet,
    ratio: int,
    folder: Path,
    *,
    minutes: float,
    progress: Progress,
) -> Readers | None:
    """Return the shipped answerer, of ratio 0, and one trained for a ratio, or None where time was up.

    Args:
        tower: Gives the tokens.
        pictures: For training, uint8, (N, H, W, 3).
        asked: Their questions.
        ratio: That the second is trained at; it begins with the weights of the first.
        folder: Gets the state of the training.
        minutes: After an epoch that ends later, training stops.
        progress: Called with pictures, then with epochs.

    Raises:
        EvidenceError: The folder holds another training, or memory does not suffice.
    """
    file = shipped_answerer()
    plain, about, scaling = load_answerer(file)
    about.check(tower.encoder)
    merged = merge_pictures(tower, pictures, ratio, progress=lambda done: progress(done, len(pictures)))
    card = {"ratio": ratio, "start": sha256(file.read_bytes()).hexdigest(), "scenes": len(merged)}
    card |= {"epochs": EPOCHS, "seed": SEED, "precision": tower.precision}
    net = train_reader(
        merged,
        asked,
        scaling,
        plain,
        card,
        folder / f"answerer-{ratio}",
        minutes=minutes,
        progress=lambda done: progress(done, EPOCHS),
    )
    return None if net is None else {0: (plain, scaling), ratio: (net, scaling)}


def train_reader(
    merged: MergedSet,
    asked: EncodedSet,
    scaling: Scaling,
    start: Answerer,
    card: dict[str, object],
    folder: Path,
    *,
    minutes: float = math.inf,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> Answerer | None:
    """Return an answerer of tokens at one ratio, or None where time was up before all epochs were done.

    Args:
        merged: Training pictures at the ratio.
        asked: Their questions.
        scaling: Of the answerer that it starts from.
        start: Whose weights it begins with.
        card: Epochs, seed, and what tells this training from others.
        folder: Gets the state of the training.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training.
    """
    torch.manual_seed(SEED)
    net, rows = Answerer(scaling.blank.shape[1], VOCABULARIES["scenes"]), Rows.of(asked)
    start_from(net, start)

    def loss_of(chosen: Tensor, _draw: torch.Generator) -> Tensor:
        return answer_loss(net, asked, rows, chosen, merged.tokens(scaling, chosen))

    course = Course(len(merged), EPOCHS, SEED, RATE)
    spent = run_course(net, course, card, folder, loss_of, minutes=minutes, progress=progress)
    return None if spent is None else net.eval().requires_grad_(False)
