"""What the evidence comes to: numbers, each with its interval over pictures and how many stand behind it."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.bootstrap import rank_correlations
from tokcomp_cli.core.results.evidence import Evidence, FigureRow, MethodRow
from tokcomp_cli.evidence.evaluate import Trial
from tokcomp_cli.evidence.own_budget import own_budgets
from tokcomp_cli.evidence.statistics import Array, Cell, Flags, Numbers, draws, interval, pooled_auc
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.vocabulary import Vocabulary
from tokcomp_cli.evidence.within_file import within_files

FILE_RESAMPLES = 40


def evidence(
    scenes: EncodedSet,
    vocabulary: Vocabulary,
    answerers: Sequence[str],
    full: Flags,
    blind: Flags,
    trials: Sequence[Trial],
    curve: Sequence[Trial],
    energy: npt.NDArray[np.float32],
    *,
    floor: float,
    grid: tuple[int, int],
    task: str = "scenes",
    seed: int = 0,
) -> Evidence:
    """Return what trials come to.

    Args:
        scenes: Pictures and questions.
        vocabulary: Of the questions.
        answerers: Names of A answerers.
        full: What is answered rightly from all tokens, (A, Q).
        blind: What is answered rightly from another picture's tokens, (A, Q).
        trials: Methods at budgets.
        curve: One method at rising budgets, the last one all tokens, or none.
        energy: Of each patch, (N, P).
        floor: Least energy of a patch.
        grid: Rows and columns of patches.
        task: Whose pictures they are.
        seed: Of the resamples.
    """
    kind, picture = scenes.kind.numpy(), scenes.scene.numpy()
    weights = draws(len(scenes), seed=seed)
    few = weights[: 1 + FILE_RESAMPLES]
    kept = np.stack([_share(one.right, full, picture, weights) for one in trials], axis=1)
    return Evidence(
        pictures=len(scenes),
        questions=len(kind),
        answerers=tuple(answerers),
        all_tokens=_by_kind(full, kind, vocabulary),
        question_only=_by_kind(blind, kind, vocabulary),
        methods=tuple(_row(one, full, scenes, vocabulary, weights) for one in trials),
        figures=tuple(
            _figure(name, trials, kept, weights, pooled_auc(_cells(trials, name, full, kind, picture), few))
            for name in trials[0].figures
        ),
        within_file=within_files(scenes, full, trials, energy, few, floor=floor, grid=grid),
        curve=tuple(_row(one, full, scenes, vocabulary, weights) for one in curve),
        targets=own_budgets(curve, picture, scenes.score.double().numpy(), weights) if curve else (),
        task=task,
    )


def _row(one: Trial, full: Flags, scenes: EncodedSet, vocabulary: Vocabulary, weights: Array) -> MethodRow:
    """Return what a trial comes to; weights (R, N) count pictures."""
    kind, picture = scenes.kind.numpy(), scenes.scene.numpy()
    of_kind = {name: full & (kind == number) for number, name in enumerate(vocabulary.kinds)}
    written, timed = (
        sum((of_kind[name] for name in names), start=full & False)
        for names in (vocabulary.reading, vocabulary.time)
    )
    return MethodRow(
        one.method,
        one.budget,
        interval(_share(one.right, np.ones_like(full), picture, weights)),
        interval(_share(one.right, full, picture, weights)),
        interval(_share(one.right, written, picture, weights)),
        interval(_share(one.right, timed, picture, weights)),
        tuple(
            float(_share(one.right[[net]], full[[net]], picture, weights[:1])[0]) for net in range(len(full))
        ),
        {name: float(_share(one.right, among, picture, weights[:1])[0]) for name, among in of_kind.items()},
        {name: float(values.mean()) for name, values in one.figures.items()},
    )


def _figure(
    name: str, trials: Sequence[Trial], kept: Array, weights: Array, between_files: Array
) -> FigureRow:
    """Return what a figure predicts.

    Args:
        name: Of the figure.
        trials: Methods at budgets, T of them.
        kept: Answers that each keeps, (R, T).
        weights: How often each picture counts, (R, N).
        between_files: AUC over files of one method, budget and kind of question.
    """
    means = weights @ np.stack([one.figures[name] for one in trials], axis=1) / weights.shape[1]
    means = means.round(9)  # what only rounding tells apart is alike
    budgets = np.array([one.budget for one in trials])
    return FigureRow(
        name,
        {
            int(budget): interval(rank_correlations(means[:, budgets == budget], kept[:, budgets == budget]))
            for budget in np.unique(budgets)
        },
        interval(rank_correlations(means, kept)),
        interval(between_files),
    )


def _share(right: Flags, among: Flags, picture: Numbers, weights: Array) -> Array:
    """Return the share answered rightly among some questions, (R,); weights (R, N) count pictures."""
    of_picture = [
        np.bincount(picture, counted.sum(0), minlength=weights.shape[1]) for counted in (right & among, among)
    ]
    hit, asked = (weights @ counts for counts in of_picture)
    return np.where(asked > 0, hit / np.maximum(asked, 1e-12), np.nan)


def _cells(
    trials: Sequence[Trial], name: str, full: Flags, kind: Numbers, picture: Numbers
) -> Iterator[Cell]:
    """Return the questions of each trial, answerer and kind that are right from all tokens."""
    for one in trials:
        for net in range(len(full)):
            for number in np.unique(kind):
                asked = full[net] & (kind == number)
                values = one.figures[name][picture[asked]].round(6)  # what rounding tells apart is alike
                yield values, one.right[net][asked], picture[asked]


def _by_kind(right: Flags, kind: Numbers, vocabulary: Vocabulary) -> dict[str, float]:
    by_kind = {
        name: float(right[:, kind == number].mean())
        for number, name in enumerate(vocabulary.kinds)
        if (kind == number).any()
    }
    return {"all": float(right.mean()), **by_kind}
