"""What the evidence comes to."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokcomp_cli.core.results.interval import Interval


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A method at a budget.

    Attributes:
        method, budget: Which.
        accuracy: Share of all questions answered rightly, mean over answerers.
        kept: Of the answers that are right from all tokens, the share that still is.
        reading: The same of what is written.
        figures: Mean over pictures of each figure.
    """

    method: str
    budget: int
    accuracy: Interval
    kept: Interval
    reading: Interval
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
class Evidence:
    """All of it.

    Attributes:
        pictures, questions, answerers: How many.
        all_tokens: Accuracy from all tokens, by kind of question; `all` is every kind.
        question_only: The same when the tokens are another picture's.
        methods: Methods at budgets.
        figures: Figures of whole pictures.
        within_file: Of figures of the patches that a thing covers, and of what they have to beat: chance
            that the thing whose answer survives has the larger one, by name.
    """

    pictures: int
    questions: int
    answerers: int
    all_tokens: Mapping[str, float]
    question_only: Mapping[str, float]
    methods: tuple[MethodRow, ...]
    figures: tuple[FigureRow, ...]
    within_file: Mapping[str, Interval]
