"""What the evidence comes to."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokcomp_cli.core.results.interval import Interval

ONE_POINT = 0.01


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method at a budget.

    Attributes:
        method, budget: Which.
        accuracy: Share of all questions answered rightly, mean over answerers.
        kept: Of the answers that are right from all tokens, the share that still is.
        reading: The same of what is written.
        time: The same of what asks about time; NaN where nothing does.
        by_answerer: `kept` of each answerer.
        by_kind: `kept` by kind of question; NaN where none was right from all tokens.
        figures: Mean over pictures of each figure.
    """

    method: str
    budget: int
    accuracy: Interval
    kept: Interval
    reading: Interval
    time: Interval
    by_answerer: tuple[float, ...]
    by_kind: Mapping[str, float]
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """What a figure predicts.

    Attributes:
        figure: Its name.
        between_methods: Spearman's correlation, over methods, of its mean with answers kept, by budget.
        pooled: The same over all methods and budgets together.
        between_files: Chance that, at one method, budget and kind of question, the file whose answer
            survives has the larger figure.
    """

    figure: str
    between_methods: Mapping[int, Interval]
    pooled: Interval
    between_files: Interval


@dataclass(frozen=True, slots=True)
class TargetRow:
    """Pictures at the fewest tokens that reach a target, each its own.

    Attributes:
        target: Least `explained` of each picture.
        tokens: Mean over pictures.
        own: Share of all questions answered rightly.
        even: The same when every picture has the mean.
        bands: The same when pictures share the same total as the reference note's bands do, or None.
        gain: `own` minus `even`.
    """

    target: float
    tokens: float
    own: Interval
    even: Interval
    bands: Interval | None
    gain: Interval


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it.

    Attributes:
        pictures, questions: How many; a clip counts as a picture.
        answerers: How each was trained and with which seed, as `mixed 0`.
        all_tokens: Accuracy from all tokens, by kind of question; `all` is every kind.
        question_only: The same when the tokens are another picture's.
        methods: Methods at budgets.
        figures: Figures of whole pictures.
        within_file: Of figures of the patches that a thing covers, and of what they have to beat: chance
            that the thing whose answer survives has the larger one, by name.
        curve: The default method at many budgets, the last one all tokens.
        targets: What each target of it comes to.
        task: `scenes`, `clips` or `easy-vqa`.
    """

    pictures: int
    questions: int
    answerers: tuple[str, ...]
    all_tokens: Mapping[str, float]
    question_only: Mapping[str, float]
    methods: tuple[MethodRow, ...]
    figures: tuple[FigureRow, ...]
    within_file: Mapping[str, Interval]
    curve: tuple[MethodRow, ...] = ()
    targets: tuple[TargetRow, ...] = ()
    task: str = "scenes"

    @property
    def enough(self) -> TargetRow | None:
        """Return the lowest target at which no more than a point of accuracy is lost, or None."""
        close = (row for row in self.targets if row.own.mean >= self.all_tokens["all"] - ONE_POINT)
        return next(close, None)
