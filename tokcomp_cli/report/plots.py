"""Plots of results, with pictures from their files."""

from pathlib import Path

from tokcomp_cli.core.files import write_whole
from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.comparison import Comparison
from tokcomp_cli.render.page.entries import weakest_entry
from tokcomp_cli.render.plot.analysis import analysis_plot
from tokcomp_cli.render.plot.comparison import comparison_plot
from tokcomp_cli.report.frame_pictures import picture_at


def write_plot(found: Analysis | Comparison, target: str) -> None:
    """Write the plot of a result; the suffix of its name chooses the format.

    Raises:
        PlanError: The output cannot be written.
    """
    suffix = Path(target).suffix.lower()
    if isinstance(found, Comparison):
        write_whole(Path(target), comparison_plot(found, suffix))
        return
    frame = found.timeline[weakest_entry(found)].first_frame
    picture = picture_at(found.media, found.encoder, frame)
    write_whole(Path(target), analysis_plot(found, picture, suffix))
