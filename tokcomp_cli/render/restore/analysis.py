"""An analysis made again from its JSON document: pages are drawn from it and from nothing else."""

from collections.abc import Mapping
from typing import Any, TypeVar

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.advice import Detail, Lod, Serving
from tokcomp_cli.core.results.analysis import (
    Analysis,
    FrameSimilarity,
    LayerSchedule,
    Scalar,
    StageRecord,
    TimelineEntry,
    TraceStep,
)
from tokcomp_cli.core.results.curve import Recommendation, Weakest
from tokcomp_cli.core.results.difficulty import Difficulty, Resolution
from tokcomp_cli.core.results.sampling import GateFacts, SamplingFacts
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.restore.keep_maps import keep_maps_of, nested_of, others_of, regions_of
from tokcomp_cli.render.restore.objects import restored

T = TypeVar("T")
Document = Mapping[str, Any]


def analysis_of(document: Document) -> Analysis:
    """Return the analysis that a document of `analyze` or `budget` tells of.

    Args:
        document: As `--json` prints it, with or without `--maps`.

    Raises:
        PlanError: Something is missing, or is not what this version writes.
    """

    def part(kind: type[T], key: str) -> T:
        if key not in document:
            raise PlanError(f"the document lacks `{key}`; make it again with this version")
        return restored(kind, document[key], key)

    def optional(kind: type[T], key: str) -> T | None:
        return None if document.get(key) is None else restored(kind, document[key], key)

    def several(kind: type[T], key: str) -> tuple[T, ...]:
        return restored(tuple[kind, ...], document.get(key) or [], key)  # type: ignore[valid-type]

    if empty := [key for key in ("stages", "timeline") if not document.get(key)]:
        raise PlanError(f"the document lacks `{empty[0]}`; make it again with this version")
    maps = keep_maps_of(document.get("maps"), "maps")
    return Analysis(
        media=part(MediaFacts, "media"),
        sampling=part(SamplingFacts, "sampling"),
        encoder=part(EncoderFacts, "encoder"),
        plan=restored(dict[str, Scalar], document.get("plan") or {}, "plan"),
        stages=several(StageRecord, "stages"),
        layers=part(LayerSchedule, "layers"),
        timeline=several(TimelineEntry, "timeline"),
        frame_similarity=part(FrameSimilarity, "frame_similarity"),
        difficulty=_difficulty(document),
        verdict=str(document.get("verdict", "")),
        maps=maps,
        nested=nested_of(document.get("nested"), "nested", maps),
        recommended_maps=others_of(document.get("recommended_maps"), "recommended_maps"),
        trace=several(TraceStep, "trace"),
        recommendation=_recommendation(document),
        detail=optional(Detail, "detail"),
        lod=optional(Lod, "lod"),
        serving=optional(Serving, "serving"),
        resolution=optional(Resolution, "resolution"),
        weakest=optional(Weakest, "weakest"),
        gate=optional(GateFacts, "gate"),
        warnings=several(str, "warnings"),
        timings_ms=restored(dict[str, float], document.get("timings_ms") or {}, "timings_ms"),
    )


def _difficulty(document: Document) -> Difficulty:
    given = restored(dict[str, object], document.get("difficulty") or {}, "difficulty")
    regions = given.get("region_map")
    if regions is not None:
        given["region_map"] = regions_of(regions, "difficulty.region_map")
    return restored(Difficulty, given, "difficulty")


def _recommendation(document: Document) -> Recommendation | None:
    """Return what a document of `budget` recommends; None for one without a curve."""
    if not document.get("curve"):
        return None
    found = restored(dict[str, object], document.get("recommended") or {}, "recommended")
    given = {
        "target": document.get("target"),
        "recommended": document.get("recommended"),
        "reachable": document.get("reachable"),
        "knee": document.get("knee"),
        "curve": document.get("curve"),
        "weakest": found.get("weakest"),
        "options": found.get("options") or {},
        "default_tokens": found.get("default_tokens"),
        "runner_up": document.get("runner_up"),
        "not_tried": document.get("not_tried"),
    }
    advice = restored(Recommendation, given, "recommended")
    if min(point.tokens for point in advice.curve) < 1:
        raise PlanError("the document's curve has a point without a token; make it again")
    return advice
