"""Make the pictures, train adapters of several seeds on them, and judge them."""

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tokcomp_cli.encoders.embedded import EmbeddedEncoder
from tokcomp_cli.encoders.precision import choose
from tokcomp_cli.evidence.prepared import Progress, Wanted, pictured
from tokcomp_cli.evidence.task.ingredients import LICENCES
from tokcomp_cli.learned.tocom.adapters import MOST_RATIO, RANK
from tokcomp_cli.learned.tocom.checkpoint import ToComCard, read_adapters, write_adapters
from tokcomp_cli.learned.tocom.distil import fit
from tokcomp_cli.learned.tocom.judged import PAIRS, Judge, Row
from tokcomp_cli.learned.tocom.merging_tower import MergingTower
from tokcomp_cli.learned.tocom.reader import readers_at

CHECKED = 300


@dataclass(frozen=True, slots=True)
class Settings:
    """How adapters are trained.

    Attributes:
        epochs: Passes over the pictures.
        seed: Of the first training; each other one has the next.
        seeds: Trainings.
        minutes: After an epoch that ends later, training stops.
    """

    epochs: int = 2
    seed: int = 0
    seeds: int = 3
    minutes: float = math.inf


def train_tocom(
    wanted: Wanted, encoder: EmbeddedEncoder, file: Path, settings: Settings, progress: Progress
) -> list[Row] | None:
    """Return what adapters come to, or None where time was up before all epochs were done.

    The file gets the adapters of the first seed. Pictures are kept in its folder; states of the trainings,
    and the adapters of the other seeds, in a folder named as the file.

    Args:
        wanted: Training pictures.
        encoder: In float32.
        file: Gets the adapters.
        settings: How they are trained.
        progress: Called with things done and things to do, phase by phase.

    Raises:
        EvidenceError: A package is missing, memory does not suffice, or another training is in the folder.
        PlanError: The folder cannot be written.
    """
    started, own = time.monotonic(), file.with_suffix("")
    tower = MergingTower(encoder, choose("auto", "cpu"))
    pictures, asked = pictured(wanted, file.parent, progress)

    def left() -> float:
        return settings.minutes - (time.monotonic() - started) / 60

    trained, total = [], settings.seeds * settings.epochs
    for number in range(settings.seeds):
        seed, before = settings.seed + number, number * settings.epochs
        progress(before, total)
        found = fit(
            tower,
            pictures,
            _card(wanted, tower, settings.epochs, seed),
            own / f"seed-{seed}",
            minutes=left(),
            progress=lambda done, before=before: progress(before + done, total),  # type: ignore[misc]
        )
        if found is None:
            return None
        place = file if number == 0 else own / f"seed-{seed}.safetensors"
        write_adapters(place, *found)
        trained.append((place, *read_adapters(place)))  # as they are kept, in half precision
    readers = readers_at(tower, pictures, asked, MOST_RATIO, own, minutes=left(), progress=progress)
    if readers is None:
        return None
    shown, asked = pictured(replace(wanted, split="validation", count=CHECKED), file.parent, progress)
    judge = Judge(tower, [adapters for _, adapters, _ in trained], shown, asked, readers, progress)
    rows = judge.rows(PAIRS)
    figures = {name: value for row in rows for name, value in row.figures().items()}
    seeds = tuple(card.seed for _, _, card in trained)
    for place, adapters, card in trained:
        write_adapters(place, adapters, replace(card, figures=figures, judged=seeds))
    return rows


def _card(wanted: Wanted, tower: MergingTower, epochs: int, seed: int) -> ToComCard:
    facts = tower.encoder.facts
    return ToComCard(
        encoder=facts.name,
        encoder_sha256=facts.weights_sha256 or "",
        dim=facts.dim,
        most=MOST_RATIO,
        rank=RANK,
        seed=seed,
        epochs=epochs,
        scenes=wanted.count,
        precision=tower.precision,
        minutes=0.0,
        data=LICENCES[wanted.task],
        figures={},
    )
