"""A serving engine's pruning setting: the strongest whose own rule still keeps the target on this input."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.compress import find
from tokcomp_cli.compress.cdpruner import choose
from tokcomp_cli.core.results.advice import Serving
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.relevance import asked, relevance
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import Original, explained_share
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.budget import smallest_reaching
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import owned_by, whole_video

STRONGEST = 99
Pruned = Callable[[int], MergedFrame]


@dataclass(frozen=True, slots=True)
class Engine:
    """A serving engine that prunes visual tokens.

    Attributes:
        setting: How its setting is written, with a place for the value.
        method: The rule that it prunes by.
        percent: Whether the value is a whole percentage; else a share, to hundredths here.
        keeps: Whether the value says what is kept; else what is pruned.
    """

    setting: str
    method: str
    percent: bool
    keeps: bool = False

    def value(self, pruned: int) -> float:
        """Return the value that prunes a whole percentage."""
        percent = STRONGEST + 1 - pruned if self.keeps else pruned
        return percent if self.percent else percent / (STRONGEST + 1)


TABLE = {
    "vllm": Engine("--video-pruning-rate {}", "evs", percent=False),
    "vllm-vidcom2": Engine("--video-retention-ratio {}", "vidcom2", percent=False, keeps=True),
    "tensorrt-llm": Engine("video_pruning_rate={}", "evs", percent=False),
    "openvino": Engine("pruning_ratio={}", "cdpruner", percent=True),
}
OF_VIDEOS = {"evs": "EVS", "vidcom2": "VidCom2"}
FEW_FRAMES = 4
PROXY = "the engine prunes the tokens of its own model's tower; set it by this, then check the answers"


def check_serving(plan: Plan, encoder: Encoder) -> None:
    """Check before any file is read that the engine's rule can run.

    Raises:
        PlanError: It prunes by the question, and the encoder has no text tower.
    """
    if plan.serving is not None and TABLE[plan.serving].method == "cdpruner" and not encoder.facts.text:
        raise PlanError(
            f"`serving` {plan.serving} prunes by the question (CDPruner), and encoder {encoder.facts.name} "
            "has no text tower; choose a clip: encoder (see: tokcomp models list)"
        )


def serving_setting(
    held: VideoTokens, original: Original, plan: Plan, encoder: Encoder, *, still: bool
) -> Serving:
    """Return the engine's strongest setting that keeps the target, by running its rule on the tokens.

    Args:
        held: The tokens of all sampled frames.
        original: What the pruned tokens are measured against.
        plan: Names the engine, the target and the question.
        encoder: For the question's embedding.
        still: Whether the input is an image.

    Reference: EVS, arXiv 2510.14624, as vLLM counts (the first frame stays whole); VidCom2, arXiv 2505.14454,
    at a count never below one frame's tokens, as for EVS; CDPruner, arXiv 2506.10967, frame by frame at the
    same share of each.
    """
    name = plan.serving or ""
    target = plan.budget.aim()
    engine, facts = TABLE[name], encoder.facts
    measured_in = f"the feature space of encoder {facts.name}, a proxy for the engine's own tower"
    blank = Serving(name, engine.method, target, measured_in=measured_in)
    if engine.method in OF_VIDEOS and (still or len(held.features) < 2):
        what, rule = "an image" if still else "one sampled frame", OF_VIDEOS[engine.method]
        return replace(
            blank, notes=(f"{name} prunes videos only ({rule}), and this is {what}: nothing to set",)
        )
    frames, patches, _ = held.shape
    pruned = (
        _of_video(held, original, facts.grid, engine.method)
        if engine.method in OF_VIDEOS
        else _cdpruner(held, original, plan, encoder)
    )
    known: dict[int, tuple[float, int]] = {}

    def explained_at(share_kept: int) -> float:
        if share_kept not in known:
            group = pruned(STRONGEST + 1 - share_kept)
            known[share_kept] = explained_share([group], original), len(group.tokens)
        return known[share_kept][0]

    kept = smallest_reaching(explained_at, target, STRONGEST + 1) or STRONGEST + 1
    pruning = STRONGEST + 1 - kept
    value = engine.value(pruning)
    return replace(
        blank,
        setting=engine.setting.format(f"{value:g}"),
        value=value,
        tokens_in=frames * patches,
        explained=explained_at(kept),
        tokens_out=known[kept][1],
        next_value=engine.value(pruning + 1) if pruning < STRONGEST else None,
        next_explained=explained_at(kept - 1) if pruning < STRONGEST else None,
        notes=(*_limits(engine, original, known[kept][1], patches), PROXY),
    )


def _limits(engine: Engine, original: Original, tokens: int, patches: int) -> tuple[str, ...]:
    """Return notes on a sampled figure, and where the engine prunes no more however strong its setting."""
    frames, sampled = len(original.frame_index), original.reservoir.sampled
    if engine.method == "cdpruner":
        return () if sampled is None else (f"what is lost was measured on {sampled} of {frames} frames",)
    frames, notes = len(original.frame_index), []
    if frames < FEW_FRAMES:
        notes.append(
            f"only {frames} frames were sampled: {OF_VIDEOS[engine.method]} keeps at least one frame's "
            "tokens, so that hardly more than one is left; sample more with --fps"
        )
    if tokens <= patches:
        border = 1 / frames if engine.keeps else 1 - 1 / frames
        where = "below" if engine.keeps else "above"
        what = "one frame's tokens stay" if engine.keeps else "the first frame stays whole"
        notes.append(f"{what}: {where} {border:.2f} no more is pruned here")
    return tuple(notes)


def evs_tokens(frames: int, patches: int, percent: int) -> int:
    """Return the tokens that vLLM keeps at a pruning rate: never fewer than one frame's."""
    return max(patches, int(frames * patches * (1 - percent / (STRONGEST + 1))))


def _of_video(held: VideoTokens, original: Original, grid: tuple[int, int], name: str) -> Pruned:
    method = find("temporal", name, whole_video=True)
    frames, patches, _ = held.shape

    def pruned(percent: int) -> MergedFrame:
        kept = evs_tokens(frames, patches, percent)
        return whole_video(held, original.blank, grid, method, num_keep=kept)

    return pruned


def _cdpruner(held: VideoTokens, original: Original, plan: Plan, encoder: Encoder) -> Pruned:
    query = asked(encoder, plan.query or "")
    if query is None or held.text is None:
        raise PlanError(
            f"`serving` {plan.serving} needs an encoder with a text tower; {encoder.facts.name} has none"
        )
    frames, patches, _ = held.shape
    orders = [
        choose(tokens, relevance(text, query), patches)
        for tokens, text in zip(held.frames, held.text, strict=True)
    ]  # Greedy: the first so many of each are what the method chooses at that count.

    def pruned(percent: int) -> MergedFrame:
        count = half_up(patches * (1 - percent / (STRONGEST + 1)))
        keep = torch.zeros(frames, patches, dtype=torch.bool)
        for row, order in zip(keep, orders, strict=True):
            row[order[:count]] = True
        return owned_by(held, original.blank, encoder.facts.grid, held.whole[keep], _owner(keep))

    return pruned


def _owner(keep: Tensor) -> Tensor:
    """Return the token of each kept patch, counted in order, or -1, int64, of the same shape."""
    return torch.where(keep, keep.flatten().cumsum(0).view_as(keep) - 1, -1)
