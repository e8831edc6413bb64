"""The page of `probe`."""

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.rounding import count, plural, readable_bytes
from tokcomp_cli.render.facts import decoder_words

Row = tuple[str, str]


def probe_rows(facts: MediaFacts) -> list[Row]:
    """Return the facts as name and text, in the order in which one asks for them."""
    rows = [
        ("kind", facts.kind),
        ("format", f"{facts.codec} in {facts.container}" + _in_brackets(facts.pixel_format)),
        ("picture", f"{facts.width}×{facts.height} px as displayed" + _turned(facts)),
        ("size", f"{readable_bytes(facts.size_bytes)} ({plural(facts.size_bytes, 'byte')})"),
    ]
    if facts.kind != "image":
        rows += _times(facts)
    rows.append(("decoder", decoder_words(facts)))
    if facts.salvaged and not facts.notes:
        rows.append(("damaged", "yes: it is read only as far as it goes"))
    return rows + [("note", note) for note in facts.notes]


def _times(facts: MediaFacts) -> list[Row]:
    rate = "" if facts.fps_average is None else f", {facts.fps_average:.6g} fps on average"
    variable = ", variable" if facts.variable_frame_rate else ""
    rows = [("frames", f"{count(facts.frames_in_file)} in the file{rate}{variable}")]
    if facts.duration_seconds is not None:
        start = facts.first_pts_seconds or 0.0
        rows.append(("time", f"{start:.3f} s to {start + facts.duration_seconds:.3f} s"))
    if facts.keyframes is not None:
        rows.append(("keyframes", count(facts.keyframes)))
    if facts.has_audio is not None:
        streams = plural(facts.video_streams, "picture stream")
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
