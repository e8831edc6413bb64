"""The page of one analysed file: the verdict first, then the tokens' way, where content is lost, and why."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.curve import CurvePoint, Recommendation
from tokcomp_cli.core.results.difficulty import Difficulty
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.core.rounding import count, keep, plural
from tokcomp_cli.core.shares import decimal, loss, share
from tokcomp_cli.render.facts import (
    decoder_words,
    encoder_words,
    gate_words,
    media_words,
    original_words,
    sampling_words,
    settings,
)
from tokcomp_cli.render.page.charts import CurveDrawing, curve_drawing, flow, timeline_drawing
from tokcomp_cli.render.page.entries import merged_words, page_data, tokens_in, weakest_entry
from tokcomp_cli.render.page.environment import page
from tokcomp_cli.render.page.headline import figures, headline, kept
from tokcomp_cli.render.page.keep_map import KeepMapDrawing, keep_map_drawing
from tokcomp_cli.render.page.picture import PagePicture
from tokcomp_cli.render.page.writing import writing


def file_page(
    analysis: Analysis, *, pictures: Mapping[int, PagePicture], command: str, without: str | None = None
) -> str:
    """Return the page of one file.

    Args:
        analysis: Its keep-maps are drawn where it has them.
        pictures: What the encoder saw, by the file's number of the frame; where none is there, grids are
            drawn alone.
        command: What makes this page again.
        without: Why there are no pictures, or None.
    """
    first = weakest_entry(analysis)
    line = timeline_drawing(analysis.timeline, analysis.frame_similarity)
    curve = _curve(analysis)
    return page(
        "file.html",
        title=f"{analysis.media.path} · tokcomp",
        data=page_data(analysis, pictures) | {"curve": _axes(curve)},
        analysis=analysis,
        command=command,
        without=without,
        headline=headline(analysis),
        loss=loss(kept(analysis)),
        flow=flow(analysis),
        original=original_words(analysis),
        video=analysis.media.kind != "image",
        line=line,
        first=first,
        sheet=_sheet(analysis, pictures),
        merged=merged_words(analysis.shown[0]),
        tokens_in=partial(tokens_in, analysis.shown[0]),
        patches=len(analysis.maps[0].owner) if analysis.maps else analysis.encoder.num_patches,
        drawing=_drawing(analysis, pictures, first),
        curve=curve,
        figures=figures(analysis.fidelity, frames=analysis.sampling.frames_sampled),
        difficulty=_features(analysis.difficulty),
        regions=_regions(analysis, pictures),
        writing=writing(analysis, pictures.get(0)),
        closer=_closer(analysis),
        most_tokens=max(analysis.layers.tokens),
        source=_source(analysis),
        settings={name: value for name, value in analysis.plan.items() if value is not None},
        params={stage.name: settings(stage.params) for stage in analysis.stages if stage.params},
    )


def _drawing(analysis: Analysis, pictures: Mapping[int, PagePicture], first: int) -> KeepMapDrawing | None:
    if not analysis.maps:
        return None
    return keep_map_drawing(analysis.maps[first], pictures.get(analysis.timeline[first].first_frame))


def _sheet(
    analysis: Analysis, pictures: Mapping[int, PagePicture]
) -> list[tuple[int, PagePicture, int | None]]:
    """Return frames with their pictures, and which entry of the timeline each starts, or None."""
    entries = {entry.first_frame: at for at, entry in enumerate(analysis.timeline)}
    return [(frame, picture, entries.get(frame)) for frame, picture in pictures.items()]


@dataclass(frozen=True, slots=True)
class CurveView:
    """A curve to draw, with what speaks for it and the points that have a name.

    Attributes:
        axes: With the curve that the recommendation is read off, else that of the keep-maps.
        advice: The recommendation, or None.
        target: Share to keep, or None.
        marks: Points that have a name.
        in_force: Curve of the keep-maps, where the recommendation is made with other settings; else empty.
        see: Command that shows the keep-maps of the recommendation then; else empty.
    """

    axes: CurveDrawing
    advice: Recommendation | None
    target: float | None
    marks: list[dict[str, object]]
    in_force: str
    see: str


def _curve(analysis: Analysis) -> CurveView | None:
    """Return the curve to draw: what the recommendation speaks for, else that of the maps; None without."""
    advice, nested = analysis.recommendation, analysis.nested
    of_maps = () if nested is None else tuple(map(CurvePoint, nested.tokens, nested.explained))
    now = CurvePoint(analysis.llm_input, kept(analysis))
    points, target = (of_maps, None) if advice is None else (advice.curve, advice.target)
    if not points:
        return None
    other = analysis.recommended_maps is not None or analysis.recommends_other
    axes = curve_drawing(points, target, (*of_maps, now) if other else ())
    in_force = axes.path_of(of_maps) if other and of_maps else ""
    see = _command(analysis, advice) if other and advice is not None else ""
    return CurveView(axes, advice, target, _marks(axes, analysis, now), in_force, see)


def _command(analysis: Analysis, advice: Recommendation) -> str:
    """Return the command that shows the keep-maps of a recommendation made with other settings."""
    words = [f"--{key.replace('_', '-')} {value}" for key, value in advice.options.items()]
    found = advice.recommended
    budget = [] if found is None else [f"--budget {found.tokens}"]
    path = shlex.quote(printable(analysis.media.path))
    return " ".join(["tokcomp budget", path, *words, *budget, "--html page.html"])


def _axes(curve: CurveView | None) -> dict[str, float] | None:
    """Return where the script puts a point of the maps' budgets."""
    return (
        None if curve is None else {"first": curve.axes.first, "last": curve.axes.last, "low": curve.axes.low}
    )


def _marks(axes: CurveDrawing, analysis: Analysis, now: CurvePoint) -> list[dict[str, object]]:
    """Return the points that have a name: in force, the knee, the recommendation."""
    advice = analysis.recommendation
    named = [("now", "in force", now)]
    if advice is not None:
        named.append(("knee", "knee", advice.knee))
        if advice.recommended is not None:
            named.append(("best", "recommended", advice.recommended))
    return [
        {
            "kind": kind,
            "name": name,
            "x": axes.x(point.tokens),
            "y": axes.y(point.explained),
            "words": f"{plural(point.tokens, 'token')} {keep(point.tokens)} {share(point.explained)}",
        }
        for kind, name, point in named
    ]


def _features(found: Difficulty) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "value": feature.value,
            "raw": "" if feature.raw is None else decimal(feature.raw),
            "contribution": feature.contribution,
        }
        for name, feature in found.features.items()
    ]


def _regions(analysis: Analysis, pictures: Mapping[int, PagePicture]) -> KeepMapDrawing | None:
    """Return the salient regions as outlines; of the merged frame that they were counted on."""
    found = analysis.difficulty.region_map
    if found is None or not found.regions:
        return None
    entries = analysis.timeline
    at = max((i for i, entry in enumerate(entries) if entry.start_seconds <= found.seconds + 1e-6), default=0)
    return keep_map_drawing(KeepMap(found.grid, found.region), pictures.get(entries[at].first_frame))


def _closer(analysis: Analysis) -> list[str]:
    """Return what a look at a higher resolution would give, in sentences."""
    detail, lines = analysis.detail, list[str]()
    if detail is None:
        return lines
    why = f": {', '.join(detail.reasons)}" if detail.reasons else ""
    lines.append(f"A closer look is {'needed' if detail.wanted else 'not needed'}{why}.")
    if detail.recovered is not None and detail.explained_global is not None:
        lines.append(
            f"Global tokens keep {share(detail.explained_global)} of the picture at a higher resolution; "
            f"{count(detail.tokens_detail or 0)} detail tokens add {share(detail.recovered)}."
        )
    return [*lines, *detail.notes]


def _source(analysis: Analysis) -> list[tuple[str, str]]:
    rows = [
        ("media", media_words(analysis.media)),
        ("decoder", decoder_words(analysis.media)),
        ("frames", sampling_words(analysis.sampling)),
    ]
    if analysis.gate is not None:
        rows.append(("gate", gate_words(analysis.gate)))
    rows.append(("encoder", encoder_words(analysis.encoder)))
    if analysis.encoder.weights_sha256:
        rows.append(("weights", f"sha256 {analysis.encoder.weights_sha256[:16]}…"))
    return rows
