"""The result in plain words: one verdict, what decides it first."""

from tokcomp_cli.core.results.analysis import Fidelity
from tokcomp_cli.core.results.curve import ROUNDING, Recommendation, Weakest
from tokcomp_cli.core.results.difficulty import Resolution
from tokcomp_cli.core.rounding import keep
from tokcomp_cli.core.shares import decimal, loss, share, target
from tokcomp_cli.difficulty.detail import TEXT
from tokcomp_cli.plan.budget import DEFAULT_TARGET
from tokcomp_cli.plan.flags import typed

NO_PROMISE = "For one file this is no promise of answers: see tokcomp eval card."
"""Between files no figure tried predicts which answers survive (docs/evidence.md)."""
WORTH_SAVING, FEW_TOKENS, MOST_NAMED = 0.25, 64, 3


def verdict(
    *,
    original: int,
    llm_input: int,
    fidelity: Fidelity,
    blank: bool,
    recommendation: Recommendation | None,
    weakest: Weakest | None = None,
    remedy: str = f"raise --budget or ask for --budget target={DEFAULT_TARGET}",
    budget: str | None = "auto",
    resolution: Resolution | None = None,
    text: float | None = None,
) -> str:
    """Return a few sentences on what the compression is worth here.

    Where words or fine structure are lost before any token is made, that is the verdict, and the tokens are
    only counted.

    Args:
        original: Patch tokens of all sampled frames.
        llm_input: Tokens left.
        fidelity: At the language model's input.
        blank: Whether the input holds hardly more than a blank picture does.
        recommendation: The measured budget for a target, or None.
        weakest: The weakest moment or region of what is left.
        remedy: What to do where much is lost.
        budget: In force, as users write it; None where there is no budget stage.
        resolution: What the resize to the encoder's input leaves, or None.
        text: Likelihood of writing, or None where not measured.
    """
    kept = f"{_kept(llm_input, original, fidelity.explained)}{_at_weakest(weakest)}"
    words = "" if resolution is None or resolution.words_full is None else f" {_sentence(resolution.note)}"
    if blank:
        return f"{_of_blank(llm_input, original, recommendation)}{words}"
    counted = kept if recommendation is None else _enough(recommendation, original)
    if resolution is not None and resolution.bound:
        return (
            f"Cannot judge at this resolution: {resolution.note}. Of what the encoder still sees, {counted}."
        )
    if text is not None and text > TEXT and (resolution is None or not resolution.words_full):
        read = words or " Add --ocr to see whether its words can still be read."
        likely = f"Cannot judge by tokens alone: writing is likely ({decimal(text, 2)})"
        return f"{likely}.{read} For the rest, {counted}."
    if recommendation is not None:
        way = "As it stands" if budget is None else f"With --budget {budget}"
        now = _kept(llm_input, original, fidelity.explained)
        return f"{words.lstrip()} {advice(recommendation, original)} {way}, {now}. {NO_PROMISE}".lstrip()
    lost = {"little": "Little is lost: ", "moderate": "A trade: ", "much": "Much is lost: "}
    how_much = loss(fidelity.explained)
    return f"{lost[how_much]}{kept}{f'; {remedy}' if how_much == 'much' else ''}.{words}"


def advice(recommendation: Recommendation, original: int) -> str:
    """Return what the measured curve speaks for, and whether compressing is worth it at all.

    Args:
        recommendation: The measured budget for a target.
        original: Patch tokens of all sampled frames.
    """
    point, enough = recommendation.recommended, _enough(recommendation, original)
    if point is None:
        return f"{enough[0].upper()}{enough[1:]}."
    if original <= FEW_TOKENS:
        return f"Not worth it: there are only {original:,} tokens; {enough}."
    saving = 1 - point.tokens / original
    if saving < WORTH_SAVING:
        why = f"hardly a patch repeats another, so at most {share(saving)} can go"
        return f"Not worth it: {why}; {enough}."
    return f"Worth it: {enough}."


def _enough(found: Recommendation, original: int) -> str:
    """Return how many tokens are enough, and what to type for them."""
    point, aim = found.recommended, target(found.target)
    if found.weakest_asked is not None:
        aim += f" with {target(found.weakest_asked)} at the weakest"
    if point is None:
        way = f" {typed(found.options)} comes nearest:" if found.options else ""
        rest = f"; {found.not_tried}" if found.not_tried else ""
        most = f"all tokens together keep {share(found.reachable)}{_at_weakest(found.weakest)}"
        why = "because earlier stages lose the rest; let them keep more, or lower --target"
        return f"no budget reaches {aim}:{way} {most}, {why}{rest}"
    searched = found.runner_up is not None or found.default_tokens is not None
    which = f"the fewest that reach {aim}" if found.fewest else f"enough for {aim}"
    if searched and found.fewest:
        which = "the fewest over the ways tried"
    text = f"{_kept(point.tokens, original, point.explained)}, {which}: "
    text += typed({**found.options, "budget": point.tokens})
    if searched and found.options:
        default = found.default_tokens
        text += "; the default does not reach it" if default is None else f"; the default needs {default:,}"
    return text + _at_weakest(found.weakest)


def _kept(tokens: int, original: int, explained: float) -> str:
    """Return `924 of 20,580 tokens keep 89.5% of the content`."""
    what = f"{tokens:,} of {original:,} tokens {keep(tokens)}"
    if explained < -ROUNDING:
        return f"{what} less than one mean token would ({share(explained)})"
    return f"{what} {share(explained)} of the content"


def _at_weakest(weakest: Weakest | None) -> str:
    """Return `; the weakest moment, 22.0 s, keeps 25.0%`, or `; at risk: upper left (61.0%)`."""
    if weakest is None:
        return ""
    if weakest.at_risk:
        first, *others = weakest.at_risk
        names = [f"{first} ({share(weakest.explained)})", *others]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        return f"; at risk: {', '.join(names[:MOST_NAMED])}{more}"
    what = f"region, {weakest.region}" if weakest.seconds is None else f"moment, {weakest.seconds:,.1f} s"
    kept = share(weakest.explained)
    return f"; the weakest {what}, keeps {f'nothing ({kept})' if weakest.explained < -ROUNDING else kept}"


def _of_blank(llm_input: int, original: int, recommendation: Recommendation | None) -> str:
    text = f"Nearly blank to the encoder, hardly any content to lose: {llm_input:,} of {original:,} tokens"
    if recommendation is None or recommendation.recommended is None:
        return f"{text} are kept."
    return f"{text} are kept, {recommendation.recommended.tokens:,} reach {target(recommendation.target)}."


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}."
