"""What an answerer knows words for."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

MOST_NAMED = 2
"""Things that a question may name."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Kinds of questions, what they may name, and the answers.

    Attributes:
        kinds: Kinds of questions.
        named: How many things, colours, ... questions may name.
        answers: How many answers there are.
        reading: Kinds that ask for something written.
        time: Kinds that ask about time.
        frames: Frames of a clip, of which tokens then say in which they are; 0 for pictures.
    """

    kinds: tuple[str, ...]
    named: int
    answers: int
    reading: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    frames: int = 0


def starts_of(answers: Mapping[str, int]) -> dict[str, int]:
    """Return where the answers of each sort start, standing one sort after the other."""
    return dict(zip(answers, accumulate(answers.values(), initial=0), strict=False))
