"""Does a signal predict the tokens a file really needs? Measured on a folder of the user's own files."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tokcomp_cli.calibrate.encoder import files_in
from tokcomp_cli.core.bootstrap import rank_correlation
from tokcomp_cli.core.results.calibration import DifficultyCalibration, Predictor
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.core.shares import decimal
from tokcomp_cli.difficulty.rules import Cuts, parse_rule
from tokcomp_cli.difficulty.score import image_score
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError, PlanError
from tokcomp_cli.pipeline.result import Result
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

LEAST_FILES = 10
PERCENTILES = (0.3, 0.7, 0.9)
OF_PICTURE = (
    "edge",
    "colour",
    "fine",
    "objects",
    "effective_rank",
    "attention_entropy",
    "energy",
    "gram_rank",
    "variety",
)
NOTE, TEXT = "note's score", "text likelihood"
WEAK = 0.1  # an interval whose lower end is below it settles nothing


@dataclass(frozen=True, slots=True)
class MeasuredFile:
    """What one file needs, and its signals.

    Attributes:
        share: Tokens needed, as a share of its merged frames' grids.
        score: Its image score by the rule in force.
        signals: By name; None where not measured.
    """

    share: float
    score: float
    signals: dict[str, float | None]


def calibrate_difficulty(
    folder: str, plan: Plan, encoder: Encoder, done: Callable[[int, int], None]
) -> DifficultyCalibration:
    """Return which signals predict the tokens that the files of a folder need, and where bands should begin.

    Args:
        folder: Of pictures and clips; what cannot be read is skipped and listed.
        plan: For sampling, target, rule and seed.
        encoder: The encoder of the plan.
        done: Called with files done and files to do.

    Raises:
        PlanError: Fewer than ten files can be read.
    """
    paths = files_in(folder)
    _check_enough(len(paths), 0, folder)
    if plan.temporal.whole_video:
        raise PlanError(f"calibration measures merged frames; `temporal` {plan.temporal.name} makes none")
    if plan.preset is not None or plan.tiers is not None or plan.detail:
        raise PlanError("calibration measures the plain pipeline; leave `preset`, `tiers` and `detail` out")
    target = plan.budget.aim()
    wanted = plan.but(query=None, budget="auto", target=target, resolution_check=True, ocr=False)
    found, passed_over = [], []
    for number, path in enumerate(paths, start=1):
        try:
            found.append(_measured(run(path, wanted, encoder), wanted))
        except MediaError as error:
            passed_over.append(str(error))
        done(number, len(paths))
    _check_enough(len(found), len(passed_over), folder)
    predictors = ranked(found, seed=plan.seed)
    return DifficultyCalibration(
        folder=folder,
        encoder=encoder.facts.name,
        target=target,
        rule=str(parse_rule(plan.difficulty.rule)),
        files=len(found),
        passed_over=tuple(passed_over),
        cuts=cuts_of([one.score for one in found]),
        fit=fit_of(found, encoder.facts.num_patches),
        predictors=predictors,
        verdict=verdict(predictors),
    )


def _check_enough(readable: int, passed_over: int, folder: str) -> None:
    if readable < LEAST_FILES:
        besides = f" besides {passed_over} that cannot be read" if passed_over else ""
        raise PlanError(
            f"calibration needs at least {LEAST_FILES} pictures or clips; folder {folder!r} holds "
            f"{readable}{besides}: put more of your own files into it"
        )


def _measured(result: Result, plan: Plan) -> MeasuredFile:
    """Return what a file needs; a clip's signals are the frame-weighted means over its merged frames."""
    analysis, groups = result.analysis, result.groups
    advice = analysis.recommendation
    there = len(groups) * analysis.encoder.num_patches
    needed = advice.recommended.tokens if advice and advice.recommended else there
    weights = [group.frames for group in groups]

    def mean(values: Sequence[float]) -> float:
        return statistics.fmean(values, weights)

    rule = parse_rule(plan.difficulty.rule)
    signals: dict[str, float | None] = {
        name: mean([float(getattr(group.signals, name)) for group in groups]) for name in OF_PICTURE
    }
    signals[NOTE] = mean([image_score(group.signals) for group in groups])
    signals[TEXT] = analysis.difficulty.text_likelihood
    return MeasuredFile(needed / there, mean([image_score(group.signals, rule) for group in groups]), signals)


def ranked(files: Sequence[MeasuredFile], *, seed: int) -> tuple[Predictor, ...]:
    """Return each signal with its rank correlation with the share needed, the strongest first.

    Args:
        files: At least ten.
        seed: Of the resamples.
    """
    found = []
    for name in files[0].signals:
        pairs = [(value, one.share) for one in files if (value := one.signals[name]) is not None]
        if len(pairs) >= LEAST_FILES:
            signal, share = np.array(pairs).T
            found.append(Predictor(name, rank_correlation(signal, share, seed=seed), len(pairs)))
    return tuple(sorted(found, key=lambda one: -abs(one.correlation.mean)))


def cuts_of(scores: Sequence[float]) -> Cuts:
    """Return the 30th, 70th and 90th percentile of image scores, four decimals."""
    easy, medium, hard = (round(float(value), 4) for value in np.quantile(scores, PERCENTILES))
    return easy, medium, hard


def fit_of(files: Sequence[MeasuredFile], patches: int) -> tuple[float, float] | None:
    """Return a and b of log(share) = a + b log(variety / patches) by least squares; None if it does not rise.

    Args:
        files: Blank ones (variety 1) are left out: nothing of them has to be predicted.
        patches: Patches of the grid.
    """
    points = [(one.signals["variety"] or 1.0, one.share) for one in files]
    kept = np.log([(variety / patches, share) for variety, share in points if variety > 1])
    if len(kept) < LEAST_FILES or np.ptp(kept[:, 0]) < 1e-6:
        return None
    slope, start = np.polyfit(kept[:, 0], kept[:, 1], 1)
    return (round(float(start), 4), round(float(slope), 4)) if slope > 0 else None


def verdict(predictors: Sequence[Predictor]) -> str:
    """Return what the table means in words."""
    by_name = {one.signal: one for one in predictors}
    note, variety, best = by_name[NOTE].correlation, by_name["variety"].correlation, predictors[0]
    says = "predicts" if note.low >= WEAK else "does not reliably predict"
    text = f"On these files the heuristic score {says} the tokens needed ({_shown(note)})"
    if variety.mean > note.mean and variety.low >= WEAK:
        text += f"; the variety does better ({_shown(variety)}): --difficulty measured goes by it"
    strength = min(abs(best.correlation.low), abs(best.correlation.high))
    if best.signal not in {NOTE, "variety"} and strength >= WEAK:
        text += f"; {best.signal.replace('_', ' ')} goes with them most ({_shown(best.correlation)})"
    return text + "."


def _shown(one: Interval) -> str:
    mean, low, high = (decimal(value, 2) for value in (one.mean, one.low, one.high))
    return f"{mean}, 95% interval {low} to {high}"
