"""The curve of fidelity against budget, and what it speaks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
class Weakest:
    """The moment of a video, or the region of one picture, of which least is explained.

    Attributes:
        explained: Share of its own content that is explained.
        frame, seconds: The file's frame number and its time; None for a picture.
        region: Ninth of the picture, as `upper left`; None for a video.
        at_risk: Ninths of a picture that keep less than 0.7 of their own content, the weakest first.
    """

    explained: float
    frame: int | None = None
    seconds: float | None = None
    region: str | None = None
    at_risk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainTokens:
    """A way to merge, by the options that choose it, and the fewest tokens with which it reaches a target."""

    tokens: int
    options: Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Which budget the measured curve speaks for.

    Attributes:
        target: Asked-for `explained`.
        recommended: Smallest budget that reaches it; None where no budget does.
        reachable: Largest `explained` that any budget reaches.
        knee: Where the curve bends most: more tokens buy little, fewer cost much.
        curve: The measured curve, tokens rising.
        fewest: Whether no smaller count reaches the target; False where the curve may fall in places and only
            some counts were tried.
        weakest_asked: `explained` that the weakest moment or region has to keep, too; None where not asked.
        weakest: The weakest moment or region at the recommended count, or with all tokens where none reaches.
        options: Settings to give beside the recommended count, by key; none for the default chain.
        default_tokens: Fewest tokens of the default chain; None where none reach the target.
        runner_up: The chain with the next fewest tokens, where several reach the target.
        not_tried: Which chains were not tried, and why; None where all were.
    """

    target: float
    recommended: CurvePoint | None
    reachable: float
    knee: CurvePoint
    curve: tuple[CurvePoint, ...]
    fewest: bool = True
    weakest_asked: float | None = None
    weakest: Weakest | None = None
    options: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    default_tokens: int | None = None
    runner_up: ChainTokens | None = None
    not_tried: str | None = None
