"""The stages of the `fastvlm` preset: pooled frames, and what is new in the tiles of the hardest one.

The tiles are nine more inputs of the encoder. They count as nine more frames after the sampled ones, so
that every patch that was encoded has an owner and every line is measured against all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.compress.merging import in_raster_order
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.results.advice import Detail
from tokcomp_cli.detail.hardest import SIDE
from tokcomp_cli.detail.tiles import TileFeatures, Tiles, novel
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.pipeline.stage import Line, State
from tokcomp_cli.reduce.cut import concatenate, reown
from tokcomp_cli.reduce.held_tokens import hold
from tokcomp_cli.reduce.merged_frame import MergedFrame, means_of
from tokcomp_cli.reduce.spatial import carry
from tokcomp_cli.reduce.vectors import many, smallest
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import UNCUT, owned_by


@dataclass(frozen=True, slots=True)
class PoolWithTiles:
    """Counts the pooled frames, and the tiles of the hardest merged frame as further frames.

    Attributes:
        tiles: The tiles with their detail tokens.
        count: How many tiles there are.
    """

    tiles: MergedFrame
    count: int
    name: str = "spatial"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return merged frames, pooled when they closed, and the tiles behind them."""
        params = {
            "tokens_per_frame": len(state.groups[0].tokens),
            "tiles": self.count,
            "tokens_of_tiles": len(self.tiles.tokens),
        }
        note = f"{self.count} tiles at {SIDE} times the resolution count as inputs beside the frames"
        groups = (*state.groups, self.tiles)
        return replace(state, groups=groups, per_frame=True), Line("pool", params, (note,))


@dataclass(frozen=True, slots=True)
class DetailStage:
    """Keeps the detail tokens that hold what the global token over them does not.

    Attributes:
        found: Whether detail is wanted, and what it is worth.
        features: The tiles and the global tokens over them.
        cells: Detail cell of each token of the tiles, int64, (P,).
        hardest: Index of the merged frame that the tiles show.
    """

    found: Detail
    features: TileFeatures
    cells: Tensor
    hardest: int
    name: str = "detail"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return everything as one merged frame: global tokens, and detail tokens that are new."""
        *groups, fine = state.groups
        keep = (
            novel(self.features.tiles.detail, self.features.over, state.original.floor)[self.cells]
            & self.found.wanted
        )
        over = groups[self.hardest].parts[0].owner[self.cells]
        whole = joined(groups, fine, self.hardest, over, keep)
        line = Line(
            "novel" if self.found.wanted else "global",
            {"threshold": self.found.threshold, "tokens_new": self.found.tokens_detail},
            _notes(self.found),
        )
        return replace(state, groups=(whole,), shown=tuple(groups)), line


def tile_frame(
    tiles: Tiles, blank: Tensor, facts: EncoderFacts, frames: int, signals: ImageSignals
) -> tuple[MergedFrame, Tensor]:
    """Return the tiles with their detail tokens, and which detail cell each of those tokens is, (P,).

    Args:
        tiles: The encoded tiles.
        blank: Blank response of the encoder, (P, D).
        facts: Of the encoder.
        frames: Sampled frames, after which the tiles count.
        signals: Of the merged frame that they show.
    """
    owner, cells = in_raster_order(tiles.pooled_to.flatten(), len(tiles.detail))
    features, _ = merge_mean(tiles.tokens.features.flatten(0, 1), torch.ones_like(owner), owner, len(cells))
    video = VideoTokens(tiles.tokens.features, tiles.tokens.saliency, None, None, (signals,), None)
    group = owned_by(video, blank, facts.grid, features, owner.view_as(tiles.pooled_to))
    places = smallest(group.tokens.position + torch.tensor([frames, 0, 0]))
    parts = tuple(replace(part, first=part.first + frames, last=part.last + frames) for part in group.parts)
    return replace(group, parts=parts, tokens=replace(group.tokens, places=places)), cells


def joined(
    groups: Sequence[MergedFrame], fine: MergedFrame, hardest: int, over: Tensor, keep: Tensor
) -> MergedFrame:
    """Return everything as one merged frame; a detail token that is not kept goes to the global one over it.

    Args:
        groups: Merged frames with their global tokens.
        fine: The tiles with their detail tokens.
        hardest: Index of the merged frame that the tiles show.
        over: Global token of it over each detail token, int64, (P,).
        keep: Which detail tokens are kept, bool, (P,).
    """
    pieces = [*groups, fine]
    starts = [0, *torch.tensor([len(piece.tokens) for piece in pieces]).cumsum(0).tolist()]
    parts = tuple(
        part.shifted(start) for piece, start in zip(pieces, starts, strict=False) for part in piece.parts
    )
    tokens, mean = concatenate(piece.tokens for piece in pieces), torch.cat([piece.mean for piece in pieces])
    half = many(*tokens.features.shape)
    everything = replace(
        fine,
        parts=parts,
        tokens=hold(tokens, half=half),
        means=means_of(mean, tokens.content, tokens.sizes, half=half),
        within=torch.cat([piece.within for piece in pieces]),
        spatial_saliency=sum(piece.spatial_saliency for piece in pieces),
        tree=UNCUT,
    )
    globals_ = starts[-2]
    kept = torch.cat([torch.ones(globals_, dtype=torch.bool), keep])
    stays = torch.arange(len(tokens))
    stays[globals_:] = torch.where(keep, stays[globals_:], over + starts[hardest])
    owner = (kept.cumsum(0) - 1)[stays]
    after = reown(everything, tokens.features[kept], owner)
    # A global token stands for detail as it is: its content is still that of its own patches.
    if tokens.blank is None:
        return after
    as_is = replace(carry(tokens, tokens.features[kept], owner), blank=tokens.blank[kept])
    return replace(
        after,
        tokens=hold(as_is, half=half),
        means=means_of(after.mean, as_is.content, as_is.sizes, half=half),
    )


def _notes(detail: Detail) -> tuple[str, ...]:
    where = (
        "" if detail.at_seconds is None else f", for the hardest merged frame, at {detail.at_seconds:.2f} s"
    )
    if detail.wanted:
        return (f"wanted: {'; '.join(detail.reasons)}{where}",)
    return (
        f"not wanted{where}: the tiles were encoded to measure what that costs, no token of them is kept",
    )
