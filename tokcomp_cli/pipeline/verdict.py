"""The result in plain words."""

import math

from tokcomp_cli.core.curve import Recommendation
from tokcomp_cli.core.hardness import Resolution
from tokcomp_cli.core.results import Fidelity

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
        resolution: What the resize to the encoder's input leaves, or None.
    """
    text = _compression(original, llm_input, fidelity, recommendation, remedy, blank=blank)
    if resolution is not None and resolution.bound and not blank:
        return f"Cannot judge at this resolution: {resolution.note}. Of what the encoder still sees: {text}"
    return text


def _compression(
    original: int,
    llm_input: int,
    fidelity: Fidelity,
    recommendation: Recommendation | None,
    remedy: str,
    *,
    blank: bool,
) -> str:
    if blank:
        return f"Nearly blank: hardly any content to lose; {llm_input:,} of {original:,} tokens are kept."
    kept = f"keep {down(fidelity.explained)} of the content"
    if fidelity.explained < 0:
        kept = f"tell less than one mean token would ({down(fidelity.explained)})"
    saved = f"{1 - llm_input / original:.1%} fewer tokens {kept}"
    if recommendation is not None:
        return f"{advice(recommendation, original)} With the budget asked for, {saved}."
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
            f"No budget reaches {target}: with all tokens {down(recommendation.reachable)} is left, so the "
            "stages before it lose too much; raise --spatial-ratio or --threshold, or lower --target."
        )
    enough = f"{point.tokens:,} of {original:,} tokens"
    if original <= FEW_TOKENS:
        return f"Not worth it, because there are only {original:,} tokens ({enough} keep {target})."
    saving = 1 - point.tokens / original
    if saving < WORTH_SAVING:
        return (
            f"Not worth it, because {target} needs {enough}: hardly a patch repeats another, "
            f"and {saving:.0%} is all that can go."
        )
    kept = f"Worth it: {enough} keep {down(point.explained)}, the fewest that reach {target}"
    if recommendation.spatial_ratio is None:
        return f"{kept}."
    return f"{kept}; ask for them with --budget {point.tokens} --spatial-ratio 1."


def down(share: float) -> str:
    """Return a share with three decimals, rounded down: 0.8996 has not reached 0.9."""
    return f"{math.floor(share * 1000) / 1000:.3f}"
