"""A plan for one encoder: nothing that depends on it is left open."""

from dataclasses import dataclass

from tokcomp_cli.compress import find
from tokcomp_cli.compress.content_similarity import ContentSimilarity
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.core.rounding import half_up
from tokcomp_cli.plan.budget import Budget
from tokcomp_cli.plan.plan import Plan, all_settings

DEFAULT_SPATIAL, DEFAULT_RATIO = "saliency-ward", 0.5
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
        may_split: Whether a budget may have fewer frames merged: the user chose neither temporal method nor
            threshold.
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
    may_split: bool
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
    def usual_tokens(self) -> int:
        """Return the tokens a merged frame keeps at the spatial ratio."""
        return half_up(self.spatial_ratio * self.facts.num_patches)

    @property
    def widest_tokens(self) -> int:
        """Return the tokens a merged frame must hold so that a budget can still ask for them."""
        return self.facts.num_patches if self.may_widen else self.usual_tokens

    def caps(self) -> tuple[str, ...]:
        """Return the options given by the user that may leave fewer tokens than a budget asks for."""
        plan = self.plan
        given = {
            "--spatial": plan.spatial.method if self.spatial != "none" else None,
            "--spatial-ratio": plan.spatial.keep_ratio,
            "--temporal": plan.temporal.method if self.temporal != "none" else None,
            "--temporal-ratio": plan.temporal.keep_ratio,
            "--threshold": plan.temporal.threshold,
        }
        return tuple(f"{flag} {value}" for flag, value in given.items() if value is not None)

    def record(self) -> dict[str, Scalar]:
        """Return the settings in force by name, for the result."""
        given = self.plan.to_record()
        wanted = {key: given[key] for key, (_, one) in all_settings().items() if one.in_result}
        return wanted | {
            "spatial": self.spatial,
            "spatial_ratio": self.spatial_ratio,
            "temporal": self.temporal,
            "temporal_ratio": self.temporal_ratio,
            "threshold": self.threshold,
            "similarity": self.similarity,
        }


def resolve(plan: Plan, facts: EncoderFacts) -> ResolvedPlan:
    """Return the plan for one encoder.

    Where the user sets no share, a method over the whole video keeps what dycoke's rule keeps of an even
    clip, framefusion's headline, and a quarter for the others.

    Raises:
        EvidenceError: The spatial method was trained on another encoder's tokens.
    """
    whole_video, temporal = plan.temporal.whole_video, plan.temporal.name
    spatial = plan.spatial.method or ("none" if whole_video else DEFAULT_SPATIAL)
    find("spatial", spatial).check_encoder(facts)
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
        may_split=plan.temporal.method is None and plan.temporal.threshold is None,
        temporal=temporal,
        temporal_ratio=over_time if whole_video else None,
        threshold=facts.threshold if threshold is None else threshold,
        similarity=plan.temporal.similarity or facts.similarity,
    )
