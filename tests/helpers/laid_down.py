"""A tiny encoder whose tokens are laid down in advance, so that slow loops can check the pipeline."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import FrameBatch, array_pictures
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.detail.sampled_pictures import Pictures
from tokcomp_cli.encoders.handcrafted import FACTS
from tokcomp_cli.measure.fidelity import Original
from tokcomp_cli.pipeline.frame_merger import FrameMerger
from tokcomp_cli.pipeline.stage import State, run_stages
from tokcomp_cli.pipeline.stage_list import merging_stages
from tokcomp_cli.pipeline.token_buffer import TokenBuffer
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.plan.resolved import ResolvedPlan, resolve
from tokcomp_cli.reading.frame_pass import pass_over
from tokcomp_cli.reduce.video_tokens import VideoTokens


class LaidDown:
    """An encoder that gives the next of its tokens for each frame, whatever the picture."""

    def __init__(self, features: Tensor, grid: tuple[int, int]) -> None:
        self.features = features
        self.saliency = features.square().sum(2)
        self.blank = torch.full((grid[0] * grid[1], features.shape[2]), 0.25)
        self._grid = grid
        self._next = 0

    @property
    def facts(self) -> EncoderFacts:
        from dataclasses import replace

        dim = self.features.shape[2]
        return replace(FACTS, name="laid-down", grid=self._grid, dim=dim, floor=1e-3, threshold=0.8)

    def encode(self, rgb: np.ndarray) -> FrameTokens:
        chosen = slice(self._next, self._next + len(rgb))
        self._next += len(rgb)
        return FrameTokens(self.features[chosen], self.saliency[chosen], self.features[chosen].mean(1))

    def encode_text(self, text: str) -> None:
        return None


def batches(count: int, size: int = 3) -> Iterator[FrameBatch]:
    for start in range(0, count, size):
        index = np.arange(start, min(start + size, count))
        rgb = np.zeros((len(index), 4, 4, 3), np.uint8)
        yield FrameBatch(array_pictures(rgb), index / 2.0, index * 10)


def merged(encoder: LaidDown, plan: ResolvedPlan, frames: int) -> tuple[FrameMerger, Original, Clock]:
    """Return merged frames, what they are measured against, and the clock of the pass."""
    clock = Clock()
    merger = FrameMerger(encoder, plan, clock, Pictures())
    seen = pass_over(
        batches(frames), encoder, [merger], clock, lambda done: None, frames=1, gate="off", seed=0
    )
    return merger, seen.original(encoder), clock


def buffered(encoder: LaidDown, plan: ResolvedPlan, frames: int) -> tuple[VideoTokens, Original]:
    """Return the tokens of all frames, and what they are measured against."""
    buffer = TokenBuffer(plan, encoder.blank, Clock(), Pictures(), why="a test")
    seen = pass_over(
        batches(frames), encoder, [buffer], Clock(), lambda done: None, frames=1, gate="off", seed=0
    )
    return buffer.video(), seen.original(encoder)


class Ran:
    """What the pipeline made of laid-down tokens, and the tokens."""

    def __init__(self, features: Tensor, grid: tuple[int, int], plan: Plan) -> None:
        encoder = LaidDown(features, grid)
        self.content = features - encoder.blank
        self.features, self.saliency, self.floor = features, encoder.saliency, encoder.facts.floor
        settings = resolve(plan, encoder.facts)
        self.merger, self.original, clock = merged(encoder, settings, len(features))
        start = State(self.original, tuple(self.merger.groups), per_frame=True)
        self.state = run_stages(merging_stages(settings, "medium", None), start, clock)
