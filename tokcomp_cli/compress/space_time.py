"""Ward over space and time, weighted by saliency: patches merge with their likes in any frame."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.dendrogram import Dendrogram, cut
from tokcomp_cli.compress.precision import detached
from tokcomp_cli.compress.saliency_ward import tree_of
from tokcomp_cli.compress.video import grouped
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.lazy import Tensor, np, torch
from tokcomp_cli.core.origin import first_owned, follow, gather_sum, merge_mean
from tokcomp_cli.core.tokens import Compressed, TokenSet, grid_tokens

JOINED = 8
LARGEST_TREE = 1024


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of frames.

    Attributes:
        tokens: Its tokens so far, in frame-raster order.
        tree: Their dendrogram.
        owner: Token of each of its patches, int64, (L * P,).
    """

    tokens: TokenSet
    tree: Dendrogram
    owner: Tensor

    def narrowed(self, count: int) -> tuple[TokenSet, Tensor]:
        """Return at most `count` tokens, and the token of each patch."""
        count = min(count, len(self.tokens))
        step, tokens = cut(self.tree, count), self.tokens
        features, sizes = merge_mean(tokens.features, tokens.sizes, step, count)
        position = tokens.position[first_owned(step, count)]
        saliency = None if tokens.saliency is None else gather_sum(tokens.saliency, step, count)
        return TokenSet(features, sizes, position, saliency), follow(self.owner, step)


def compress_video(features: Tensor, *, num_keep: int, saliency: Tensor | None) -> Compressed:
    """Return the means of patches that merge at the least loss of energy, whatever their frame and position.

    Each patch weighs as much as its share of its frame's saliency, and all alike where there is none.
    Eight frames at a time share one dendrogram, then eight of those runs, as long as the narrowed runs
    still hold the asked count; one cut at equal marginal loss through all runs does the rest.
    """
    row = (1, features.shape[1])
    alone = torch.arange(row[1], device="cpu")
    counts = [None] * len(features) if saliency is None else [_of_frame(one) for one in saliency.cpu()]
    runs = [
        _run(grid_tokens(frame, row, saliency=count), alone)
        for frame, count in zip(detached(features).cpu(), counts, strict=True)
    ]
    while len(runs) > 1:
        room = LARGEST_TREE // min(JOINED, len(runs))
        if sum(min(len(run.tokens), room) for run in runs) < num_keep:
            break
        runs = [_joined(runs[at : at + JOINED], room) for at in range(0, len(runs), JOINED)]
    labels, done = [], 0
    for run, count in zip(runs, _counts(runs, num_keep), strict=True):
        labels.append(done + follow(run.owner, cut(run.tree, count)))
        done += count
    return grouped(features, torch.cat(labels), num_keep)


def _of_frame(saliency: Tensor) -> Tensor:
    """Return what each patch weighs: its share of its frame's saliency, of mean 1, (P,)."""
    mean = saliency.float().mean()
    return saliency.float() / mean if mean > 0 else torch.ones_like(saliency, dtype=torch.float32)


def _run(tokens: TokenSet, owner: Tensor) -> _Run:
    tree = dendrogram(tokens) if tokens.saliency is None else tree_of(tokens)
    return _Run(tokens, tree, owner)


def _joined(runs: list[_Run], room: int) -> _Run:
    """Return neighbouring runs as one, each narrowed to at most `room` tokens first."""
    parts = [run.narrowed(room) for run in runs]
    starts = itertools.accumulate((len(tokens) for tokens, _ in parts), initial=0)
    owner = torch.cat([start + owner for start, (_, owner) in zip(starts, parts, strict=False)])
    saliency = [tokens.saliency for tokens, _ in parts if tokens.saliency is not None]
    tokens = TokenSet(
        torch.cat([tokens.features for tokens, _ in parts]),
        torch.cat([tokens.sizes for tokens, _ in parts]),
        torch.cat([tokens.position for tokens, _ in parts]),
        torch.cat(saliency) if saliency else None,
    )
    return _run(tokens, owner)


def _counts(runs: list[_Run], num_keep: int) -> list[int]:
    """Return how many tokens each run keeps when the cheapest merges of all are done."""
    number = np.repeat(np.arange(len(runs)), [len(run.tree.heights) for run in runs])
    cheapest = np.argsort(np.concatenate([run.tree.heights for run in runs]), kind="stable")
    merges = sum(len(run.tokens) for run in runs) - num_keep
    done = np.bincount(number[cheapest[:merges]], minlength=len(runs))
    return [len(run.tokens) - int(count) for run, count in zip(runs, done, strict=True)]


METHOD = Method(
    name="space-time",
    stage="temporal",
    rule="merge the patches of all frames that lose the least salient content, wherever they are",
    paper="ours; Ward 1963 (minimum variance) over the patches of a video, with saliency as weights",
    compress_video=compress_video,
    defaults=(f"{JOINED} frames or runs share a dendrogram", f"of at most {LARGEST_TREE} tokens"),
)
