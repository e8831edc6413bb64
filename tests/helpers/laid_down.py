"""A tiny encoder whose tokens are laid down in advance, so that slow loops can check the pipeline."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import FrameBatch
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.handcrafted import FACTS
from tokcomp_cli.measure.fidelity import Original, content_rank
from tokcomp_cli.pipeline.stages import Staged, run_stages
from tokcomp_cli.pipeline.stream import Grouper, Streamed, stream
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.budget import widest_tokens


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
        yield FrameBatch(rgb, index / 2.0, index * 10)


class Ran:
    """What the pipeline made of laid-down tokens, and the tokens."""

    def __init__(self, features: Tensor, grid: tuple[int, int], plan: Plan) -> None:
        encoder = LaidDown(features, grid)
        facts, clock = encoder.facts, Clock()
        self.content = features - encoder.blank
        self.features, self.saliency, self.floor = features, encoder.saliency, facts.floor
        settings = plan.record(threshold=plan.threshold or 0.8, similarity=plan.similarity or "mean")
        grouper = Grouper(
            encoder,
            plan,
            clock,
            threshold=float(settings["threshold"] or 0),
            statistic=str(settings["similarity"]),
            widest=widest_tokens(plan, num_patches=facts.num_patches),
        )
        self.streamed: Streamed = stream(
            batches(len(features)), encoder, grouper, clock, lambda done: None, workers=1
        )
        self.original = Original(
            totals=self.streamed.totals,
            reservoir=self.streamed.reservoir,
            rank=content_rank(self.streamed.reservoir),
            blank=encoder.blank,
            floor=facts.floor,
            frame_index=self.streamed.frame_index,
            pts_seconds=self.streamed.pts_seconds,
        )
        self.staged: Staged = run_stages(
            self.streamed.groups,
            self.original,
            plan,
            settings=settings,
            band="medium",
            facts=facts,
            clock=clock,
        )
