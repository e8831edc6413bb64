"""The JSON document of `compare`.

History of the schema:

    1   meta, media, sampling, encoder, tokens (original, merged_frames, compared), methods (method, stage,
        control, tokens_out, fidelity, lift, lift_spread, ms, between, notes), notes, signature, verdict,
        timings_ms. Several inputs: `tokcomp.comparisons` with `results`, each of them the document itself
        plus `path` and `status`, or `path`, `status`, `error`; and `summary` (files, methods, verdict).
    2   Methods start from one of two pools, the merged frames or the whole video: `lift` and `lift_spread`
        are against random selection from the method's own pool (in 1: from the merged frames for all), as
        `behind` of a summary is against the pool's best. `method` alone may name rows of both pools; new
        `pool`, and `label`, which names one row. `tokens.compared` is what was asked for: where the merged
        frames hold too few, fewer frames are merged (in 1 it was what they hold). New: `tokens.pools`,
        `verdicts`. With `--maps`, since then: `map` of each method and `mapped_frame`.
"""

from collections.abc import Sequence

from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison, ComparisonSummary
from tokcomp_cli.render.schema.document import Document, failure_document, meta
from tokcomp_cli.render.schema.keep_maps import keep_map_document

SCHEMA, VERSION = "tokcomp.compare", 3


def comparison_document(found: Comparison | Failure) -> Document:
    """Return the document of a single input."""
    if isinstance(found, Failure):
        return {**failure_document(found, schema=SCHEMA), "meta": _meta(SCHEMA)}
    return {
        "meta": _meta(SCHEMA),
        "media": found.media,
        "sampling": found.sampling,
        "encoder": found.encoder,
        "tokens": {
            "original": found.original,
            "merged_frames": found.merged_frames,
            "compared": found.tokens,
            "pools": {pool: found.tokens_of(pool) for pool in found.verdicts},
        },
        "methods": [_method(row) for row in found.methods],
        "notes": found.notes,
        "signature": found.signature,
        "verdict": found.verdict,
        "verdicts": found.verdicts,
        **({} if found.mapped_frame is None else {"mapped_frame": found.mapped_frame}),
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
    return {"meta": _meta("tokcomp.comparisons"), "results": records, "summary": summary}


def _meta(schema: str) -> Document:
    return {**meta(schema), "schema_version": VERSION}


def _method(row: ComparedMethod) -> Document:
    found: Document = {
        "label": row.label,
        "method": row.method,
        "stage": row.stage,
        "pool": row.pool,
        "control": row.control,
        "tokens_out": row.tokens_out,
        "fidelity": row.fidelity,
        "lift": row.lift,
        "lift_spread": row.lift_spread,
        "ms": row.ms,
        "between": row.between,
        "notes": row.notes,
    }
    return found if row.map is None else found | {"map": keep_map_document(row.map)}
