"""A plan for one encoder: nothing that depends on it is left open."""

from dataclasses import dataclass

from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.plan.budget import BAND_SHARES, Budget
from tokcomp_cli.plan.plan import Plan, all_settings

DEFAULT_SPATIAL, DEFAULT_RATIO = "ward", 0.5
WHOLE_VIDEO_RATIOS = {"dycoke": 0.475, "framefusion": 0.3}
OTHER_WHOLE_VIDEO_RATIO = 0.25


@dataclass(frozen=True, slots=True)
class ResolvedPlan:
    """A plan for one encoder.

    Attributes:
        plan: What was asked for.
        facts: Of the encoder.
        spatial: Spatial method.
        spatial_ratio: Share of a grid that the spatial stage keeps.
        may_widen: Whether a budget may raise that ratio: the user set neither method nor ratio.
        temporal: Temporal method.
        temporal_ratio: Share of all tokens that a method over the whole video keeps; None for others.
        threshold: Similarity above which a frame joins.
        similarity: Statistic over the similarities of co-located patches.
    """

    plan: Plan
    facts: EncoderFacts
    spatial: str
    spatial_ratio: float
    may_widen: bool
    temporal: str
    temporal_ratio: float | None
    threshold: float
    similarity: str

    @property
    def budget(self) -> Budget:
        """Return the tokens asked for."""
        return self.plan.budget.budget

    @property
    def alike(self) -> ContentSimilarity:
        """Return how frames are compared."""
        return ContentSimilarity(self.similarity, self.facts.floor)

    @property
    def may_split(self) -> bool:
        """Return whether a budget may merge fewer frames: the user set neither method nor threshold."""
        return self.plan.temporal.threshold is None and self.plan.temporal.method == "frame-merge"

    @property
    def usual_tokens(self) -> int:
        """Return the tokens a merged frame keeps at the spatial ratio."""
        return half_up(self.spatial_ratio * self.facts.num_patches)

    @property
    def widest_tokens(self) -> int:
        """Return the tokens a merged frame must hold so that a budget can still ask for them."""
        plan, patches = self.plan, self.facts.num_patches
        if not self.may_widen:
            return self.usual_tokens
        if self.budget.kind == "target" or plan.budget.target is not None or plan.tiers_measured:
            return patches
        if self.budget.kind == "auto":
            return max(self.usual_tokens, half_up(max(BAND_SHARES.values()) * patches))
        return self.usual_tokens

    def record(self) -> dict[str, Scalar]:
        """Return the settings in force by name, for the result."""
        given = self.plan.to_record()
        wanted = {key: given[key] for key, (_, one) in all_settings().items() if one.in_result}
        return wanted | {
            "spatial": self.spatial,
            "spatial_ratio": self.spatial_ratio,
            "temporal_ratio": self.temporal_ratio,
            "threshold": self.threshold,
            "similarity": self.similarity,
        }


def resolve(plan: Plan, facts: EncoderFacts) -> ResolvedPlan:
    """Return the plan for one encoder.

    Where the user sets no share, a method over the whole video keeps what dycoke's rule keeps of an even
    clip, framefusion's headline, and a quarter for the others.
    """
    whole_video, temporal = plan.temporal.whole_video, plan.temporal.method
    spatial = plan.spatial.method or ("none" if whole_video else DEFAULT_SPATIAL)
    ratio = DEFAULT_RATIO if plan.spatial.keep_ratio is None else plan.spatial.keep_ratio
    over_time = WHOLE_VIDEO_RATIOS.get(temporal.partition(":")[0], OTHER_WHOLE_VIDEO_RATIO)
    if plan.temporal.keep_ratio is not None:
        over_time = plan.temporal.keep_ratio
    threshold = plan.temporal.threshold
    return ResolvedPlan(
        plan=plan,
        facts=facts,
        spatial=spatial,
        spatial_ratio=1.0 if spatial == "none" else ratio,
        may_widen=plan.spatial.method is None and plan.spatial.keep_ratio is None and not whole_video,
        temporal=temporal,
        temporal_ratio=over_time if whole_video else None,
        threshold=facts.threshold if threshold is None else threshold,
        similarity=plan.temporal.similarity or facts.similarity,
    )
