"""The result in plain words."""

from tokcomp_cli.core.results import Fidelity, Recommendation

LITTLE_LOST, MUCH_LOST = 0.90, 0.75


def verdict(
    *, original: int, llm_input: int, fidelity: Fidelity, blank: bool, recommendation: Recommendation | None
) -> str:
    """Return one or two sentences on what the compression is worth here.

    Args:
        original: Patch tokens of all sampled frames.
        llm_input: Tokens left.
        fidelity: At the language model's input.
        blank: Whether the input holds hardly more than a blank picture does.
        recommendation: The measured budget for a target, or None.
    """
    if blank:
        return f"Nearly blank: there is hardly any content to lose; {llm_input:,} of {original:,} tokens are kept."
    saved = f"{1 - llm_input / original:.0%} fewer tokens keep {fidelity.explained:.2f} of the content"
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
            f"with all tokens {recommendation.reachable:.2f} is left."
        )
    point = recommendation.recommended
    return f"{text} For {recommendation.target:g}, {point.tokens:,} tokens are enough ({point.explained:.3f})."
