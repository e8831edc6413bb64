"""The JSON document of `bench pipeline`."""

from collections.abc import Mapping

from tokcomp_cli.core.results.speed import PipelineSpeed, Spent
from tokcomp_cli.render.schema.document import Document, meta


def speed_document(found: PipelineSpeed) -> Document:
    """Return the document of `tokcomp bench pipeline`; ratios are of the medians under `spent`."""
    return {
        "meta": meta("tokcomp.bench"),
        "speedup_vs_naive": found.speedup("naive"),
        "speedup_vs_fair": found.speedup("fair"),
        "overhead_share": found.overhead_share,
        "wall_vs_limit": found.wall_vs_limit,
        "timeline_agreement": found.outcomes.timeline_agreement,
        "explained_delta": found.explained_delta,
        "frames_per_second": found.frames_per_second,
        "peak_memory_bytes": found.peak_memory_bytes,
        "peak_memory_of": found.peak_memory_of,
        "rounds": [_flat(one) for one in found.rounds],
        "spent": _flat(found.spent),
        "work": found.work,
        "explained": found.outcomes.explained,
        "merged_frames": found.outcomes.merged_frames,
        "media": found.media,
        "machine": found.machine,
        "warnings": found.machine.warnings,
    }


def _flat(spent: Mapping[str, Spent]) -> Document:
    """Return `naive_s`, `naive_cpu_s` and so on."""
    walls: Document = {f"{name}_s": one.seconds for name, one in spent.items()}
    return walls | {f"{name}_cpu_s": one.cpu_seconds for name, one in spent.items()}
