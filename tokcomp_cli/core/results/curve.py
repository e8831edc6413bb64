"""The curve of fidelity against budget, and what it speaks for."""

from dataclasses import dataclass

ROUNDING = 5e-7
"""Figures are told to six decimals; a target is reached where they say so."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A budget and the share of the content it explains.

    Attributes:
        tokens: Total over the whole input.
        explained: What they explain.
        marginal: What the last of them adds; None where the budget below was not measured.
    """

    tokens: int
    explained: float
    marginal: float | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Which budget the measured curve speaks for.

    Attributes:
        target: Asked-for `explained`.
        recommended: Smallest budget that reaches it; None where no budget does.
        reachable: Largest `explained` that any budget reaches.
        knee: Where the curve bends most: more tokens buy little, fewer cost much.
        curve: The measured curve, tokens rising.
        spatial_ratio: `--spatial-ratio` to give beside the recommended count, where the default keeps too few
            tokens for it; else None.
        fewest: Whether no smaller count reaches the target; False where the curve may fall in places and only
            some counts were tried.
    """

    target: float
    recommended: CurvePoint | None
    reachable: float
    knee: CurvePoint
    curve: tuple[CurvePoint, ...]
    spatial_ratio: float | None = None
    fewest: bool = True
