"""The figure of one file: its timeline, the curve, and the keep-map of the weakest moment."""

from io import BytesIO
from typing import Any

import numpy as np

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.curve import CurvePoint
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import share
from tokcomp_cli.render.page.entries import weakest_entry
from tokcomp_cli.render.page.headline import kept
from tokcomp_cli.render.page.picture import PagePicture
from tokcomp_cli.render.plot.figure import BLUE, GREEN, GREY, ORANGE, file_of, new_figure, styled


def analysis_plot(analysis: Analysis, picture: PagePicture | None, suffix: str) -> bytes:
    """Return the figure of an analysis as a file.

    Args:
        analysis: With its keep-maps.
        picture: What the encoder saw at the weakest moment, or None.
        suffix: `.png`, `.svg` or `.pdf`.
    """
    video = len(analysis.timeline) > 1
    with styled():
        figure = new_figure(4.6 if video else 2.9)
        rows = figure.subfigures(2, 1, height_ratios=(1, 1.7)) if video else None
        if rows is not None:
            _timeline(rows[0].subplots(), analysis)
        left, right = (figure if rows is None else rows[1]).subplots(1, 2)
        _keep_map(left, analysis, picture)
        _curve(right, analysis)
        name = printable(analysis.media.path)
        figure.suptitle(f"{name}: {count(analysis.original)} → {plural(analysis.llm_input, 'token')}")
        return file_of(figure, suffix, title=analysis.media.path)


def _timeline(axes: Any, analysis: Analysis) -> None:
    """Draw the tokens of each merged frame over time, and the similarity that made them."""
    starts = [entry.start_seconds for entry in analysis.timeline]
    ends = [*starts[1:], max(analysis.timeline[-1].end_seconds, starts[-1] + 1e-6)]
    tokens = [entry.tokens for entry in analysis.timeline]
    axes.stairs(tokens, [*starts, ends[-1]], fill=True, color=BLUE, alpha=0.45, linewidth=0)
    axes.vlines(starts[1:], 0, max(tokens), color=GREY, linewidth=0.3)
    axes.set(xlabel="time (s)", ylabel="tokens", xlim=(starts[0], ends[-1]), ylim=(0, None))
    sampled = plural(analysis.sampling.frames_sampled, "sampled frame")
    axes.set_title(f"{sampled} in {plural(len(starts), 'merged frame')}")
    values = analysis.frame_similarity.values
    if len([value for value in values if value is not None]) < 2:
        return
    times = [
        start + (end - start) * number / entry.frames
        for start, end, entry in zip(starts, ends, analysis.timeline, strict=True)
        for number in range(entry.frames)
    ]
    if len(times) != len(values):
        return
    beside = axes.twinx()
    known = [np.nan if value is None else value for value in values]
    beside.plot(times, known, color=ORANGE, linewidth=0.8)
    beside.set(ylabel="similarity", ylim=(None, 1.0))
    if analysis.frame_similarity.threshold is not None:
        beside.axhline(analysis.frame_similarity.threshold, color=ORANGE, linewidth=0.6, linestyle="--")


def _keep_map(axes: Any, analysis: Analysis, picture: PagePicture | None) -> None:
    """Draw the borders of tokens over the picture; pruned patches dark."""
    at = weakest_entry(analysis)
    found = analysis.maps[at]
    (rows, columns), owner = found.grid, np.array(found.owner).reshape(found.grid)
    aspect = columns / rows if picture is None else picture.aspect
    if picture is not None:
        from PIL import Image

        left, top, wide, tall = picture.rectangle
        extent = (left * columns, (left + wide) * columns, (top + tall) * rows, top * rows)
        axes.imshow(np.asarray(Image.open(BytesIO(picture.jpeg))), extent=extent, aspect="auto")
    dark = np.zeros((*found.grid, 4))
    dark[owner < 0] = (0, 0, 0, 0.75)
    axes.imshow(dark, extent=(0, columns, rows, 0), aspect="auto", interpolation="nearest")
    lines = [((c + 1, c + 1), (r, r + 1)) for r, c in np.argwhere(owner[:, 1:] != owner[:, :-1])]
    lines += [((c, c + 1), (r + 1, r + 1)) for r, c in np.argwhere(owner[1:] != owner[:-1])]
    ink = "black" if picture is None else "white"
    for width, colour in ((1.6, "black"), (0.8, ink)):
        axes.plot(*[part for line in lines for part in line], color=colour, linewidth=width)
    axes.set(xlim=(0, columns), ylim=(rows, 0), xticks=[], yticks=[])
    axes.set_box_aspect(1 / aspect)
    where = "" if len(analysis.timeline) == 1 else f", {analysis.timeline[at].start_seconds:,.2f} s"
    axes.set_title(f"{plural(analysis.timeline[at].tokens, 'token')}{where}")


def _curve(axes: Any, analysis: Analysis) -> None:
    """Draw what each budget keeps, with the target and the points that have a name."""
    advice, nested = analysis.recommendation, analysis.nested
    of_maps = () if nested is None else tuple(map(CurvePoint, nested.tokens, nested.explained))
    points = advice.curve if advice and advice.curve else of_maps
    if analysis.recommends_other:
        dashed = {"color": GREY, "linewidth": 0.8, "linestyle": ":"}
        axes.plot([p.tokens for p in of_maps], [100 * p.explained for p in of_maps], **dashed)
    axes.plot([p.tokens for p in points], [100 * p.explained for p in points], color=BLUE)
    marks = [("in force", CurvePoint(analysis.llm_input, kept(analysis)), "s", GREY)]
    if advice is not None:
        axes.axhline(100 * advice.target, color=ORANGE, linewidth=0.7, linestyle="--")
        marks.append(("knee", advice.knee, "D", ORANGE))
        if advice.recommended is not None:
            marks.append(("recommended", advice.recommended, "^", GREEN))
    for name, point, marker, colour in marks:
        label = f"{name}: {count(point.tokens)} keep {share(point.explained)}"
        axes.plot(point.tokens, 100 * point.explained, marker, color=colour, label=label, linestyle="none")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda tokens, _: f"{tokens:,.0f}")
    axes.xaxis.set_minor_formatter(lambda _tokens, _: "")
    axes.set(xlabel="tokens", ylabel="content kept (%)", ylim=(None, 100))
    axes.legend(loc="lower right")
