"""A comparison made again from its JSON document."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison
from tokcomp_cli.core.results.sampling import SamplingFacts
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.restore.analysis import keep_map_of
from tokcomp_cli.render.restore.objects import restored


def comparison_of(document: Mapping[str, Any]) -> Comparison:
    """Return the comparison that a document of `compare` tells of.

    Raises:
        PlanError: Something is missing, or is not what this version writes.
    """
    missing = [key for key in ("encoder", "tokens", "methods", "verdict") if not document.get(key)]
    if missing:
        raise PlanError(f"the document lacks `{missing[0]}`; make it again with this version")
    media, sampling, tokens = document.get("media"), document.get("sampling"), document["tokens"]
    return Comparison(
        path=str(document.get("path") or (media or {}).get("path") or "tokens"),
        media=None if media is None else restored(MediaFacts, media, "media"),
        sampling=None if sampling is None else restored(SamplingFacts, sampling, "sampling"),
        encoder=restored(EncoderFacts, document["encoder"], "encoder"),
        original=int(tokens["original"]),
        merged_frames=int(tokens["merged_frames"]),
        tokens=int(tokens["compared"]),
        methods=tuple(_method(row, f"methods[{i}]") for i, row in enumerate(document["methods"])),
        notes=tuple(map(str, document.get("notes") or [])),
        signature=str(document.get("signature", "")),
        verdict=str(document["verdict"]),
        verdicts=dict(document.get("verdicts") or {}),
        mapped_frame=document.get("mapped_frame"),
        timings_ms=dict(document.get("timings_ms") or {}),
    )


def _method(row: Mapping[str, Any], where: str) -> ComparedMethod:
    given = {key: value for key, value in row.items() if key != "map"}
    found = restored(ComparedMethod, given | {"map": None}, where)
    return found if row.get("map") is None else replace(found, map=keep_map_of(row["map"]))
