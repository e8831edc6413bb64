"""What was asked for, checked before any file is opened."""

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tokcomp_cli.compress import find
from tokcomp_cli.compress._ops import STATISTICS
from tokcomp_cli.core.advice import Tier
from tokcomp_cli.core.results import Scalar
from tokcomp_cli.difficulty.ocr import missing
from tokcomp_cli.difficulty.rules import NOTE_CUTS, Cuts, parse_rule
from tokcomp_cli.errors import PlanError, near

DEFAULT_SPATIAL, DEFAULT_RATIO = "ward", 0.5
ALLOCATIONS, REDUCTIONS = ("cut", "uniform"), ("ward", "steps")
MOST_TOKENS, MOST_SEED = 10**12, 2**63 - 1
LAYER_KEEP = (1.0, 0.7, 0.5, 0.4)
KEPT_OVER_TIME = {"dycoke": 0.475, "framefusion": 0.3}
KEPT_BY_OTHERS = 0.25
WHOLE_GRID = ("none", "pool")
ENGINES = ("vllm", "tensorrt-llm", "openvino")
BAND_SHARES = {"easy": 0.11, "medium": 0.25, "hard": 0.44, "very hard": 0.69}


def half_up(value: float) -> int:
    """Return the value rounded half up, at least 1."""
    return max(1, math.floor(value + 0.5))


@dataclass(frozen=True, slots=True)
class Budget:
    """Tokens allowed after the budget stage.

    Attributes:
        kind: `auto` (by difficulty), `count` (exact total), `percent` (of the original count) or
            `target` (smallest count whose `explained` reaches it).
        value: Count, percentage or target; 0 for `auto`.
    """

    kind: Literal["auto", "count", "percent", "target"]
    value: float = 0.0

    def __str__(self) -> str:
        """Return the budget as users write it."""
        forms = {"auto": "auto", "count": f"{self.value:.0f}", "percent": f"{self.value:g}%"}
        return forms.get(self.kind, f"target={self.value:g}")


def parse_budget(text: str) -> Budget:
    """Return the budget that `auto`, `64`, `25%` or `target=0.9` stands for.

    Raises:
        PlanError: Another form, a count below 1, a share outside (0, 100] or a target outside (0, 1].
    """
    text = text.strip().lower()
    if text == "auto":
        return Budget("auto")
    match = re.fullmatch(r"(target=)?([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%)?", text)
    if not match or (match[1] and match[3]):
        raise PlanError(f"--budget takes auto, a count, a share as 25% or target=0.9; got {text!r}")
    value = float(match[2])
    if match[1]:
        if not 0 < value <= 1:
            raise PlanError(f"--budget target= takes a number above 0 and at most 1; got {match[2]}")
        return Budget("target", value)
    if match[3]:
        if not 0 < value <= 100:
            raise PlanError(f"--budget takes a share above 0% and at most 100%; got {text}")
        return Budget("percent", value)
    if not 1 <= value <= MOST_TOKENS or value != int(value):
        raise PlanError(
            f"--budget takes a whole number of tokens, at least 1 and at most 10^12; got {match[2]}"
        )
    return Budget("count", value)


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
        closer: Whether the pictures themselves are looked at: what the resize leaves, whether they hold text.
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
    budget: Budget = Budget("auto")
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
        find("spatial", self.spatial_method)
        find("temporal", self.temporal, whole_video=True)
        self._check_over_time()
        _choice("--allocate", self.allocate, ALLOCATIONS)
        _choice("--reduce", self.reduce, REDUCTIONS)
        if self.similarity is not None:
            _choice("--similarity", self.similarity, STATISTICS)
        if not 0 < self.ratio <= 1:
            raise PlanError(f"--spatial-ratio takes a share above 0 and at most 1; got {self.ratio:g}")
        if self.threshold is not None and not -1 <= self.threshold <= 1:
            raise PlanError(f"--threshold takes a cosine between -1 and 1; got {self.threshold:g}")
        if self.target is not None and not 0 < self.target <= 1:
            raise PlanError(f"--target takes a number above 0 and at most 1; got {self.target:g}")
        if not 0 <= self.seed <= MOST_SEED:
            raise PlanError(f"--seed takes a whole number from 0 to 2^63 - 1; got {self.seed}")
        if self.max_pixels is not None and self.max_pixels < 1:
            raise PlanError(f"--max-pixels takes a number of pixels, at least 1; got {self.max_pixels}")
        if not 0 < self.timeout_seconds < math.inf:
            raise PlanError(f"--timeout takes a number of seconds above 0; got {self.timeout_seconds:g}")
        if not 1 <= self.layers <= 1000:
            raise PlanError(f"--layers takes 1 to 1000 layers; got {self.layers}")
        if self.temporal_every < 1:
            raise PlanError(f"--temporal-every takes a whole number, at least 1; got {self.temporal_every}")
        if any(later > earlier for earlier, later in pairwise(self.layer_keep)):
            raise PlanError("--layer-keep cannot rise: a token that was dropped does not come back")
        if len(self.layer_keep) != 4 or not all(0 < share <= 1 for share in self.layer_keep):
            raise PlanError("--layer-keep takes four shares above 0 and at most 1, as 1,0.7,0.5,0.4")
        if self.query is not None and not self.query.strip():
            raise PlanError("--query is empty; write a question or leave it out")
        if self.serving is not None:
            _choice("--serving", self.serving, ENGINES)
        if self.serving == "openvino" and self.query is None:
            raise PlanError(
                "--serving openvino prunes by the question (CDPruner); give --query, and an encoder with a "
                "text tower"
            )
        parse_rule(self.difficulty)
        if self.ocr and (absent := missing()):
            raise PlanError(f"--ocr cannot read words: {absent}")

    def _check_over_time(self) -> None:
        """Check what goes with a temporal method over the whole video.

        Raises:
            PlanError: Something does not.
        """
        if self.temporal_ratio is not None and not 0 < self.temporal_ratio <= 1:
            raise PlanError(
                f"--temporal-ratio takes a share above 0 and at most 1; got {self.temporal_ratio:g}"
            )
        if not self.over_time:
            if self.temporal_ratio is not None:
                raise PlanError(
                    f"--temporal-ratio goes with a method over the whole video; --temporal {self.temporal} "
                    "merges frames by --threshold"
                )
            return
        if self.spatial_method not in WHOLE_GRID:
            raise PlanError(
                f"--temporal {self.temporal} compares patches at the same place of the grid, which --spatial "
                f"{self.spatial} breaks; use --spatial {' or '.join(WHOLE_GRID)}, or leave it out"
            )
        if self.detail:
            raise PlanError(
                f"the detail path reads a merged frame, and --temporal {self.temporal} merges none; "
                "use --temporal frame-merge"
            )
        if self.tiers_in_ledger:
            raise PlanError(
                f"tiers of relevance work on merged frames, and --temporal {self.temporal} merges none; "
                "use --temporal frame-merge"
            )
        if self.reduce == "steps":
            raise PlanError(f"--reduce steps does not go with --temporal {self.temporal}; use --reduce ward")

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
        """Return whether tiers of relevance are asked for: always where a budget is looked for."""
        return (self.tiers_in_ledger or self.target is not None) and not self.over_time

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


def _choice(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise PlanError(f"{option} takes {', '.join(known)}; got {value!r}{near(value, known)}")
