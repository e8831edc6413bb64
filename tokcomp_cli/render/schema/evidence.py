"""The JSON document of `eval task` and `eval card`."""

import math
from dataclasses import asdict

from tokcomp_cli.core.results.evidence import Evidence
from tokcomp_cli.render.schema.document import Document, meta


def evidence_document(found: Evidence) -> Document:
    """Return the document; what was not measured is null."""
    return {"meta": meta("tokcomp.evidence")} | {name: _told(value) for name, value in asdict(found).items()}


def _told(value: object) -> object:
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_told(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value
