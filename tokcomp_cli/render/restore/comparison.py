"""A comparison made again from its JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison, Pool
from tokcomp_cli.core.results.sampling import SamplingFacts
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.restore.keep_maps import keep_map_of
from tokcomp_cli.render.restore.objects import restored


@dataclass(frozen=True, slots=True)
class _Counts:
    original: int
    merged_frames: int
    compared: int


@dataclass(frozen=True, slots=True)
class _Document:
    """What a document of `compare` holds, its methods still as they stand there."""

    encoder: EncoderFacts
    tokens: _Counts
    methods: tuple[dict[str, object], ...]
    verdict: str
    path: str | None = None
    media: MediaFacts | None = None
    sampling: SamplingFacts | None = None
    notes: tuple[str, ...] = ()
    signature: str = ""
    verdicts: dict[Pool, str] = field(default_factory=dict)
    mapped_frame: int | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)


def comparison_of(document: Mapping[str, Any]) -> Comparison:
    """Return the comparison that a document of `compare` tells of.

    Raises:
        PlanError: Something is missing, or is not what this version writes.
    """
    missing = [key for key in ("encoder", "tokens", "methods", "verdict") if not document.get(key)]
    if missing:
        raise PlanError(f"the document lacks `{missing[0]}`; make it again with this version")
    found = restored(_Document, document, "document")
    return Comparison(
        path=found.path or ("tokens" if found.media is None else found.media.path),
        media=found.media,
        sampling=found.sampling,
        encoder=found.encoder,
        original=found.tokens.original,
        merged_frames=found.tokens.merged_frames,
        tokens=found.tokens.compared,
        methods=tuple(_method(row, f"methods[{i}]") for i, row in enumerate(found.methods)),
        notes=found.notes,
        signature=found.signature,
        verdict=found.verdict,
        verdicts=found.verdicts,
        mapped_frame=found.mapped_frame,
        timings_ms=found.timings_ms,
    )


def _method(row: Mapping[str, object], where: str) -> ComparedMethod:
    given = {key: value for key, value in row.items() if key != "map"}
    found = restored(ComparedMethod, given | {"map": None}, where)
    return found if row.get("map") is None else replace(found, map=keep_map_of(row["map"], f"{where}.map"))
