"""Make the scenes, then train an answerer on them."""

import math
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.evidence.checkpoint import ANSWERER, Card, Regime, load_answerer
from tokcomp_cli.evidence.prepared import Wanted, compressed, encoded
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.train import train


def prepare_and_train(
    wanted: Wanted,
    encoder: Encoder,
    folder: Path,
    *,
    regime: Regime,
    epochs: int,
    seed: int,
    start: Path | None = None,
    minutes: float = math.inf,
    progress: Callable[[float, int | None], None],
) -> Path | None:
    """Return the file of the answerer, or None where time was up before all epochs were done.

    Args:
        wanted: Training pictures.
        encoder: Gives their tokens.
        folder: Gets the encoded pictures and a folder for the answerer.
        regime: `all` tokens only, or `mixed` with random budgets.
        epochs: Passes over the pictures.
        seed: Of the training.
        start: An answerer of the same encoder to begin with, or None.
        minutes: After an epoch that ends later, training stops.
        progress: Called with things done and things to do, phase by phase.

    Raises:
        EvidenceError: A package is missing, or another training is in the folder.
        PlanError: The folder cannot be written.
    """
    facts, begun, known = encoder.facts, "", None
    if start is not None:
        known, about, _ = load_answerer(start)
        about.check(encoder)
        begun = sha256(start.read_bytes()).hexdigest()
    scenes = encoded(wanted, encoder, folder, progress)
    scaling = Scaling.of(scenes.features, encoder.blank, facts.grid)
    short = None
    if regime == "mixed":
        short = compressed(wanted, scenes, scaling, encoder, folder, progress)
    card = Card(
        facts.name, facts.weights_sha256 or "", wanted.task, regime, seed, epochs, wanted.count, begun
    )
    own = folder / f"{wanted.task}-{regime}-{seed}"
    done = train(
        scenes,
        short,
        scaling,
        card,
        own,
        start=known,
        minutes=minutes,
        progress=lambda done: progress(done, epochs),
    )
    return own / ANSWERER if done else None
