"""The result in plain words."""

import math

from tokcomp_cli.core.results import Fidelity, Recommendation

LITTLE_LOST, MUCH_LOST = 0.90, 0.75


def verdict(
    *,
    original: int,
    llm_input: int,
    fidelity: Fidelity,
    blank: bool,
    recommendation: Recommendation | None,
    remedy: str = "raise --budget or ask for --budget target=0.9",
) -> str:
    """Return one or two sentences on what the compression is worth here.

    Args:
        original: Patch tokens of all sampled frames.
        llm_input: Tokens left.
        fidelity: At the language model's input.
        blank: Whether the input holds hardly more than a blank picture does.
        recommendation: The measured budget for a target, or None.
        remedy: What to do where much is lost.
    """
    if blank:
        return f"Nearly blank: hardly any content to lose; {llm_input:,} of {original:,} tokens are kept."
    kept = f"keep {_down(fidelity.explained)} of the content"
    if fidelity.explained < 0:
        kept = f"tell less than one mean token would ({_down(fidelity.explained)})"
    saved = f"{1 - llm_input / original:.1%} fewer tokens {kept}"
    if fidelity.explained >= LITTLE_LOST:
        text = f"Little is lost: {saved}."
    elif fidelity.explained >= MUCH_LOST:
        text = f"A trade: {saved}."
    else:
        text = f"Much is lost: {saved}; {remedy}."
    if recommendation is None:
        return text
    if recommendation.recommended is None:
        return (
            f"{text} No budget reaches {recommendation.target:g}: "
            f"with all tokens {_down(recommendation.reachable)} is left."
        )
    point = recommendation.recommended
    enough = f"{point.tokens:,} tokens are enough ({_down(point.explained)})"
    return f"{text} For {recommendation.target:g}, {enough}."


def _down(share: float) -> str:
    """Return a share with three decimals, rounded down: 0.8996 has not reached 0.9."""
    return f"{math.floor(share * 1000) / 1000:.3f}"
