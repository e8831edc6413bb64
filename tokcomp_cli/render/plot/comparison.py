"""The figure of a comparison: methods by what they keep, beside random selection."""

from typing import Any

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.comparison import WHERE, ComparedMethod, Comparison
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.render.plot.figure import BLUE, GREY, ORANGE, file_of, new_figure, styled


def comparison_plot(found: Comparison, suffix: str) -> bytes:
    """Return the figure of a comparison as a file; `suffix` is `.png`, `.svg` or `.pdf`."""
    pools = list(dict.fromkeys(row.pool for row in found.methods))
    counts = [sum(row.pool == pool for row in found.methods) for pool in pools]
    with styled():
        figure = new_figure(0.9 + 0.19 * sum(counts) + 0.35 * len(pools))
        every = figure.subplots(len(pools), 1, squeeze=False, height_ratios=counts, sharex=True)[:, 0]
        for axes, pool in zip(every, pools, strict=True):
            _methods(axes, [row for row in found.methods if row.pool == pool])
            if len(pools) > 1:
                axes.set_title(WHERE[pool], loc="left")
        every[-1].set_xlabel("content kept (%)")
        figure.suptitle(f"{printable(found.path)}: {plural(found.tokens, 'token')} for every method")
        return file_of(figure, suffix, title=found.path)


def _methods(axes: Any, rows: list[ComparedMethod]) -> None:
    chance = 100 * (rows[0].fidelity.explained - rows[0].lift)
    spread = 100 * rows[0].lift_spread
    axes.axvspan(chance - spread, chance + spread, color=GREY, alpha=0.3, linewidth=0)
    axes.axvline(chance, color=GREY, linewidth=0.6)
    for at, row in enumerate(rows):
        colour = GREY if row.control else ORANGE if row.lift < 0 else BLUE
        face = "white" if row.control else colour
        axes.plot(100 * row.fidelity.explained, at, "o", color=colour, markerfacecolor=face, markersize=5)
    axes.set_yticks(range(len(rows)), [printable(row.label) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(axis="y", linewidth=0.3)
