"""The JSON documents, written by hand: what a program may rely on.

History of the schema (adding an optional key is free; removing, renaming or changing the meaning of
one bumps the version):

    1   meta, media, sampling, encoder, plan, stages, tokens, layers, timeline, frame_similarity,
        difficulty, fidelity, trace, verdict, warnings, timings_ms; `maps` and `difficulty.region_map`
        on request. Since then detail, lod, serving, each null where it was not asked for, weakest, and
        gate, null where no frame was skipped.
        `tokcomp.budget` adds target, recommended, reachable, curve, knee; later `marginal` of each point,
        `recommended.spatial_ratio` and resolution; then `recommended.options`, `.default_tokens`,
        `.weakest`, runner_up and not_tried.
        With `maps`: later `lost` of each, `nested`, the maps at other budgets, and `recommended_maps`.
        Several inputs: `tokcomp.analyses`, `tokcomp.budgets` with `results`, each of them the
        document itself plus `path` and `status`, or `path`, `status`, `error`; `tokcomp.budgets` adds
        `summary` (schema/folder.py). A line of `tokcomp batch` is the same with `batch` (what the file
        and the settings were) and what the curve recommends.
"""

from collections.abc import Sequence
from dataclasses import fields

from tokcomp_cli.core.results.advice import Detail
from tokcomp_cli.core.results.analysis import Analysis, Failure, StageRecord
from tokcomp_cli.core.results.difficulty import Difficulty, RegionMap
from tokcomp_cli.render.schema.document import (
    Document,
    failure_document,
    failure_record,
    json_object,
    meta,
)
from tokcomp_cli.render.schema.keep_maps import maps_document, runs_of

PLURAL = {"tokcomp.analysis": "tokcomp.analyses", "tokcomp.budget": "tokcomp.budgets"}


def analysis_document(
    analysis: Analysis, *, schema: str = "tokcomp.analysis", maps: bool = False
) -> Document:
    """Return the document of one analysed input, made of JSON's own types only.

    Args:
        analysis: What the run found out.
        schema: Name to state in `meta`.
        maps: Whether to add the run-length coded keep-map of every merged frame.

    Raises:
        ContractError: A number is not finite, or a value has no place in JSON.
    """
    document: Document = {
        "meta": meta(schema),
        "media": analysis.media,
        "sampling": analysis.sampling,
        "encoder": analysis.encoder,
        "plan": analysis.plan,
        "stages": [_stage(stage) for stage in analysis.stages],
        "tokens": {
            "original": analysis.original,
            "llm_input": analysis.llm_input,
            "last_layer": analysis.layers.last,
            "layer_mean": analysis.layers.mean,
            "reduction": analysis.reduction,
        },
        "layers": {"keep": analysis.layers.keep, "tokens": analysis.layers.tokens},
        "timeline": analysis.timeline,
        "frame_similarity": analysis.frame_similarity,
        "difficulty": _difficulty(analysis.difficulty, maps=maps),
        "fidelity": analysis.fidelity,
        "trace": analysis.trace,
        "detail": _detail(analysis.detail),
        "lod": analysis.lod,
        "serving": analysis.serving,
        "gate": analysis.gate,
        "weakest": analysis.weakest,
        "verdict": analysis.verdict,
        "warnings": analysis.warnings,
        "timings_ms": analysis.timings_ms,
    }
    if maps:
        document |= maps_document(analysis.maps, analysis.nested)
        other = analysis.recommended_maps
        if other is not None:
            drawn = maps_document(other.maps, other.nested)
            document["recommended_maps"] = {"tokens": other.tokens, "timeline": other.timeline, **drawn}
    return json_object(document)


def budget_document(analysis: Analysis, *, maps: bool = False) -> Document:
    """Return the document of `tokcomp budget`: the analysis, the curve and what it speaks for."""
    document, advice = advice_document(analysis), analysis.recommendation
    knee = document.pop("knee")
    document |= {"curve": advice.curve if advice else (), "knee": knee}
    document["resolution"] = analysis.resolution
    return analysis_document(analysis, schema="tokcomp.budget", maps=maps) | json_object(document)


def advice_document(analysis: Analysis) -> Document:
    """Return which budget the measured curve speaks for, nulls where none was asked for."""
    advice = analysis.recommendation
    found = advice.recommended if advice else None
    recommended = None
    if advice and found:
        recommended = {
            "target": advice.target,
            "tokens": found.tokens,
            "explained": found.explained,
            "marginal": found.marginal,
            "spatial_ratio": advice.options.get("spatial_ratio"),
            "options": advice.options,
            "default_tokens": advice.default_tokens,
            "weakest": advice.weakest,
        }
    document = {
        "target": advice.target if advice else None,
        "recommended": recommended,
        "reachable": advice.reachable if advice else None,
        "knee": advice.knee if advice else None,
        "runner_up": advice.runner_up if advice else None,
        "not_tried": advice.not_tried if advice else None,
    }
    return json_object(document)


def document(result: Analysis | Failure, *, schema: str = "tokcomp.analysis", maps: bool = False) -> Document:
    """Return the document of a single input, by its schema name."""
    if isinstance(result, Failure):
        return failure_document(result, schema=schema)
    if schema == "tokcomp.budget":
        return budget_document(result, maps=maps)
    return analysis_document(result, schema=schema, maps=maps)


def record(result: Analysis | Failure, *, schema: str = "tokcomp.analysis", maps: bool = False) -> Document:
    """Return one of several results: the input's path, its status and its document or its error."""
    if isinstance(result, Failure):
        return failure_record(result)
    return {"path": result.media.path, "status": "ok", **document(result, schema=schema, maps=maps)}


def documents(
    results: Sequence[Analysis | Failure], *, schema: str = "tokcomp.analysis", maps: bool = False
) -> Document:
    """Return the one document of several inputs, in the order given, failures included."""
    return {
        "meta": meta(PLURAL[schema]),
        "results": [record(result, schema=schema, maps=maps) for result in results],
    }


def _stage(stage: StageRecord) -> Document:
    return {
        "name": stage.name,
        "method": stage.method,
        "params": stage.params,
        "tokens_in": stage.tokens_in,
        "tokens_out": stage.tokens_out,
        "reduction": stage.reduction,
        "fidelity": stage.fidelity,
        "notes": stage.notes,
    }


def _detail(detail: Detail | None) -> Document | None:
    """Return the detail path with what it recovers, which follows from the rest."""
    if detail is None:
        return None
    return {
        **{field.name: getattr(detail, field.name) for field in fields(detail)},
        "recovered": detail.recovered,
    }


def _difficulty(facts: Difficulty, *, maps: bool) -> Document:
    """Return the difficulty; the map of its regions only with `maps`, in runs of [region, length]."""
    told: Document = {field.name: getattr(facts, field.name) for field in fields(facts)}
    found = told.pop("region_map")
    if maps and isinstance(found, RegionMap):
        told["region_map"] = {
            "seconds": found.seconds,
            "grid": found.grid,
            "regions": found.regions,
            "runs": runs_of(found.region),
        }
    return told
