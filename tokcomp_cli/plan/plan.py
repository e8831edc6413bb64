"""What was asked for, checked before any file is opened."""

from dataclasses import dataclass
from typing import Literal

from tokcomp_cli.compress import find
from tokcomp_cli.core.results.advice import Tier
from tokcomp_cli.core.results.analysis import Scalar
from tokcomp_cli.difficulty.rules import NOTE_CUTS, Cuts, parse_rule
from tokcomp_cli.plan.budget import Budget
from tokcomp_cli.plan.plan_checks import check_over_time, check_rest, check_stages

DEFAULT_SPATIAL, DEFAULT_RATIO = "ward", 0.5
LAYER_KEEP = (1.0, 0.7, 0.5, 0.4)
KEPT_OVER_TIME = {"dycoke": 0.475, "framefusion": 0.3}
KEPT_BY_OTHERS = 0.25
AUTO = Budget("auto")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a run's result besides the file.

    Attributes:
        encoder: Name of the encoder.
        fps: Frames a second to sample, or `native`; None leaves it to `every` or `frames`.
        every: Sample every n-th frame.
        frames: Sample this many frames, spread over the file.
        start_seconds, end_seconds: Window of presentation times, or None.
        max_frames: Upper bound on sampled frames, or None.
        max_pixels: Largest picture that is decoded; None for the media room's default.
        isolate: Decode in a process that can be killed; None for files that look strange only.
        timeout_seconds: Longest wait for such a process to answer.
        spatial: Spatial method; None for the default, which `auto` and `target` may widen.
        spatial_ratio: Share of a grid that the spatial stage keeps; None for the default.
        temporal: Temporal method.
        temporal_ratio: Share of all tokens that a temporal method over the whole video keeps; None for the
            method's own.
        threshold: Similarity above which a frame joins; None for the encoder's own.
        similarity: Statistic over co-located cosines; None for the encoder's own.
        temporal_every: Frames that one kept frame stands for, with `temporal` `uniform`.
        budget: Tokens after the budget stage.
        allocate: How a budget is split over merged frames.
        reduce: How the budget stage reduces.
        layers: Layers of the language model.
        layer_keep: Kept fractions at depth 0, 1/4, 1/2, 3/4.
        query: Question for the difficulty, or None.
        target: `explained` that the recommendation aims at; None for no recommendation.
        seed: Of all randomness.
        preset: Name of the pipeline that fixed some of these (`with_preset`), or None.
        tiers: Own tiers of relevance, or None for the note's shares.
        detail: Whether to encode the detail path's tiles and measure what they are worth.
        serving: Serving engine whose pruning setting is looked for, or None.
        difficulty: What the image's part of the difficulty is: `note`, `measured` or `measured:A,B`.
        difficulty_cuts: Scores at which medium, hard and very hard begin.
        closer: Whether to look at one file closely: what the resize leaves of it, whether it holds text, what
            tiers of relevance would leave.
        ocr: Whether words are read at full and at the encoder's size, for `closer`.
    """

    encoder: str = "embedded"
    fps: float | Literal["native"] | None = None
    every: int | None = None
    frames: int | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None
    max_frames: int | None = None
    max_pixels: int | None = None
    isolate: bool | None = None
    timeout_seconds: float = 60.0
    spatial: str | None = None
    spatial_ratio: float | None = None
    temporal: str = "frame-merge"
    temporal_ratio: float | None = None
    threshold: float | None = None
    similarity: str | None = None
    temporal_every: int = 4
    budget: Budget = AUTO
    allocate: str = "cut"
    reduce: str = "ward"
    layers: int = 32
    layer_keep: tuple[float, ...] = LAYER_KEEP
    query: str | None = None
    target: float | None = None
    seed: int = 0
    preset: str | None = None
    tiers: tuple[Tier, ...] | None = None
    detail: bool = False
    serving: str | None = None
    difficulty: str = "note"
    difficulty_cuts: Cuts = NOTE_CUTS
    closer: bool = False
    ocr: bool = False

    def __post_init__(self) -> None:
        """Check all settings.

        Raises:
            PlanError: The first one that cannot be done.
        """
        check_stages(self)
        check_over_time(self)
        check_rest(self)

    @property
    def over_time(self) -> bool:
        """Return whether the temporal method chooses tokens over the whole video."""
        return find("temporal", self.temporal, whole_video=True).compress_video is not None

    @property
    def kept_over_time(self) -> float:
        """Return the share of all tokens that a temporal method over the whole video keeps.

        Where the user sets none: what dycoke's rule keeps of an even clip, framefusion's headline, and a
        quarter for the others.
        """
        if self.temporal_ratio is not None:
            return self.temporal_ratio
        return KEPT_OVER_TIME.get(self.temporal.partition(":")[0], KEPT_BY_OTHERS)

    @property
    def spatial_method(self) -> str:
        """Return the spatial method in force."""
        return self.spatial or ("none" if self.over_time else DEFAULT_SPATIAL)

    @property
    def ratio(self) -> float:
        """Return the spatial keep ratio in force."""
        if self.spatial_method == "none":
            return 1.0
        return DEFAULT_RATIO if self.spatial_ratio is None else self.spatial_ratio

    @property
    def lod(self) -> bool:
        """Return whether tiers of relevance are measured: where asked for, and beside a closer look."""
        beside = self.target is not None and self.closer
        return (self.tiers_in_ledger or beside) and not self.over_time

    @property
    def tiers_in_ledger(self) -> bool:
        """Return whether tiers are applied after the budget stage, and not only measured beside it."""
        return self.tiers is not None or self.preset == "arr-coc"

    @property
    def budget_stage(self) -> bool:
        """Return whether there is a budget stage: the preset `pvc` has none."""
        return self.preset != "pvc"

    @property
    def may_widen(self) -> bool:
        """Return whether the spatial ratio may rise to what the budget asks: the user set neither."""
        return self.spatial is None and self.spatial_ratio is None and not self.over_time

    def record(self, *, threshold: float, similarity: str) -> dict[str, Scalar]:
        """Return the settings in force by name, for the result.

        Args:
            threshold: In force for the encoder.
            similarity: In force for the encoder.
        """
        return {
            "spatial": self.spatial_method,
            "spatial_ratio": self.ratio,
            "temporal": self.temporal,
            "temporal_ratio": self.kept_over_time if self.over_time else None,
            "threshold": threshold,
            "similarity": similarity,
            "budget": str(self.budget),
            "allocate": self.allocate,
            "reduce": self.reduce,
            "layers": self.layers,
            "layer_keep": ",".join(f"{share:g}" for share in self.layer_keep),
            "query": self.query,
            "target": self.target,
            "seed": self.seed,
            "preset": self.preset,
            "tiers": None if self.tiers is None else ",".join(map(str, self.tiers)),
            "serving": self.serving,
            "difficulty": str(parse_rule(self.difficulty)),
            "difficulty_cuts": ",".join(f"{cut:g}" for cut in self.difficulty_cuts),
        }
