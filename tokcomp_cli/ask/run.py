"""One question to one model about one file: with all visual tokens, and with fewer."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tokcomp_cli.ask.divergence import divergence, same_first
from tokcomp_cli.ask.plan import AskPlan
from tokcomp_cli.ask.frames import Chosen, choose_frames, is_still, shown
from tokcomp_cli.ask.run_both import Asked, Compression, Laps, Way, ask_both, side_of
from tokcomp_cli.ask.sweep import sweep
from tokcomp_cli.ask.verdict import time_sentence, verdict
from tokcomp_cli.core.results.ask import Answered, Divergence, Sweep, VlmFacts
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.timing import Clock, Progress, unwatched
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.plan.budget import BAND_SHARES
from tokcomp_cli.vlm.answer import answer_logits
from tokcomp_cli.vlm.base import Pictures, Prompt, Vlm
from tokcomp_cli.vlm.layer_dropping import check_droppable
from tokcomp_cli.vlm.prompt import check_context, check_question, prompt_of


@dataclass(frozen=True, slots=True)
class _Ways:
    """Both ways of asking, the visual tokens to keep, and notes on how many."""

    full: Way
    compressed: Way
    budget: int
    notes: tuple[str, ...]


def ask(
    path: str,
    plan: AskPlan,
    vlm_of: Callable[[], Vlm],
    encoder_of: Callable[[], Encoder],
    progress: Progress = unwatched,
) -> Answered:
    """Return what a model answers with all visual tokens and with fewer, and what that cost and gained.

    Args:
        path: A local picture or video.
        plan: What was asked for.
        vlm_of: Gives the model; called once the file is known to be readable.
        encoder_of: Gives our own encoder, which finds merged frames and the difficulty.
        progress: Called with frames, then turns of asking, then points of the sweep, done and to do.

    Raises:
        MediaError: The file cannot be read.
        PlanError: The question, the budget or the frames do not fit the model.
        ModelError: The model's parts do not fit together.
    """
    clock = Clock()
    with clock.on("total"):
        still = is_still(path, plan.sampling)
        with clock.on("load"):
            vlm = vlm_of()
        check_question(vlm, plan.question)
        check_droppable(vlm.text_config)
        there = shown(path, plan.sampling, clock)
        pictures = Pictures(there.rgb, there.pts_seconds, not still, there.media.duration_seconds or 0.0)
        laps = Laps()
        with laps.on("prepare"):
            prompt = prompt_of(vlm, pictures, plan.question)
        check_context(vlm, prompt, plan.max_new_tokens)
        merge = plan.before == "merge" and not still
        chosen = choose_frames(
            path, plan.sampling, plan.question, there, encoder_of, clock, progress, merge=merge
        )
        ways = _ways(vlm, plan, Way(prompt, None, laps), pictures, chosen)
        full, compressed = ask_both(
            vlm,
            ways.full,
            ways.compressed,
            max_new_tokens=plan.max_new_tokens,
            repeat=plan.repeat,
            progress=progress,
        )
        apart = _divergence(vlm, full, compressed)
        swept = _swept(vlm, plan, full, clock, progress) if plan.sweep else None
    sides = side_of(vlm, full, ways.full.laps), side_of(vlm, compressed, ways.compressed.laps)
    left = compressed.reduced
    return Answered(
        media=there.media,
        frames_sampled=len(there.rgb),
        question=plan.question,
        vlm=facts_of(vlm),
        plan=plan.record(ways.budget),
        full=sides[0],
        compressed=sides[1],
        explained=1.0 if left is None else left.explained,
        divergence=apart,
        notes=(*there.notes, *chosen.notes, *ways.notes, *(left.notes if left else ())),
        verdict=verdict(sides[0], sides[1], apart),
        time_sentence=time_sentence(sides[0], sides[1], clock.spent.get("merge", 0.0)),
        sweep=swept,
        timings_ms=dict(clock.spent),
    )


def _ways(vlm: Vlm, plan: AskPlan, full: Way, pictures: Pictures, chosen: Chosen) -> _Ways:
    """Return both ways of asking, the compressed one with a prompt of its own where it shows fewer frames."""
    laps, fewer = Laps(), full.prompt
    if len(chosen.ordinals) < len(pictures.rgb):
        with laps.on("prepare"):
            fewer = prompt_of(vlm, pictures.chosen(chosen.ordinals), plan.question)
    else:
        laps.spent["prepare"] = full.laps.spent["prepare"]
    budget, notes = _budget(plan, full.prompt, fewer, chosen.band)
    how = Compression(plan.method, budget, plan.keep, plan.sampling.seed)
    return _Ways(full, Way(fewer, how, laps), budget, notes)


def facts_of(vlm: Vlm) -> VlmFacts:
    """Return what a model is."""
    dim = int(vlm.text_config.hidden_size)
    return VlmFacts(
        name=vlm.name,
        family=vlm.adapter.family,
        parameters=vlm.parameters,
        layers=vlm.layers,
        dim=dim,
        context=vlm.context,
        dtype=str(next(iter(vlm.model.parameters())).dtype).removeprefix("torch."),
        device=str(vlm.device),
        feature_space=f"visual tokens of {vlm.name} after its projector, {dim} wide",
    )


def _swept(vlm: Vlm, plan: AskPlan, full: Asked, clock: Clock, progress: Progress) -> Sweep:
    with clock.on("sweep"):
        return sweep(
            vlm,
            full,
            feature_space=facts_of(vlm).feature_space,
            chosen=plan.methods,
            seed=plan.sampling.seed,
            progress=progress,
        )


def _budget(plan: AskPlan, full: Prompt, fewer: Prompt, band: str | None) -> tuple[int, tuple[str, ...]]:
    """Return the visual tokens to keep, and a note where that is not what was asked for."""
    asked = plan.sampling.budget.budget
    there = fewer.visual_tokens
    if band is not None and asked.kind == "auto":
        share = BAND_SHARES[band]
        return half_up(share * there), (f"budget: {band} input, {share:.0%} of the model's visual tokens",)
    total = half_up(asked.value / 100 * full.visual_tokens) if asked.kind == "percent" else int(asked.value)
    if total > there:
        return there, (f"the budget of {total:,} is above the {there:,} visual tokens; all are kept",)
    return total, ()


def _divergence(vlm: Vlm, full: Asked, compressed: Asked) -> Divergence:
    """Return how far both ways are apart along the full answer."""
    tokens = full.answer.tokens
    logits = [answer_logits(vlm, one.entered, one.drop, tokens) for one in (full, compressed)]
    apart = divergence(logits[0], logits[1], tokens)
    return replace(apart, same_first_tokens=same_first(tokens, compressed.answer.tokens))
