"""What the evidence comes to: numbers, each with its interval over pictures and how many stand behind it."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.evidence import Evidence, FigureRow, MethodRow
from tokcomp_cli.evidence.evaluate import Trial
from tokcomp_cli.evidence.statistics import over_pictures, pooled_auc, spearman
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.vocabulary import Vocabulary
from tokcomp_cli.evidence.within_file import within_files

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
FILE_RESAMPLES = 40


def evidence(
    scenes: EncodedSet,
    vocabulary: Vocabulary,
    full: Flags,
    blind: Flags,
    trials: Sequence[Trial],
    *,
    floor: float,
    grid: tuple[int, int],
    seed: int = 0,
) -> Evidence:
    """Return what trials come to.

    Args:
        scenes: Pictures and questions.
        vocabulary: Of the questions.
        full: What is answered rightly from all tokens, (A, Q).
        blind: What is answered rightly from another picture's tokens, (A, Q).
        trials: Methods at budgets.
        floor: Least energy of a patch.
        grid: Rows and columns of patches.
        seed: Of the resamples.
    """
    kind, picture = scenes.kind.numpy(), scenes.scene.numpy()
    count = len(scenes)
    reading = np.isin(kind, [vocabulary.kinds.index(name) for name in vocabulary.reading])

    everything, written = np.ones_like(full), full & reading
    interval = partial(over_pictures, pictures=count, seed=seed)
    rows = tuple(
        MethodRow(
            one.method,
            one.budget,
            interval(partial(_share, one.right, everything, picture)),
            interval(partial(_share, one.right, full, picture)),
            interval(partial(_share, one.right, written, picture)),
            {name: float(values.mean()) for name, values in one.figures.items()},
        )
        for one in trials
    )
    budgets = sorted({one.budget for one in trials})
    of_budget = {budget: [one for one in trials if one.budget == budget] for budget in budgets}
    figures = tuple(
        FigureRow(
            name,
            {
                budget: interval(partial(_over_methods, of_budget[budget], name, full, picture))
                for budget in budgets
            },
            interval(partial(_over_methods, trials, name, full, picture)),
            interval(
                partial(pooled_auc, list(_cells(trials, name, full, kind, picture))), resamples=FILE_RESAMPLES
            ),
        )
        for name in trials[0].figures
    )
    return Evidence(
        pictures=count,
        questions=len(kind),
        answerers=len(full),
        all_tokens=_by_kind(full, kind, vocabulary),
        question_only=_by_kind(blind, kind, vocabulary),
        methods=rows,
        figures=figures,
        within_file=within_files(scenes, full, trials, floor=floor, grid=grid, seed=seed),
    )


def _share(right: Flags, among: Flags, picture: Numbers, weight: Array) -> float:
    """Return the share answered rightly among some questions, each picture counting as often as it weighs."""
    counts = among * weight[picture]
    return float((right * counts).sum() / max(float(counts.sum()), 1e-12))


def _over_methods(trials: Sequence[Trial], name: str, full: Flags, picture: Numbers, weight: Array) -> float:
    means = [float(np.average(one.figures[name], weights=weight)) for one in trials]
    return spearman(means, [_share(one.right, full, picture, weight) for one in trials])


def _cells(
    trials: Sequence[Trial], name: str, full: Flags, kind: Numbers, picture: Numbers
) -> Iterator[tuple[Array, Flags, Numbers]]:
    """Return figure, whether kept and picture of the questions of each trial, answerer and kind."""
    for one in trials:
        for net in range(len(full)):
            for number in np.unique(kind):
                asked = full[net] & (kind == number)
                yield one.figures[name][picture[asked]], one.right[net][asked], picture[asked]


def _by_kind(right: Flags, kind: npt.NDArray[np.int64], vocabulary: Vocabulary) -> dict[str, float]:
    by_kind = {
        name: float(right[:, kind == number].mean())
        for number, name in enumerate(vocabulary.kinds)
        if (kind == number).any()
    }
    return {"all": float(right.mean()), **by_kind}
