"""What the image's part of the difficulty score is, and where its bands begin.

`note` is the reference note's weighted sum of edges, colours and regions. `measured` is one figure that
predicts the tokens a picture needs (measured in docs/budget.md): the variety, which is the
effective rank of the content without its mean. It is computed before tokens are merged, so the merge tree,
which would be the answer itself, is not used.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from tokcomp_cli.errors import PlanError

Cuts = tuple[float, float, float]

NOTE_CUTS: Cuts = (0.30, 0.60, 0.85)
BAND_NAMES = ("easy", "medium", "hard", "very hard")
# Fitted with the embedded encoder on 47 real pictures, none twice: share of the grid needed for 0.9.
EMBEDDED_FIT = (1.0475, 2.386)
# Where the share that is needed leaves a band's share of the grid, the score enters the next band.
SHARES_AT = ((0.0, 0.0), (0.11, 0.30), (0.25, 0.60), (0.44, 0.85), (1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Rule:
    """What the image's part of the score is.

    Attributes:
        fit: a and b of log(share of the grid needed) = a + b log(variety / patches); None for the note's sum.
        own: Whether the fit is the user's own.
    """

    fit: tuple[float, float] | None = None
    own: bool = False

    def __str__(self) -> str:
        """Return the rule as users write it."""
        return "note" if self.fit is None else f"measured:{self.fit[0]:g},{self.fit[1]:g}"


NOTE = Rule()


def parse_rule(text: str) -> Rule:
    """Return the rule that `note`, `measured` or `measured:A,B` stands for.

    Raises:
        PlanError: Another form, or numbers that make no rising curve.
    """
    name, colon, numbers = text.strip().partition(":")
    if name == "note" and not colon:
        return NOTE
    if name == "measured":
        if not colon:
            return Rule(EMBEDDED_FIT)
        fit = _numbers(numbers)
        if len(fit) == 2 and abs(fit[0]) <= 100 and 0 < fit[1] <= 100:
            return Rule((fit[0], fit[1]), own=True)
    raise PlanError(
        "`difficulty` takes note, measured, or measured:A,B with the two numbers that `tokcomp budget "
        f"--calibrate` prints, B above 0; got {text!r}"
    )


def parse_cuts(text: str) -> Cuts:
    """Return the three scores at which medium, hard and very hard begin.

    Raises:
        PlanError: They are not three numbers from 0 to 1 that do not fall.
    """
    found = _numbers(text)
    if len(found) != 3 or not all(0 <= one <= 1 for one in found) or any(b < a for a, b in pairwise(found)):
        raise PlanError(
            f"`difficulty_cuts` takes 3 scores from 0 to 1 that do not fall, as 0.3,0.6,0.85; got {text!r}"
        )
    return found[0], found[1], found[2]


def _numbers(text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []


def band(score: float, cuts: Cuts = NOTE_CUTS) -> str:
    """Return the name of the band that a score in [0, 1] lies in."""
    return BAND_NAMES[sum(score >= cut for cut in cuts)]


def needed_share(variety: float, patches: int, fit: tuple[float, float]) -> float:
    """Return the predicted share of the grid that explains 0.9 of a picture, in (0, 1].

    Args:
        variety: Effective rank of the content without its mean, at least 1.
        patches: Patches of the grid.
        fit: As in `Rule`.
    """
    logarithm = fit[0] + fit[1] * math.log(variety / patches)
    return math.exp(min(logarithm, 0.0))


def measured_score(variety: float, patches: int, fit: tuple[float, float]) -> float:
    """Return the score of the rule `measured`: the predicted share, mapped to the budget's bands.

    Args:
        variety: Effective rank of the content without its mean, at least 1.
        patches: Patches of the grid.
        fit: As in `Rule`.
    """
    share = needed_share(variety, patches, fit)
    for (low, low_score), (high, high_score) in pairwise(SHARES_AT):
        if share <= high:
            return low_score + (share - low) / (high - low) * (high_score - low_score)
    return 1.0
