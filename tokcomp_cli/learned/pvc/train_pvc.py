"""Make the clips, train PVC on them, and judge it beside other ways to as many tokens a frame."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import nn

from tokcomp_cli.compress.pool import pooled_grid
from tokcomp_cli.encoders.embedded import SHA256, WEIGHTS, EmbeddedEncoder
from tokcomp_cli.encoders.stored_weights import StoredWeights
from tokcomp_cli.encoders.vit_small import DEPTH, VitSmall
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.card import shipped_answerer
from tokcomp_cli.evidence.checkpoint import load_answerer
from tokcomp_cli.evidence.prepared import Progress, Wanted
from tokcomp_cli.evidence.task.ingredients import LICENCES
from tokcomp_cli.learned.pvc.checkpoint import PvcCard, write_pvc
from tokcomp_cli.learned.pvc.clips import TimedClips, timed_clips
from tokcomp_cli.learned.pvc.footage import footage
from tokcomp_cli.learned.pvc.judge import BATCH, OURS, RATE, Read, figures, new_reads, read_alike
from tokcomp_cli.learned.pvc.making import Making
from tokcomp_cli.learned.pvc.network import Pvc
from tokcomp_cli.learned.pvc.reading import ReadingLoss, Short, all_of, kept_by
from tokcomp_cli.training.course import Course, run_course

LOSSES = ("both", "reconstruction", "answers")
CHECKED = 160
ALONE, ALL = "pvc without time", "all tokens"
WAYS = ("pool", "ward", "saliency-ward", "random", ALL)


@dataclass(frozen=True, slots=True)
class Settings:
    """How PVC is trained.

    Attributes:
        loss: One of `LOSSES`.
        num_keep: Tokens left of a frame, at most: the largest grid of so many cells.
        blocks: Last blocks of the tower that get attention over time.
        epochs: Passes over the clips.
        seed: Of the training.
        footage: Real videos that are judged on, too.
        minutes: After an epoch that ends later, training stops; encoding does not count.
    """

    loss: str = "both"
    num_keep: int = 64
    blocks: int = 4
    epochs: int = 5
    seed: int = 0
    footage: tuple[str, ...] = ()
    minutes: float = math.inf


def train_pvc(
    wanted: Wanted, encoder: EmbeddedEncoder, file: Path, settings: Settings, progress: Progress
) -> PvcCard | None:
    """Return the card of the checkpoint in the file, or None where time was up before all was done.

    Encoded clips are kept in the file's folder, the states of all trainings in a folder named as the file.

    Args:
        wanted: Training clips.
        encoder: Gives their tokens.
        file: Gets the checkpoint.
        settings: How it is trained.
        progress: Called with things done and things to do, phase by phase.

    Raises:
        EvidenceError: A package is missing, memory does not suffice, or another training is in the folder.
        PlanError: The folder cannot be written.
    """
    begin = DEPTH - settings.blocks
    clips = timed_clips(wanted, encoder, begin, file.parent, progress)
    checked = replace(wanted, split="validation", count=CHECKED)
    others = {"": timed_clips(checked, encoder, begin, file.parent, progress, clips.scaling)}
    if settings.footage:
        others["footage, "] = footage(settings.footage, encoder, begin, clips.scaling)
    start, about, _ = load_answerer(shipped_answerer())
    about.check(encoder)
    card = card_of(clips, encoder, settings)
    training = Training(clips, others, start, float32_tower(), card, file.with_suffix(""), settings, progress)
    return training.run(file)


def card_of(clips: TimedClips, encoder: EmbeddedEncoder, settings: Settings) -> PvcCard:
    """Return the card of a training that has not begun."""
    facts = encoder.facts
    return PvcCard(
        encoder=facts.name,
        encoder_sha256=facts.weights_sha256 or "",
        dim=facts.dim,
        grid=facts.grid,
        blocks=settings.blocks,
        num_keep=math.prod(pooled_grid(facts.grid, settings.num_keep)),
        frames=clips.scaling.frames,
        scale=clips.scaling.scale,
        loss=settings.loss,
        seed=settings.seed,
        epochs=settings.epochs,
        clips=len(clips),
        minutes=0.0,
        data=LICENCES["scenes"],
    )


def float32_tower() -> VitSmall:
    """Return the embedded tower as gradients pass through it."""
    return VitSmall.of(StoredWeights(WEIGHTS, sha256=SHA256), torch.float32)


class Training:
    """PVC, the same without attention over time, and what reads their tokens and those of other ways."""

    def __init__(
        self,
        clips: TimedClips,
        others: Mapping[str, TimedClips],
        start: Answerer | None,
        tower: VitSmall,
        card: PvcCard,
        folder: Path,
        settings: Settings,
        progress: Progress = lambda _done, _total: None,
    ) -> None:
        """Take what is to be trained on.

        Args:
            clips: Training clips.
            others: Clips to judge on, by what is put before the figures' names.
            start: An answerer that new ones begin with, or None.
            tower: In float32.
            card: Of PVC.
            folder: Gets the states.
            settings: How long, and from which seed.
            progress: Called with epochs done and epochs to do.
        """
        self.clips, self.others, self.start, self.tower = clips, others, start, tower
        self.card, self.folder, self._progress = card, folder, progress
        self._until = time.monotonic() + settings.minutes * 60

    def run(self, file: Path) -> PvcCard | None:
        """Train, write the checkpoint, judge it, and return its card; None where time was up."""
        found = self.fit(self.card, "pvc")
        if found is None:
            return None
        net, minutes = found
        card = replace(self.card, minutes=round(minutes, 1))
        write_pvc(file, net, card)
        alone = self.fit(replace(self.card, blocks=0), "pvc-without-time")
        if alone is None:
            return None
        made = {OURS: net, ALONE: alone[0]}
        read_by: dict[str, list[Read]] = {}
        for way in (*made, *WAYS):
            read = self._read(way, made.get(way))
            if read is None:
                return None
            read_by[way] = read
        told_of = {
            f"{before}{way}": told
            for at, (before, clips) in enumerate(self.others.items())
            for way, told in figures(clips, {way: one[at] for way, one in read_by.items()}).items()
        }
        card = replace(card, figures=told_of)
        write_pvc(file, net, card)
        return card

    def _read(self, way: str, net: Pvc | None) -> list[Read] | None:
        """Return how well one way is read on each set of other clips; None where time was up."""
        return read_alike(
            (self.clips, self._short(way, net, self.clips)),
            [(clips, self._short(way, net, clips)) for clips in self.others.values()],
            self.start,
            asdict(self.card) | {"way": way},
            self.folder / f"reads-{way.replace(' ', '-')}",
            seed=self.card.seed,
            epochs=self.card.epochs,
            decoding=way != ALL,
            minutes=self._left(),
            progress=self._tick(),
        )

    def fit(self, card: PvcCard, name: str) -> tuple[Pvc, float] | None:
        """Return a network trained as the card says and the minutes it took; None where time was up."""
        torch.manual_seed(card.seed)
        net = card.network()
        decoding, answering = card.loss != "answers", card.loss != "reconstruction"
        reads = new_reads(self.clips, self.start, decoding=decoding, answering=answering)
        learning = nn.ModuleDict({"pvc": net, "reads": reads})
        loss = ReadingLoss(reads, self.clips, Making(net, self.tower, self.clips))
        course = Course(len(self.clips), card.epochs, card.seed, RATE, BATCH)
        spent = run_course(
            learning,
            course,
            asdict(card),
            self.folder / name,
            loss,
            minutes=self._left(),
            progress=self._tick(),
        )
        return None if spent is None else (net.eval(), spent)

    def _short(self, way: str, net: Pvc | None, clips: TimedClips) -> Short:
        if net is not None:
            return Making(net, self.tower, clips).all()
        return all_of(clips) if way == ALL else kept_by(way, clips, self.card.num_keep)

    def _left(self) -> float:
        return max(0.0, (self._until - time.monotonic()) / 60)

    def _tick(self) -> Callable[[float], None]:
        return lambda done: self._progress(done, self.card.epochs)
