"""The JSON documents of `cost`."""

from collections.abc import Sequence
from dataclasses import asdict

from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.core.results.cost import FileCost
from tokcomp_cli.core.results.sending import FileTiers
from tokcomp_cli.render.schema.document import Document, failure_record, meta

SHOWN_OF_MEDIA = (
    "kind",
    "width",
    "height",
    "frames_in_file",
    "duration_seconds",
    "fps_average",
    "size_bytes",
)


def cost_document(results: Sequence[FileCost | Failure]) -> Document:
    """Return the document of one input, or of several with `results`, failures as records."""
    records = [_record(result) for result in results]
    if len(results) > 1:
        return {"meta": meta("tokcomp.costs"), "results": records}
    return {"meta": meta("tokcomp.cost"), **records[0]}


def _record(result: FileCost | Failure) -> Document:
    if isinstance(result, Failure):
        return failure_record(result)
    return {
        "path": result.media.path,
        "status": "ok",
        "media": {name: getattr(result.media, name) for name in SHOWN_OF_MEDIA},
        "sampling": result.sampling,
        "models": [{"estimated": True, **asdict(one)} for one in result.estimates],
        "notes": list(result.notes),
    }


def tiers_document(results: Sequence[FileTiers | Failure]) -> Document:
    """Return the document of `cost --tiers` for one input, or for several with `results`."""
    records = [_tiers_record(result) for result in results]
    if len(results) > 1:
        return {"meta": meta("tokcomp.cost_tiers_many"), "results": records}
    return {"meta": meta("tokcomp.cost_tiers"), **records[0]}


def _tiers_record(result: FileTiers | Failure) -> Document:
    if isinstance(result, Failure):
        return failure_record(result)
    models: list[Document] = [
        {
            "model": one.model,
            "estimated": True,
            "source": one.source,
            "date": one.date,
            "smallest": None if one.smallest is None else one.smallest.name,
            "tokens": None if one.smallest is None else one.smallest.tokens,
            "enough": one.smallest is not None,
            "warning": one.warning,
            "tiers": [asdict(tier) for tier in one.tiers],
        }
        for one in result.models
    ]
    return {
        "path": result.media.path,
        "status": "ok",
        "media": {name: getattr(result.media, name) for name in SHOWN_OF_MEDIA},
        "target": result.target,
        "pictures": result.pictures,
        "encoder": result.encoder,
        "models": models,
        "notes": list(result.notes),
    }
