"""Ways to get few tokens a frame, each read by a decoder and an answerer that were trained on it alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tokcomp_cli.evidence.answerer import Answerer, start_from
from tokcomp_cli.evidence.clips.questions import VOCABULARY
from tokcomp_cli.evidence.evaluate import answered
from tokcomp_cli.evidence.statistics import Array, Flags, draws, interval
from tokcomp_cli.evidence.train import Rows
from tokcomp_cli.learned.pvc.checkpoint import Figures
from tokcomp_cli.learned.pvc.clips import TimedClips
from tokcomp_cli.learned.pvc.decoder import Decoder
from tokcomp_cli.learned.pvc.reading import CHUNK, Reads, ReadingLoss, Short
from tokcomp_cli.training.course import Course, run_course

RATE, BATCH = 1e-3, 4
OURS = "pvc"
SHARES = ("lost", "lost, evenly")


def new_reads(clips: TimedClips, start: Answerer | None, *, decoding: bool = True, answering: bool = True) -> Reads:
    """Return a decoder and an answerer, not trained.

    Args:
        clips: What they read is made of these.
        start: An answerer whose weights the new one begins with where they fit.
        decoding, answering: Which of both there are.
    """
    patches, dim = clips.scaling.blank.shape
    decoder = Decoder(dim, clips.scaling.frames, patches) if decoding else None
    answerer = Answerer(dim, VOCABULARY) if answering else None
    if answerer is not None and start is not None:
        start_from(answerer, start)
    return Reads(decoder, answerer)


@dataclass(frozen=True, slots=True)
class Read:
    """How well the few tokens of N clips with Q questions are read.

    Attributes:
        lost: Share of the content that is not told, by saliency and evenly, (2, N, T).
        right: Whether each question is answered rightly, (Q,).
    """

    lost: Array
    right: Flags


def read_alike(
    trained: tuple[TimedClips, Short],
    checked: tuple[TimedClips, Short],
    start: Answerer | None,
    card: Mapping[str, object],
    folder: Path,
    *,
    seed: int,
    epochs: int,
    minutes: float,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> Read | None:
    """Return how well one way is read on clips that were not trained on, or None where time was up before.

    Args:
        trained: Training clips and their few tokens.
        checked: Other clips and theirs.
        start: As in `new_reads`.
        card: What tells this training from others.
        folder: Gets the state of the training.
        seed: Of the training.
        epochs: Passes over the clips.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training.
    """
    clips, short = trained
    torch.manual_seed(seed)
    reads = new_reads(clips, start)
    loss = ReadingLoss(reads, clips, short.some)
    course = Course(len(clips), epochs, seed, RATE, BATCH)
    spent = run_course(reads, course, card, folder, loss, minutes=minutes, progress=progress)
    return None if spent is None else read(reads.eval(), *checked)


def read(reads: Reads, clips: TimedClips, short: Short) -> Read:
    """Return how well the few tokens of clips are read by a decoder and an answerer."""
    loss, every = ReadingLoss(reads, clips, short.some), torch.arange(short.owner.shape[-1])
    with torch.no_grad():
        lost = torch.cat(
            [
                loss.shares(short.some(chosen), chosen, every)
                for chosen in torch.split(torch.arange(len(clips)), CHUNK)
            ],
            dim=1,
        )
    nets = [one for one in (reads.answerer,) if one is not None]
    right = answered(nets, clips.scenes, Rows.of(clips.scenes), lambda chosen: short.some(chosen).tokens)
    return Read(lost.double().numpy(), right[0])


def figures(clips: TimedClips, read_by: Mapping[str, Read]) -> Figures:
    """Return figures of every way, and by how much PVC is ahead of it, clips counted as pairs.

    `lost`: share of the content, by saliency, that the decoder is not told; of the first and the last frame,
    too. `right`: share of questions answered rightly, and of those about time.

    Args:
        clips: Clips that were read.
        read_by: How well, by way; `pvc` among them.
    """
    weights, scenes = draws(len(clips), seed=0), clips.scenes
    times = np.isin(scenes.kind.numpy(), [VOCABULARY.kinds.index(kind) for kind in VOCABULARY.time])
    asked, rows = scenes.scene.numpy(), {}
    for name, one in read_by.items():
        lost = {told: weights @ share.mean(1) / len(clips) for told, share in zip(SHARES, one.lost, strict=True)}
        ends = {f"lost in frame {at + 1}": weights @ one.lost[0, :, at] / len(clips) for at in (0, -1)}
        right = {
            told: weights[:, asked[some]] @ one.right[some] / weights[:, asked[some]].sum(1)
            for told, some in (("right", np.ones_like(times)), ("right about time", times))
        }
        rows[name] = lost | ends | right
    for name in [name for name in rows if name != OURS and OURS in rows]:
        for told in (*SHARES, "right"):
            rows[name][f"pvc minus it: {told}"] = rows[OURS][told] - rows[name][told]
    return {name: {told: _rounded(row) for told, row in row.items()} for name, row in rows.items()}


def _rounded(values: Array) -> tuple[float, float, float]:
    found = interval(values)
    return round(found.mean, 4), round(found.low, 4), round(found.high, 4)


