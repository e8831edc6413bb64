"""The result in plain words."""

from tokcomp_cli.core.results.analysis import Fidelity
from tokcomp_cli.core.results.curve import ROUNDING, Recommendation
from tokcomp_cli.core.results.difficulty import Resolution
from tokcomp_cli.core.shares import loss, share, target

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
    kept = f"{llm_input:,} of {original:,} tokens"
    if blank:
        text = f"Nearly blank to the encoder, hardly any content to lose: {kept} are kept"
        if recommendation is None or recommendation.recommended is None:
            return f"{text}."
        return f"{text}, {recommendation.recommended.tokens:,} reach {target(recommendation.target)}."
    keep = "keeps" if llm_input == 1 else "keep"
    saved = f"{kept} {keep} {share(fidelity.explained)} of the content"
    if fidelity.explained < -ROUNDING:
        saved = f"{kept} {keep} less than one mean token would ({share(fidelity.explained)})"
    if recommendation is not None:
        way = "As it stands" if budget is None else f"With --budget {budget}"
        return f"{advice(recommendation, original)} {way}, {saved}."
    return {
        "little": f"Little is lost: {saved}.",
        "moderate": f"A trade: {saved}.",
        "much": f"Much is lost: {saved}; {remedy}.",
    }[loss(fidelity.explained)]


def advice(recommendation: Recommendation, original: int) -> str:
    """Return which budget the measured curve recommends, and whether compressing is worth it at all.

    Args:
        recommendation: The measured budget for a target.
        original: Patch tokens of all sampled frames.
    """
    wanted, point = target(recommendation.target), recommendation.recommended
    if point is None:
        return (
            f"No budget reaches {wanted}: all tokens together keep {share(recommendation.reachable)}, "
            "because earlier stages lose the rest. Let them keep more, or lower --target."
        )
    enough = f"{point.tokens:,} of {original:,} tokens"
    keep = "keeps" if point.tokens == 1 else "keep"
    wide = recommendation.spatial_ratio is not None
    ask = f"; ask for them with --budget {point.tokens} --spatial-ratio 1" if wide else ""
    if original <= FEW_TOKENS:
        return f"Not worth it: there are only {original:,} tokens, and {point.tokens:,} {keep} {wanted}."
    saving = 1 - point.tokens / original
    if saving < WORTH_SAVING:
        return (
            f"Not worth it: {wanted} takes {enough}, because hardly a patch repeats another, so at most "
            f"{share(saving)} can go{ask}."
        )
    which = "the fewest that reach" if recommendation.fewest else "enough for"
    return f"Worth it: {enough} {keep} {share(point.explained)}, {which} {wanted}{ask}."
