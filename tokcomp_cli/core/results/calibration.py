"""What predicts the tokens that files need: the result of a calibration of the difficulty."""

from dataclasses import dataclass

from tokcomp_cli.core.results.interval import Interval


@dataclass(frozen=True, slots=True)
class Predictor:
    """How well one signal goes with the tokens that files need.

    Attributes:
        signal: Its name.
        correlation: Spearman's rank correlation with the share of the grid needed, and its 95 % bootstrap
            interval over files.
        files: Files that it was measured on.
    """

    signal: str
    correlation: Interval
    files: int


@dataclass(frozen=True, slots=True)
class DifficultyCalibration:
    """What a folder of files says of the difficulty.

    Attributes:
        folder: As given.
        encoder: Name of the encoder.
        target: `explained` that the tokens needed reach.
        rule: Rule of the scores behind `cuts`.
        files: Files measured.
        passed_over: A sentence for each file that was not.
        cuts: 30th, 70th and 90th percentile of the files' image scores.
        fit: a and b of log(share of the grid needed) = a + b log(variety / patches); None where the files
            do not make a rising curve.
        predictors: The strongest correlation first.
        verdict: What that means, in words.
    """

    folder: str
    encoder: str
    target: float
    rule: str
    files: int
    passed_over: tuple[str, ...]
    cuts: tuple[float, float, float]
    fit: tuple[float, float] | None
    predictors: tuple[Predictor, ...]
    verdict: str
