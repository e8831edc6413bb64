"""The tool's own stages on the tokens of a clip, without decoding or encoding it again."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import FrameBatch, array_pictures
from tokcomp_cli.core.origin import gather_sum
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import Compressed, FrameTokens
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.evidence.clips.clip import FRAMES_A_SECOND
from tokcomp_cli.pipeline.adapt import split_frames
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.stage import State, run_stages
from tokcomp_cli.pipeline.stage_list import merging_stages
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import resolve
from tokcomp_cli.reading.frame_pass import BATCH_FRAMES, pass_over
from tokcomp_cli.reduce.merged_frame import MergedFrame

BAND = "medium"
"""Difficulty is not asked for: the budget is a count."""


class ReplayEncoder:
    """An encoder that gives the tokens of the next frames of one clip, whatever the pictures.

    Attributes:
        facts: Of the encoder that made the tokens.
        blank: Its blank response, (P, D).
    """

    def __init__(self, facts: EncoderFacts, blank: Tensor, features: Tensor, saliency: Tensor) -> None:
        """Take a clip: features (T, P, D) and saliency (T, P), float32."""
        self.facts, self.blank = facts, blank
        self._features, self._saliency, self._next = features, saliency, 0

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of as many frames as there are pictures."""
        chosen = slice(self._next, self._next + len(rgb))
        self._next += len(rgb)
        features = self._features[chosen]
        return FrameTokens(features, self._saliency[chosen], features.mean(1))

    def encode_text(self, text: str) -> Tensor | None:  # noqa: ARG002
        """Return None: no question is asked of it."""
        return None


def replayed(
    plan: Plan, facts: EncoderFacts, blank: Tensor, features: Tensor, saliency: Tensor
) -> Compressed:
    """Return the tokens that a plan leaves of a clip.

    Args:
        plan: With a count for a budget, and a temporal method that merges frames as they come.
        facts: Of the encoder that made the tokens.
        blank: Its blank response, (P, D).
        features: Patch tokens, float32, (T, P, D).
        saliency: float32, (T, P).
    """
    settings, clock = resolve(plan, facts), Clock()
    encoder = ReplayEncoder(facts, blank, features, saliency)
    merger, frames = FrameMerger(encoder, settings, clock, Pictures()), len(features)
    every = TokenBuffer(settings, blank, clock, Pictures(), why="a clip")
    seen = pass_over(
        _batches(frames),
        encoder,
        [merger, every],
        clock,
        lambda _done: None,
        frames=1,  # one thread, as the tokens are given out in order
        gate="off",
        seed=plan.seed,
    )
    settings, _ = split_frames(merger, every.video(), settings, blank, int(settings.budget.value))
    start = State(seen.original(encoder), tuple(merger.groups), per_frame=True)
    groups = run_stages(merging_stages(settings, BAND), start, clock).groups
    return _joined(groups, frames, blank)


def _batches(frames: int) -> Iterator[FrameBatch]:
    for start in range(0, frames, BATCH_FRAMES):
        index = np.arange(start, min(start + BATCH_FRAMES, frames))
        nothing = array_pictures(np.zeros((len(index), 8, 8, 3), np.uint8))
        yield FrameBatch(nothing, index / FRAMES_A_SECOND, index)


def _joined(groups: tuple[MergedFrame, ...], frames: int, blank: Tensor) -> Compressed:
    """Return the tokens of merged frames as one set, which knows the token of each patch of each frame."""
    owner = torch.full((frames, len(blank)), -1)
    content, before = [], 0
    for group in groups:
        for part in group.parts:
            for ordinal in range(part.first, part.last + 1):
                own = part.owner_of(ordinal)
                owner[ordinal] = torch.where(own >= 0, own + before, -1)
        content.append(group.tokens.content)
        before += len(group.tokens)
    flat = owner.flatten()
    sizes = torch.bincount(flat[flat >= 0], minlength=before)
    blanks = gather_sum(blank.repeat(frames, 1), flat, before) / sizes.clamp(min=1)[:, None]
    return Compressed(torch.cat(content) + blanks, sizes, flat)
