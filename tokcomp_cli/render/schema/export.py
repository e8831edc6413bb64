"""The JSON document of `export`."""

from dataclasses import asdict

from tokcomp_cli.core.results.sending import Export
from tokcomp_cli.render.schema.document import Document, meta


def export_document(done: Export) -> Document:
    """Return the document of an export; what stands for what is in its manifest."""
    return {
        "meta": meta("tokcomp.export"),
        "folder": done.folder,
        "model": done.model,
        "source": done.source,
        "date": done.date,
        "target": done.target,
        "encoder": done.encoder,
        "tokens": {"before": done.before, "after": done.after, "estimated": True},
        "inputs": [
            {
                "path": one.media.path,
                "setting": one.tier.setting,
                "size": list(one.size),
                "pictures": [asdict(picture) for picture in one.pictures],
                "frames_sampled": one.sampled,
                "tokens": {"before": one.tokens_before, "after": one.tokens_after, "estimated": True},
                "explained": one.explained,
                "warnings": list(one.warnings),
            }
            for one in done.files
        ],
        "files": list(done.written),
    }
