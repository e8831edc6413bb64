"""Ways to get few tokens a frame, each read by a decoder and an answerer that were trained on it alike."""

from collections.abc import Callable, Mapping, Sequence
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
from tokcomp_cli.learned.pvc.reading import CHUNK, ReadingLoss, Reads, Short, shares
from tokcomp_cli.training.course import Course, run_course

RATE, BATCH = 1e-3, 4
OURS = "pvc"
SHARES = ("lost", "lost, evenly")


def new_reads(
    clips: TimedClips, start: Answerer | None, *, decoding: bool = True, answering: bool = True
) -> Reads:
    """Return a decoder and an answerer, not trained.

    Args:
        clips: What they read is made of these.
        start: An answerer whose weights the new one begins with where they fit.
        decoding: Whether there is a decoder.
        answering: Whether there is an answerer.
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
        lost: What is not told, as `shares_lost` has it, (2, N, T).
        right: Whether each question is answered rightly, (Q,); none where nothing is asked.
    """

    lost: Array
    right: Flags


def read_alike(
    trained: tuple[TimedClips, Short],
    checked: Sequence[tuple[TimedClips, Short]],
    start: Answerer | None,
    card: Mapping[str, object],
    folder: Path,
    *,
    seed: int,
    epochs: int,
    decoding: bool = True,
    minutes: float,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> list[Read] | None:
    """Return how well one way is read on clips that were not trained on, or None where time was up before.

    Args:
        trained: Training clips and their few tokens.
        checked: Sets of other clips and theirs.
        start: As in `new_reads`.
        card: What tells this training from others.
        folder: Gets the state of the training.
        seed: Of the training.
        epochs: Passes over the clips.
        decoding: Whether there is a decoder.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training.
    """
    clips, short = trained
    torch.manual_seed(seed)
    reads = new_reads(clips, start, decoding=decoding)
    loss = ReadingLoss(reads, clips, short.some)
    course = Course(len(clips), epochs, seed, RATE, BATCH)
    spent = run_course(reads, course, card, folder, loss, minutes=minutes, progress=progress)
    return None if spent is None else [read(reads.eval(), *one) for one in checked]


def read(reads: Reads, clips: TimedClips, short: Short) -> Read:
    """Return how well the few tokens of clips are read, by an answerer where questions are asked, too.

    Without a decoder each patch is told by the token that stands for it.
    """
    every, parts = torch.arange(short.owner.shape[-1]), torch.split(torch.arange(len(clips)), CHUNK)
    with torch.no_grad():
        told = [shares(reads.decoder, clips, short.some(chosen), chosen, every) for chosen in parts]
    lost = torch.cat(told, dim=1)
    if reads.answerer is None or not len(clips.scenes.scene):
        return Read(lost.double().numpy(), np.zeros(0, dtype=np.bool_))
    rows, nets = Rows.of(clips.scenes), [reads.answerer]
    right = answered(nets, clips.scenes, rows, lambda chosen: short.some(chosen).tokens)
    return Read(lost.double().numpy(), right[0])


def figures(clips: TimedClips, read_by: Mapping[str, Read]) -> Figures:
    """Return figures of every way, and by how much PVC is ahead of it, clips counted as pairs.

    `lost`: what a decoder cannot tell, by saliency; of the first and the last frame, too. `right`: share of
    questions that are answered rightly, and of those about time.

    Args:
        clips: Clips that were read.
        read_by: How well, by way; `pvc` among them.
    """
    weights, rows = draws(len(clips), seed=0), dict[str, dict[str, Array]]()
    for name, one in read_by.items():
        shares = zip(SHARES, one.lost, strict=True)
        rows[name] = {told: weights @ share.mean(1) / len(clips) for told, share in shares}
        for frame in (0, one.lost.shape[2] - 1):
            rows[name][f"lost in frame {frame + 1}"] = weights @ one.lost[0, :, frame] / len(clips)
        if len(one.right):
            rows[name] |= _answers(clips, one.right, weights)
    for name in [name for name in rows if name != OURS and OURS in rows]:
        for told in [told for told in (*SHARES, "right") if told in rows[name]]:
            rows[name][f"pvc minus it: {told}"] = rows[OURS][told] - rows[name][told]
    return {name: {told: _rounded(row) for told, row in row.items()} for name, row in rows.items()}


def _answers(clips: TimedClips, right: Flags, weights: Array) -> dict[str, Array]:
    """Return the share of right answers, and of those about time, as clips count, (R,) each."""
    scene, kind = clips.scenes.scene.numpy(), clips.scenes.kind.numpy()
    of_time = np.isin(kind, [VOCABULARY.kinds.index(one) for one in VOCABULARY.time])
    found = {}
    for told, some in (("right", np.ones_like(of_time)), ("right about time", of_time)):
        counts = weights[:, scene[some]]
        found[told] = counts @ right[some] / np.maximum(counts.sum(1), 1)
    return found


def _rounded(values: Array) -> tuple[float, float, float]:
    found = interval(values)
    return round(found.mean, 4), round(found.low, 4), round(found.high, 4)
