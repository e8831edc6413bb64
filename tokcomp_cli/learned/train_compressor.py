"""Make the scenes, then train a learned compressor on them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import nn

from tokcomp_cli.compress import find
from tokcomp_cli.compress.learned import CompressorCard, write_compressor
from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.checkpoint import VOCABULARIES, Card, load_answerer, save_answerer
from tokcomp_cli.evidence.evaluate import trials
from tokcomp_cli.evidence.prepared import Progress, Wanted, encoded
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.ingredients import LICENCES
from tokcomp_cli.evidence.task.on_pictures import OnPictures
from tokcomp_cli.learned.losses import FEWEST, MOST, AnswerLoss, Compressing, Rebuilder, ReconstructionLoss
from tokcomp_cli.plan.resolved import DEFAULT_SPATIAL
from tokcomp_cli.training.course import Course, run_course

LOSSES = ("answers", "reconstruction")
BUDGETS, CHECKED = (16, 25, 49), 300


@dataclass(frozen=True, slots=True)
class Settings:
    """How a compressor is trained.

    Attributes:
        loss: One of `LOSSES`.
        answerers: Files of answerers that stay as they are; none trains one along.
        epochs: Passes over the pictures.
        seed: Of the training.
        minutes: After an epoch that ends later, training stops.
    """

    loss: str = "answers"
    answerers: tuple[Path, ...] = ()
    epochs: int = 10
    seed: int = 0
    minutes: float = math.inf


def train_compressor(
    wanted: Wanted, encoder: Encoder, file: Path, settings: Settings, progress: Progress
) -> CompressorCard | None:
    """Return the card of the compressor in the file, or None where time was up before all epochs were done.

    Encoded pictures are kept in the file's folder, the state of the training and an answerer that was trained
    along in a folder named as the file.

    Args:
        wanted: Training pictures.
        encoder: Gives their tokens.
        file: Gets the compressor.
        settings: How it is trained.
        progress: Called with things done and things to do, phase by phase.

    Raises:
        EvidenceError: A package is missing, an answerer does not fit, or another training is in the folder.
        PlanError: The folder cannot be written.
    """
    facts = encoder.facts
    read = [_reader(path, encoder) for path in settings.answerers]
    scenes = encoded(wanted, encoder, file.parent, progress)
    scaling = Scaling.of(scenes.features, encoder.blank, facts.grid)
    names = [name for _, name in read] or (["trained along"] if settings.loss == "answers" else [])
    card = _card(wanted, facts, settings, scaling, names)
    found = fit(
        scenes,
        scaling,
        [reader for reader, _ in read],
        card,
        wanted.task,
        file.with_suffix(""),
        minutes=settings.minutes,
        progress=lambda done: progress(done, settings.epochs),
    )
    if found is None:
        return None
    card = replace(card, minutes=round(found.minutes, 1))
    write_compressor(file, found.net, card)
    checked = encoded(replace(wanted, split="validation", count=CHECKED), encoder, file.parent, progress)
    figures = measured(file, found.readers, checked, scaling, float(facts.floor))
    card = replace(card, figures=figures)
    write_compressor(file, found.net, card)
    return card


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained compressor, the answerers that read it with their scalings, and the minutes it took."""

    net: LearnedCompressor
    readers: tuple[tuple[Answerer, Scaling], ...]
    minutes: float


def fit(
    scenes: EncodedSet,
    scaling: Scaling,
    readers: Sequence[tuple[Answerer, Scaling]],
    card: CompressorCard,
    task: str,
    folder: Path,
    *,
    minutes: float = math.inf,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> Fitted | None:
    """Return a compressor trained on scenes, or None where time was up before all epochs were done.

    Args:
        scenes: Training scenes.
        scaling: Of these.
        readers: Answerers that stay as they are, with their scalings; none trains one along.
        card: Loss, seed, epochs, and what tells this training from others.
        task: Of the scenes.
        folder: Gets the state of the training, and an answerer that was trained along.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training.
    """
    torch.manual_seed(card.seed)
    net = LearnedCompressor(card.dim)
    learning, given = nn.ModuleDict({"compressor": net}), Compressing(scenes, scaling, net)
    loss: AnswerLoss | ReconstructionLoss
    if card.loss == "reconstruction":
        learning["rebuilder"] = rebuilder = Rebuilder(card.dim)
        loss = ReconstructionLoss(given, rebuilder)
    else:
        if not readers:
            learning["answerer"] = answerer = Answerer(card.dim, VOCABULARIES[task])
            readers = [(answerer, scaling)]
        loss = AnswerLoss(given, readers, jointly="answerer" in learning)
    course = Course(len(scenes), card.epochs, card.seed)
    spent = run_course(learning, course, asdict(card), folder, loss, minutes=minutes, progress=progress)
    if spent is None:
        return None
    if "answerer" in learning:
        about = Card(card.encoder, card.encoder_sha256, task, "joint", card.seed, card.epochs, card.scenes)
        save_answerer(folder, about, answerer.eval(), scaling)
    return Fitted(net.eval(), tuple(readers), spent)


def measured(
    file: Path,
    readers: Sequence[tuple[Answerer, Scaling]],
    scenes: EncodedSet,
    scaling: Scaling,
    floor: float,
) -> dict[str, float]:
    """Return the share of right answers and `explained` on some scenes, of a compressor and of the default.

    Args:
        file: The compressor.
        readers: Answerers that read its tokens, with their scalings; none leaves right answers out.
        scenes: Pictures it was not trained on.
        scaling: Of the training scenes.
        floor: Least energy of a patch, as the encoder's card has it.
    """
    found: dict[str, float] = {}
    nets, scaling = [net for net, _ in readers], readers[0][1] if readers else scaling
    keeping = OnPictures(scenes, scaling, floor)
    for name, method in (("", f"learned:{file}"), (f"{DEFAULT_SPATIAL}, ", DEFAULT_SPATIAL)):
        for one in trials(nets, scenes, scaling, keeping, [find("spatial", method)], BUDGETS):
            if nets:
                found[f"{name}right at {one.budget}"] = round(float(one.right.mean()), 4)
            found[f"{name}explained at {one.budget}"] = round(float(one.figures["explained"].mean()), 4)
    return found


def _card(
    wanted: Wanted, facts: EncoderFacts, settings: Settings, scaling: Scaling, readers: Sequence[str]
) -> CompressorCard:
    return CompressorCard(
        encoder=facts.name,
        encoder_sha256=facts.weights_sha256 or "",
        dim=facts.dim,
        scale=scaling.scale,
        fewest=min(FEWEST, facts.num_patches),
        most=min(MOST, facts.num_patches),
        of=facts.num_patches,
        loss=settings.loss,
        readers=tuple(readers),
        seed=settings.seed,
        epochs=settings.epochs,
        scenes=wanted.count,
        minutes=0.0,
        data=LICENCES[wanted.task],
        figures={},
    )


def _reader(path: Path, encoder: Encoder) -> tuple[tuple[Answerer, Scaling], str]:
    net, card, scaling = load_answerer(path)
    card.check(encoder)
    return (net.requires_grad_(False), scaling), f"{card.regime} {card.seed}, {card.scenes} scenes"
