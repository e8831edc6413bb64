"""One question to one model about one file: with all visual tokens, and with fewer."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from tokcomp_cli.asking.divergence import divergence, same_first
from tokcomp_cli.asking.frames import FrameChoice, choose_frames, sampled_frames
from tokcomp_cli.asking.plan import AskPlan
from tokcomp_cli.asking.run_both import Asked, Compression, Way, ask_both, side_of
from tokcomp_cli.asking.sweep import sweep
from tokcomp_cli.asking.verdict import time_sentence, verdict
from tokcomp_cli.core.results.ask import Answered, Divergence, Sweep, VlmFacts
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.core.timing import Clock, Progress, unwatched
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.plan.budget import BAND_SHARES
from tokcomp_cli.reading.read_file import open_planned
from tokcomp_cli.vlm.answer import answer_logits
from tokcomp_cli.vlm.base import Pictures, Prompt, Vlm
from tokcomp_cli.vlm.layer_dropping import check_droppable
from tokcomp_cli.vlm.prompt import check_context, check_question, prompt_of


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
    # One open file gives the frames to both the model and the merging of frames, decoded once.
    with clock.on("total"), closing(open_planned(path, plan.sampling)) as media:
        with clock.on("load"):
            vlm = vlm_of()
        check_question(vlm, plan.question)
        check_droppable(vlm.text_config)
        with clock.on("read"):
            frames = sampled_frames(media, plan.sampling)
        pictures = frames.pictures
        whole = _prepared(vlm, plan, pictures)
        check_context(vlm, whole.prompt, plan.max_new_tokens)
        merge = plan.before == "merge" and pictures.video
        choice = choose_frames(frames, plan.sampling, plan.question, encoder_of, clock, progress, merge=merge)
        fewer, budget, notes = _with_fewer(vlm, plan, whole, pictures, choice)
        full, compressed = ask_both(
            vlm, whole, fewer, max_new_tokens=plan.max_new_tokens, repeat=plan.repeat, progress=progress
        )
        apart = _divergence(vlm, full, compressed)
        swept = _swept(vlm, plan, full, clock, progress) if plan.sweep else None
    sides = side_of(vlm, whole, full), side_of(vlm, fewer, compressed)
    left = compressed.reduced
    return Answered(
        media=frames.media,
        frames_sampled=len(frames),
        question=plan.question,
        vlm=facts_of(vlm),
        plan=plan.record(budget),
        full=sides[0],
        compressed=sides[1],
        explained=1.0 if left is None else left.explained,
        divergence=apart,
        notes=(*frames.notes, *choice.notes, *notes, *(left.notes if left else ())),
        verdict=verdict(sides[0], sides[1], apart),
        time_sentence=time_sentence(sides[0], sides[1], clock.spent.get("merge", 0.0)),
        sweep=swept,
        timings_ms=dict(clock.spent),
    )


def _prepared(vlm: Vlm, plan: AskPlan, pictures: Pictures) -> Way:
    """Return the way of asking that shows some pictures and keeps all visual tokens."""
    clock = Clock()
    with clock.on("prepare"):
        prompt = prompt_of(vlm, pictures, plan.question)
    return Way(prompt, clock.spent["prepare"])


def _with_fewer(
    vlm: Vlm, plan: AskPlan, whole: Way, pictures: Pictures, choice: FrameChoice
) -> tuple[Way, int, tuple[str, ...]]:
    """Return the way of asking with fewer tokens, how many it keeps, and notes on that.

    It has a prompt of its own where it shows fewer frames.
    """
    fewer = whole
    if len(choice.ordinals) < len(pictures.rgb):
        fewer = _prepared(vlm, plan, pictures.chosen(choice.ordinals))
    budget, notes = _budget(plan, whole.prompt, fewer.prompt, choice.band)
    how = Compression(plan.method, budget, plan.sampling.layers.keep, plan.sampling.seed)
    return replace(fewer, compression=how), budget, notes


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
