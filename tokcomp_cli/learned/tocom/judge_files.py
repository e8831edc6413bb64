"""Judge checkpoints again, on pictures that no training saw, by the answerer that ships."""

from collections.abc import Sequence
from pathlib import Path

from tokcomp_cli.encoders.embedded import EmbeddedEncoder
from tokcomp_cli.encoders.precision import choose
from tokcomp_cli.evidence.card import shipped_answerer
from tokcomp_cli.evidence.checkpoint import load_answerer
from tokcomp_cli.evidence.prepared import Progress, Wanted, pictured
from tokcomp_cli.learned.tocom.checkpoint import read_adapters
from tokcomp_cli.learned.tocom.judged import Judge, Row
from tokcomp_cli.learned.tocom.merging_tower import MergingTower


def judge_files(
    paths: Sequence[Path],
    encoder: EmbeddedEncoder,
    ratios: Sequence[int],
    wanted: Wanted,
    folder: Path | None,
    progress: Progress,
) -> list[Row]:
    """Return what adapters come to from ratio 0, at which the answerer was trained, to other ratios.

    Args:
        paths: Checkpoints, one a seed.
        encoder: In float32.
        ratios: That the encoder runs at.
        wanted: Pictures to judge by.
        folder: Where they are kept; None keeps nothing.
        progress: Called with things done and things to do, phase by phase.

    Raises:
        EvidenceError: A checkpoint is missing, altered or for another encoder, or a package is missing.
        PlanError: A checkpoint was not trained at such a ratio.
    """
    trained = []
    for path in paths:
        adapters, card = read_adapters(path)
        card.check(encoder.facts)
        for ratio in ratios:
            adapters.between(0, ratio)
        trained.append(adapters)
    net, about, scaling = load_answerer(shipped_answerer())
    about.check(encoder)
    pictures, asked = pictured(wanted, folder, progress)
    tower = MergingTower(encoder, choose("auto", "cpu"))
    judge = Judge(tower, trained, pictures, asked, {0: (net, scaling)}, progress)
    return judge.rows([(0, ratio) for ratio in ratios])
