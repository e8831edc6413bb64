"""What `tokcomp probe` found in a file: a page of facts, and a document."""

from collections.abc import Sequence
from dataclasses import asdict

from tokcomp_cli import __version__
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.core.rounding import readable_bytes
from tokcomp_cli.render import words

SCHEMA_VERSION = 1

Row = tuple[str, str]


def probe_rows(facts: MediaFacts) -> list[Row]:
    """Return the facts as name and text, in the order in which one asks for them."""
    rows = [
        ("kind", facts.kind),
        ("format", f"{facts.codec} in {facts.container}" + _in_brackets(facts.pixel_format)),
        ("picture", f"{facts.width}×{facts.height} px as displayed" + _turned(facts)),
        ("size", f"{readable_bytes(facts.size_bytes)} ({facts.size_bytes:,} bytes)"),
    ]
    if facts.kind != "image":
        rows += _times(facts)
    rows.append(("decoder", words.decoder_words(facts)))
    if facts.salvaged:
        rows.append(("damaged", "yes: it is read as far as it goes"))
    return rows + [("note", note) for note in facts.notes]


def probe_document(results: Sequence[MediaFacts | Failure]) -> dict[str, object]:
    """Return the document of one input, or of several with `results`, failures as records."""
    several = len(results) > 1
    schema = "tokcomp.probes" if several else "tokcomp.probe"
    meta = {"schema": schema, "schema_version": SCHEMA_VERSION, "tokcomp_version": __version__}
    records = [_record(result) for result in results]
    return {"meta": meta, "results": records} if several else {"meta": meta, **records[0]}


def _record(result: MediaFacts | Failure) -> dict[str, object]:
    if isinstance(result, Failure):
        error = {"type": result.type, "message": result.message}
        return {"path": result.path, "status": "failed", "error": error}
    return {"path": result.path, "status": "ok", "media": asdict(result)}


def _times(facts: MediaFacts) -> list[Row]:
    rate = "" if facts.fps_average is None else f", {facts.fps_average:.6g} fps on average"
    variable = ", variable" if facts.variable_frame_rate else ""
    rows = [("frames", f"{facts.frames_in_file:,} in the file{rate}{variable}")]
    if facts.duration_seconds is not None:
        start = facts.first_pts_seconds or 0.0
        rows.append(("time", f"{start:.3f} s to {start + facts.duration_seconds:.3f} s"))
    if facts.keyframes is not None:
        rows.append(("keyframes", f"{facts.keyframes:,}"))
    if facts.has_audio is not None:
        streams = words.plural(facts.video_streams, "picture stream")
        rows.append(("streams", f"{streams}, {'sound' if facts.has_audio else 'no sound'}"))
    rows.append(("transfer", facts.color_transfer or "not stated"))
    if facts.interlaced is not None:
        rows.append(("interlaced", "yes" if facts.interlaced else "no"))
    return rows


def _in_brackets(text: str | None) -> str:
    return f" ({text})" if text else ""


def _turned(facts: MediaFacts) -> str:
    turned = f", turned by {facts.rotation_degrees}°" if facts.rotation_degrees else ""
    ratio = facts.sample_aspect_ratio
    return turned + (f", pixels {ratio} (not applied)" if ratio not in {None, "1:1"} else "")
