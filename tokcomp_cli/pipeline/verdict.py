"""The result in plain words."""

import math

from tokcomp_cli.core.results.analysis import Fidelity
from tokcomp_cli.core.results.curve import ROUNDING, Recommendation
from tokcomp_cli.core.results.difficulty import Resolution

LITTLE_LOST, MUCH_LOST = 0.90, 0.75
WORTH_SAVING, FEW_TOKENS = 0.25, 64


def verdict(
    *,
    original: int,
    llm_input: int,
    fidelity: Fidelity,
    blank: bool,
    recommendation: Recommendation | None,
    remedy: str = "raise --budget or ask for --budget target=0.9",
    budget: str | None = "auto",
    resolution: Resolution | None = None,
) -> str:
    """Return a few sentences on what the compression is worth here.

    Args:
        original: Patch tokens of all sampled frames.
        llm_input: Tokens left.
        fidelity: At the language model's input.
        blank: Whether the input holds hardly more than a blank picture does.
        recommendation: The measured budget for a target, or None.
        remedy: What to do where much is lost.
        budget: In force, as users write it; None where there is no budget stage.
        resolution: What the resize to the encoder's input leaves, or None.
    """
    text = _compression(original, llm_input, fidelity, recommendation, remedy, budget, blank=blank)
    if resolution is not None and resolution.bound and not blank:
        return f"Cannot judge at this resolution: {resolution.note}. Of what the encoder still sees: {text}"
    return text


def _compression(
    original: int,
    llm_input: int,
    fidelity: Fidelity,
    recommendation: Recommendation | None,
    remedy: str,
    budget: str | None,
    *,
    blank: bool,
) -> str:
    if blank:
        text = (
            f"Nearly blank to the encoder, hardly any content to lose: {llm_input:,} of {original:,} tokens"
        )
        if recommendation is None or recommendation.recommended is None:
            return f"{text} are kept."
        return f"{text} are kept, {recommendation.recommended.tokens:,} reach {recommendation.target:g}."
    kept = f"keep {down(fidelity.explained)} of the content"
    if fidelity.explained < -ROUNDING:
        kept = f"tell less than one mean token would ({down(fidelity.explained)})"
    saved = f"{1 - llm_input / original:.1%} fewer tokens {kept}"
    if recommendation is not None:
        way = "As it stands" if budget is None else f"With --budget {budget}"
        return f"{advice(recommendation, original)} {way}, {saved}."
    if fidelity.explained >= LITTLE_LOST:
        return f"Little is lost: {saved}."
    if fidelity.explained >= MUCH_LOST:
        return f"A trade: {saved}."
    return f"Much is lost: {saved}; {remedy}."


def advice(recommendation: Recommendation, original: int) -> str:
    """Return what the measured curve speaks for, and whether compressing is worth it at all.

    Args:
        recommendation: The measured budget for a target.
        original: Patch tokens of all sampled frames.
    """
    target, point = f"{recommendation.target:g}", recommendation.recommended
    if point is None:
        return (
            f"No budget reaches {target}: with all tokens {down(recommendation.reachable)} is left, since "
            "the stages before it lose the rest; let them keep more, or lower --target."
        )
    enough = f"{point.tokens:,} of {original:,} tokens"
    wide = recommendation.spatial_ratio is not None
    ask = f"; ask for them with --budget {point.tokens} --spatial-ratio 1" if wide else ""
    if original <= FEW_TOKENS:
        return f"Not worth it, because there are only {original:,} tokens ({enough} keep {target})."
    saving = 1 - point.tokens / original
    if saving < WORTH_SAVING:
        return (
            f"Not worth it, because {target} needs {enough}: hardly a patch repeats another, "
            f"and {saving:.0%} is all that can go{ask}."
        )
    which = "the fewest that reach" if recommendation.fewest else "enough for"
    return f"Worth it: {enough} keep {down(point.explained)}, {which} {target}{ask}."


def down(share: float) -> str:
    """Return a share with three decimals, rounded down: 0.8996 has not reached 0.9."""
    return f"{math.floor(share * 1000 + ROUNDING * 1000) / 1000 + 0.0:.3f}"
