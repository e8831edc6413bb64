"""An analysis made again from its JSON document: pages are drawn from it and from nothing else."""

from collections.abc import Mapping
from itertools import chain, repeat
from typing import Any, TypeVar

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.advice import Detail, Lod, Serving
from tokcomp_cli.core.results.analysis import (
    Analysis,
    FrameSimilarity,
    LayerSchedule,
    Shown,
    StageRecord,
    TimelineEntry,
    TraceStep,
)
from tokcomp_cli.core.results.curve import Recommendation, Weakest
from tokcomp_cli.core.results.difficulty import Difficulty, Resolution
from tokcomp_cli.core.results.keep_maps import KeepMap, MergeTree, NestedMaps
from tokcomp_cli.core.results.sampling import GateFacts, SamplingFacts
from tokcomp_cli.errors import PlanError
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
        given = document.get(key) or []
        return tuple(restored(kind, one, f"{key}[{i}]") for i, one in enumerate(given))

    return Analysis(
        media=part(MediaFacts, "media"),
        sampling=part(SamplingFacts, "sampling"),
        encoder=part(EncoderFacts, "encoder"),
        plan=dict(document.get("plan") or {}),
        stages=several(StageRecord, "stages"),
        layers=part(LayerSchedule, "layers"),
        timeline=several(TimelineEntry, "timeline"),
        frame_similarity=part(FrameSimilarity, "frame_similarity"),
        difficulty=_difficulty(document),
        verdict=str(document.get("verdict", "")),
        maps=tuple(keep_map_of(one) for one in document.get("maps") or []),
        nested=_nested(document.get("nested")),
        recommended_maps=_shown(document.get("recommended_maps")),
        trace=several(TraceStep, "trace"),
        recommendation=_recommendation(document),
        detail=optional(Detail, "detail"),
        lod=optional(Lod, "lod"),
        serving=optional(Serving, "serving"),
        resolution=optional(Resolution, "resolution"),
        weakest=optional(Weakest, "weakest"),
        gate=optional(GateFacts, "gate"),
        warnings=tuple(map(str, document.get("warnings") or [])),
        timings_ms=dict(document.get("timings_ms") or {}),
    )


def _difficulty(document: Document) -> Difficulty:
    given = dict(document.get("difficulty") or {})
    regions = given.get("region_map")
    if regions is not None:
        given["region_map"] = {**regions, "region": list(_numbers(regions["runs"]))}
    return restored(Difficulty, given, "difficulty")


def _recommendation(document: Document) -> Recommendation | None:
    """Return what a document of `budget` recommends; None for one without a curve."""
    if not document.get("curve"):
        return None
    found = document.get("recommended") or {}
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
    return restored(Recommendation, given, "recommended")


def keep_map_of(given: Document) -> KeepMap:
    """Return a keep-map from its part of a document."""
    lost = given.get("lost")
    rows, columns = given["grid"]
    return KeepMap((rows, columns), _numbers(given["runs"]), None if lost is None else tuple(lost))


def _shown(given: Document | None) -> Shown | None:
    """Return the keep-maps of a recommendation that is made with other settings."""
    if given is None:
        return None
    timeline = tuple(
        restored(TimelineEntry, one, f"recommended_maps.timeline[{i}]")
        for i, one in enumerate(given["timeline"])
    )
    return Shown(
        given["tokens"], timeline, tuple(map(keep_map_of, given["maps"])), _nested(given.get("nested"))
    )


def _nested(given: Document | None) -> NestedMaps | None:
    if given is None:
        return None
    return NestedMaps(
        tokens=tuple(given["tokens"]),
        explained=tuple(given["explained"]),
        trees=tuple(MergeTree(tuple(tree["merges"]), tuple(tree["tokens"])) for tree in given["trees"]),
        starts=tuple(_numbers(start["runs"]) for start in given["starts"]),
    )


def _numbers(runs: list[tuple[int, int]]) -> tuple[int, ...]:
    """Return the numbers that runs of [number, length] stand for."""
    return tuple(chain.from_iterable(repeat(number, length) for number, length in runs))
