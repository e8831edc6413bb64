"""The ledger of the `fastvlm` preset: pooled frames, merged frames, and what is new in the tiles.

The tiles are nine more inputs of the encoder. They count as nine more frames after the sampled ones, so
that every patch that was encoded has an owner and every line is measured against all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tokcomp_cli.compress._ops import in_raster_order
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.results.advice import Detail
from tokcomp_cli.core.results.analysis import Scalar, StageRecord
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.detail.hardest import SIDE
from tokcomp_cli.detail.tiles import TileFeatures, Tiles, measure_detail, novel
from tokcomp_cli.difficulty.signals import ImageSignals
from tokcomp_cli.measure.fidelity import Original, measure
from tokcomp_cli.pipeline.stages import temporal_params
from tokcomp_cli.pipeline.stream import Streamed
from tokcomp_cli.plan.plan import Plan
from tokcomp_cli.reduce.conservation import check_groups
from tokcomp_cli.reduce.cut import concatenate, reown
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.reduce.progressive import token_count
from tokcomp_cli.reduce.video_tokens import VideoTokens
from tokcomp_cli.reduce.whole_video import UNCUT, owned_by


@dataclass(frozen=True, slots=True)
class Detailed:
    """What the preset made.

    Attributes:
        stages: The three records.
        groups: Merged frames with their global tokens, in order of time.
        whole: Everything as one merged frame: global tokens, and detail tokens that are new.
        detail: What the detail path is worth.
    """

    stages: tuple[StageRecord, ...]
    groups: tuple[MergedFrame, ...]
    whole: MergedFrame
    detail: Detail


def see_tiles(seen: Streamed, tiles: Tiles) -> None:
    """Add the patches of the tiles to what every stage is measured against."""
    frames = len(seen.frame_index)
    for tile, features in enumerate(tiles.tokens.features):
        seen.totals.add(features, tiles.content[tile], tiles.tokens.saliency[tile])
        seen.reservoir.add(frames + tile, tiles.content[tile])


def run_detail_stages(
    groups: Sequence[MergedFrame],
    original: Original,
    closer: TileFeatures,
    decision: Detail,
    *,
    hardest: int,
    plan: Plan,
    settings: Mapping[str, Scalar],
    facts: EncoderFacts,
    clock: Clock,
) -> Detailed:
    """Return the stages' records and the tokens after the last.

    Args:
        groups: Merged frames, each pooled to its global tokens.
        original: All sampled frames and the tiles.
        closer: The hardest merged frame's picture looked at more closely.
        decision: Whether the detail path is wanted, and why.
        hardest: Index of that merged frame.
        plan: What was asked for.
        settings: The settings in force by name.
        facts: Of the encoder.
        clock: Gets the milliseconds.
    """
    frames = groups[-1].last + 1
    tiles = closer.tiles
    with clock.on("fidelity"):
        found = measure_detail(decision, closer, facts)
    with clock.on("detail"):
        fine, cells = _tile_group(tiles, original.blank, facts, frames, groups[hardest].signals)
        keep = novel(tiles.detail, closer.over)[cells] & decision.wanted
        whole = _joined(groups, fine, hardest, groups[hardest].parts[0].owner[cells], keep)
    pieces = [*groups, fine]
    check_groups(pieces, stage="temporal", frames=frames + len(tiles.content))
    check_groups([whole], stage="detail", frames=frames + len(tiles.content))
    with clock.on("fidelity"):
        records = _records(pieces, whole, original, found, plan.temporal, temporal_params(plan, settings))
    return Detailed(records, tuple(groups), whole, found)


def _tile_group(
    tiles: Tiles, blank: Tensor, facts: EncoderFacts, frames: int, signals: ImageSignals
) -> tuple[MergedFrame, Tensor]:
    """Return the tiles with their detail tokens, and which detail cell each of those tokens is, (P,)."""
    owner, cells = in_raster_order(tiles.pooled_to.flatten(), len(tiles.detail))
    features, _ = merge_mean(tiles.tokens.features.flatten(0, 1), torch.ones_like(owner), owner, len(cells))
    held = VideoTokens(tiles.tokens.features, tiles.tokens.saliency, None, None, (signals,), None)
    group = owned_by(held, blank, facts.grid, features, owner.view_as(tiles.pooled_to))
    moved = group.tokens.position + torch.tensor([frames, 0, 0])
    parts = tuple(replace(part, first=part.first + frames, last=part.last + frames) for part in group.parts)
    return replace(group, parts=parts, tokens=replace(group.tokens, position=moved)), cells


def _joined(
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
        replace(part, owner=torch.where(part.owner >= 0, part.owner + start, -1))
        for piece, start in zip(pieces, starts, strict=False)
        for part in piece.parts
    )
    tokens = concatenate([piece.tokens for piece in pieces])
    everything = replace(
        fine,
        parts=parts,
        tokens=tokens,
        mean=torch.cat([piece.mean for piece in pieces]),
        within=torch.cat([piece.within for piece in pieces]),
        spatial_saliency=sum(piece.spatial_saliency for piece in pieces),
        tree=UNCUT,
    )
    globals_ = starts[-2]
    kept = torch.cat([torch.ones(globals_, dtype=torch.bool), keep])
    stays = torch.arange(len(tokens))
    stays[globals_:] = torch.where(keep, stays[globals_:], over + starts[hardest])
    after = reown(everything, tokens.features[kept], (kept.cumsum(0) - 1)[stays])
    # A global token stands for detail as it is: its content is still that of its own patches.
    blank = None if tokens.blank is None else tokens.blank[kept]
    return replace(after, tokens=replace(after.tokens, blank=blank))


def _records(
    pieces: Sequence[MergedFrame],
    whole: MergedFrame,
    original: Original,
    detail: Detail,
    temporal: str,
    merging: Mapping[str, Scalar],
) -> tuple[StageRecord, ...]:
    *groups, fine = pieces
    per_frame, added = len(groups[0].tokens), len(fine.tokens)
    frames, merged = groups[-1].last + 1, token_count(pieces)
    first = StageRecord(
        name="spatial",
        method="pool",
        params={"tokens_per_frame": per_frame, "tiles": detail.tiles, "tokens_of_tiles": added},
        tokens_in=original.totals.patches,
        tokens_out=frames * per_frame + added,
        fidelity=measure(pieces, original, per_frame=True),
        notes=(f"{detail.tiles} tiles at {SIDE} times the resolution count as inputs beside the frames",),
    )
    second = replace(
        first,
        name="temporal",
        method=temporal,
        params={**merging, "merged_frames": len(groups)},
        tokens_in=first.tokens_out,
        tokens_out=merged,
        fidelity=measure(pieces, original, per_frame=False),
        notes=(),
    )
    last = replace(
        second,
        name="detail",
        method="novel" if detail.wanted else "global",
        params={"threshold": detail.threshold, "tokens_new": detail.tokens_detail},
        tokens_in=merged,
        tokens_out=len(whole.tokens),
        fidelity=measure([whole], original, per_frame=False),
        notes=_notes(detail),
    )
    return first, second, last


def _notes(detail: Detail) -> tuple[str, ...]:
    where = (
        "" if detail.at_seconds is None else f", for the hardest merged frame, at {detail.at_seconds:.2f} s"
    )
    if detail.wanted:
        return (f"wanted: {'; '.join(detail.reasons)}{where}",)
    return (
        f"not wanted{where}: the tiles were encoded to measure what that costs, no token of them is kept",
    )
