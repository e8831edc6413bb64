"""Which stages a plan runs; a preset is a list of them."""

from torch import Tensor

from tokcomp_cli.core.results.advice import Detail
from tokcomp_cli.detail.lod import Levels
from tokcomp_cli.detail.tiles import TileFeatures
from tokcomp_cli.pipeline.stage import Stage
from tokcomp_cli.pipeline.stages.ask_tokens import AskTokens
from tokcomp_cli.pipeline.stages.budget import BudgetStage
from tokcomp_cli.pipeline.stages.detail import DetailStage, PoolWithTiles
from tokcomp_cli.pipeline.stages.layers import LayerStage
from tokcomp_cli.pipeline.stages.spatial import SpatialStage
from tokcomp_cli.pipeline.stages.temporal import TemporalStage
from tokcomp_cli.pipeline.stages.tiers import TierStage
from tokcomp_cli.pipeline.stages.whole_video import AskTokensOfVideo, ChooseOverVideo, PoolFrames
from tokcomp_cli.plan.resolved import ResolvedPlan
from tokcomp_cli.reduce.merged_frame import MergedFrame


def merging_stages(
    plan: ResolvedPlan, band: str, levels: Levels | None = None, notes: tuple[str, ...] = ()
) -> tuple[Stage, ...]:
    """Return the stages over merged frames.

    Args:
        plan: In force.
        band: Difficulty band, for the budget `auto`.
        levels: Tiers of relevance that take tokens, or None.
        notes: What was changed about merging frames.
    """
    stages: list[Stage] = [AskTokens(plan, band), SpatialStage(plan), TemporalStage(plan, notes)]
    if plan.plan.preset != "pvc":
        stages.append(BudgetStage(plan))
    if levels is not None:
        stages.append(TierStage(levels))
    return (*stages, LayerStage(plan.plan.layers))


def whole_video_stages(plan: ResolvedPlan, band: str) -> tuple[Stage, ...]:
    """Return the stages of a method that chooses tokens over the whole video; arguments as above."""
    return (
        PoolFrames(plan),
        ChooseOverVideo(plan),
        AskTokensOfVideo(plan, band),
        BudgetStage(plan),
        LayerStage(plan.plan.layers),
    )


def detail_stages(
    plan: ResolvedPlan,
    found: Detail,
    features: TileFeatures,
    tiles: tuple[MergedFrame, Tensor],
    hardest: int,
) -> tuple[Stage, ...]:
    """Return the stages of the `fastvlm` preset.

    Args:
        plan: In force.
        found: Whether detail is wanted, and what it is worth.
        features: The tiles and the global tokens over them.
        tiles: The tiles with their detail tokens, and the detail cell of each.
        hardest: Index of the merged frame that they show.
    """
    frame, cells = tiles
    return (
        PoolWithTiles(frame, len(features.tiles.content)),
        TemporalStage(plan),
        DetailStage(found, features, cells, hardest),
        LayerStage(plan.plan.layers),
    )
