"""What an answerer knows words for."""

from dataclasses import dataclass

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
    """

    kinds: tuple[str, ...]
    named: int
    answers: int
    reading: tuple[str, ...] = ()
