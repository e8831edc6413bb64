"""The JSON document of `probe`."""

from collections.abc import Sequence
from dataclasses import asdict

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.render.schema.document import Document, failure_record, meta


def probe_document(results: Sequence[MediaFacts | Failure]) -> Document:
    """Return the document of one input, or of several with `results`, failures as records."""
    several = len(results) > 1
    schema = "tokcomp.probes" if several else "tokcomp.probe"
    records = [_record(result) for result in results]
    return {"meta": meta(schema), "results": records} if several else {"meta": meta(schema), **records[0]}


def _record(result: MediaFacts | Failure) -> Document:
    if isinstance(result, Failure):
        return failure_record(result)
    return {"path": result.path, "status": "ok", "media": asdict(result)}
