"""The result in plain words."""

import math

from tokcomp_cli.core.results import Fidelity, Recommendation, Resolution

LITTLE_LOST, MUCH_LOST = 0.90, 0.75


def verdict(
    *,
    original: int,
    llm_input: int,
    fidelity: Fidelity,
    blank: bool,
    recommendation: Recommendation | None,
    resolution: Resolution | None = None,
) -> str:
    """Return a few sentences on what the compression is worth here.

    Args:
        original: Patch tokens of all sampled frames.
        llm_input: Tokens left.
        fidelity: At the language model's input.
        blank: Whether the input holds hardly more than a blank picture does.
        recommendation: The measured budget for a target, or None.
        resolution: What the resize to the encoder's input leaves, or None.
    """
    text = _compression(original, llm_input, fidelity, recommendation, blank=blank)
    if resolution is not None and resolution.bound and not blank:
        return f"{text} {resolution.note[0].upper()}{resolution.note[1:]}."
    return text


def _compression(
    original: int, llm_input: int, fidelity: Fidelity, recommendation: Recommendation | None, *, blank: bool
) -> str:
    if blank:
        return f"Nearly blank: hardly any content to lose; {llm_input:,} of {original:,} tokens are kept."
    saved = f"{1 - llm_input / original:.1%} fewer tokens keep {_down(fidelity.explained)} of the content"
    if fidelity.explained >= LITTLE_LOST:
        text = f"Little is lost: {saved}."
    elif fidelity.explained >= MUCH_LOST:
        text = f"A trade: {saved}."
    else:
        text = f"Much is lost: {saved}; raise --budget or ask for --budget target=0.9."
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
