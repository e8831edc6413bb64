"""The JSON document of `batch` and `summarize`.

History of the schema:

    1   meta, files, errors, tokens, reduction, explained, difficulty, bands, budgets, folders, look, looks,
        timings_ms.
"""

from collections.abc import Mapping

from tokcomp_cli.core.results.batch import BatchSummary
from tokcomp_cli.render.schema.document import Document, meta

SCHEMA = "tokcomp.summary"


def summary_document(summary: BatchSummary, timings_ms: Mapping[str, float]) -> Document:
    """Return the document of a summary.

    Args:
        summary: What the records come to.
        timings_ms: What was timed, by name; empty where nothing was.
    """
    return {
        "meta": meta(SCHEMA),
        "files": {
            "requested": summary.requested,
            "ok": summary.ok,
            "failed": summary.failed,
            "skipped": summary.skipped,
            "left": summary.left,
        },
        "errors": summary.errors,
        "tokens": {
            "original": summary.original,
            "llm_input": summary.llm_input,
            "last_layer": summary.last_layer,
            "reduction": 1 - summary.llm_input / summary.original if summary.original else None,
        },
        "reduction": summary.reduction,
        "explained": summary.explained,
        "difficulty": summary.difficulty,
        "bands": summary.bands,
        "budgets": summary.needs,
        "folders": summary.folders,
        "look": summary.look,
        "looks": summary.looks,
        "timings_ms": timings_ms,
    }
