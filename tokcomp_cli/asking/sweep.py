"""Budgets and methods against what the model then says: evidence for or against `explained`."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from tokcomp_cli.asking.compress_visual import check_servable, compress_visual
from tokcomp_cli.asking.divergence import divergence
from tokcomp_cli.asking.layer_schedule import drop_plan
from tokcomp_cli.asking.run_both import Asked
from tokcomp_cli.compress import METHODS
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.ask import Sweep, SweepPoint
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.layers import NOTHING_DROPPED
from tokcomp_cli.vlm.answer import answer_logits
from tokcomp_cli.vlm.base import Vlm
from tokcomp_cli.vlm.prompt import llm_input

SHARES = (0.05, 0.1, 0.25, 0.5, 0.75)
FEWEST_METHODS = 3
STRONG, WEAK = 0.7, 0.3


def sweep(
    vlm: Vlm,
    full: Asked,
    *,
    feature_space: str,
    chosen: Sequence[Method] | None,
    seed: int,
    progress: Callable[[int, int], None],
) -> Sweep:
    """Return methods at several budgets, each with `explained` and the distance of the model's answer.

    Nothing is dropped inside the decoder, so that the reduction that `explained` measures is the only one.

    Args:
        vlm: The model.
        full: The question asked with all tokens, whose answer is the reference.
        feature_space: Where `explained` is measured, in words.
        chosen: Methods to run; None for all that these tokens can serve.
        seed: For methods that draw.
        progress: Called with points done and points to do.
    """
    methods = _methods(clip=len(full.prompt.blocks) > 1) if chosen is None else chosen
    tokens = full.entered.visual_tokens
    budgets = sorted({half_up(share * tokens) for share in SHARES} - {tokens})
    reference = answer_logits(vlm, full.entered, full.drop, full.answer.tokens)
    points = []
    for number, budget in enumerate(budgets):
        for at, method in enumerate(methods):
            reduced = compress_visual(full.features, full.prompt.blocks, method, budget, seed=seed)
            entered = llm_input(vlm, full.prompt, reduced.features, reduced.slots)
            drop = drop_plan(NOTHING_DROPPED, entered.visual_tokens, vlm.layers)
            logits = answer_logits(vlm, entered, drop, full.answer.tokens)
            apart = divergence(reference, logits, full.answer.tokens)
            points.append(
                SweepPoint(
                    method=method.name,
                    budget=budget,
                    tokens=entered.visual_tokens,
                    explained=reduced.explained,
                    logit_kl=apart.logit_kl,
                    answer_kl=apart.answer_kl,
                    agreement=apart.agreement,
                    log_likelihood=apart.log_likelihood,
                )
            )
            progress(number * len(methods) + at + 1, len(budgets) * len(methods))
    return judged(points, feature_space)


def judged(points: Sequence[SweepPoint], feature_space: str) -> Sweep:
    """Return the points with what they say of the proxy."""
    groups = [[one for one in points if one.budget == budget] for budget in {one.budget for one in points}]
    inside = [found for group in groups if (found := _correlation(group)) is not None]
    within = float(np.mean(inside)) if inside else None
    overall = _correlation(points)
    return Sweep(
        points=tuple(points),
        rank_correlation=overall,
        within_budget=within,
        budgets=len(inside),
        feature_space=feature_space,
        verdict=_verdict(overall, within, len(inside)),
    )


def _methods(*, clip: bool) -> list[Method]:
    """Return all methods that a model's visual tokens can serve; those over time for a clip only."""
    return [method for method in METHODS if method.name != "none" and _servable(method, clip=clip)]


def _servable(method: Method, *, clip: bool) -> bool:
    try:
        check_servable(method)
    except PlanError:
        return False
    return clip or method.compress_video is None


def _correlation(points: Sequence[SweepPoint]) -> float | None:
    """Return Spearman's rank correlation of `explained` and minus the mean KL; None where undefined."""
    from scipy.stats import spearmanr

    kept, near = [one.explained for one in points], [-one.answer_kl for one in points]
    if len(points) < FEWEST_METHODS or len(set(kept)) < 2 or len(set(near)) < 2:
        return None
    found = float(spearmanr(kept, near).statistic)
    return found if math.isfinite(found) else None


def _verdict(overall: float | None, within: float | None, budgets: int) -> str:
    """Return what the correlations say of the proxy, in a sentence."""
    if overall is None:
        return "Too few different points to say anything of the proxy."
    told = f"rank correlation {overall:+.2f} over all points"
    if within is None:
        return f"Only the {told}: too few methods to tell that from the budget alone."
    told += f", {within:+.2f} between methods at one budget (mean of {budgets})"
    if within >= STRONG:
        return f"Evidence for the proxy on this input: {told}."
    if within >= WEAK:
        return f"Weak evidence for the proxy on this input: {told}."
    return f"No evidence that the proxy tells methods apart on this input: {told}."
