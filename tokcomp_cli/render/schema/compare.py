"""The JSON document of `compare`.

History of the schema:

    1   meta, media, sampling, encoder, tokens (original, merged_frames, compared), methods (method, stage,
        control, tokens_out, fidelity, lift, lift_spread, ms, between, notes), notes, signature, verdict,
        timings_ms. Several inputs: `tokcomp.comparisons` with `results`, each of them the document itself
        plus `path` and `status`, or `path`, `status`, `error`; and `summary` (files, methods, verdict).
"""

from collections.abc import Sequence

from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison, ComparisonSummary
from tokcomp_cli.render.schema.document import Document, failure_document, meta

SCHEMA = "tokcomp.compare"


def comparison_document(found: Comparison | Failure) -> Document:
    """Return the document of a single input."""
    if isinstance(found, Failure):
        return failure_document(found, schema=SCHEMA)
    return {
        "meta": meta(SCHEMA),
        "media": found.media,
        "sampling": found.sampling,
        "encoder": found.encoder,
        "tokens": {
            "original": found.original,
            "merged_frames": found.merged_frames,
            "compared": found.tokens,
        },
        "methods": [_method(row) for row in found.methods],
        "notes": found.notes,
        "signature": found.signature,
        "verdict": found.verdict,
        "timings_ms": found.timings_ms,
    }


def comparisons_document(
    results: Sequence[Comparison | Failure], summary: ComparisonSummary | None
) -> Document:
    """Return the document of several inputs, failures included, and what they come to together."""
    records = []
    for found in results:
        record = comparison_document(found)
        if isinstance(found, Failure):
            record.pop("meta")
        else:
            record = {"path": found.path, "status": "ok", **record}
        records.append(record)
    return {"meta": meta("tokcomp.comparisons"), "results": records, "summary": summary}


def _method(row: ComparedMethod) -> Document:
    return {
        "method": row.method,
        "stage": row.stage,
        "control": row.control,
        "tokens_out": row.tokens_out,
        "fidelity": row.fidelity,
        "lift": row.lift,
        "lift_spread": row.lift_spread,
        "ms": row.ms,
        "between": row.between,
        "notes": row.notes,
    }
