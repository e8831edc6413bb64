"""Figures: every format, embedded fonts, names that stay text."""

import re
from dataclasses import replace

import pytest

from tests.helpers.results import make_clip, make_photo
from tests.render.console.page_results import comparison, video_comparison
from tests.render.page.page_documents import seen_clip
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.plot import figure
from tokcomp_cli.render.plot.analysis import analysis_plot
from tokcomp_cli.render.plot.comparison import comparison_plot

pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra plot)")
STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", STARTS)
def test_every_format_is_what_it_says(suffix):
    made = analysis_plot(make_photo(), None, suffix)
    assert made.startswith(STARTS[suffix])
    assert made == analysis_plot(make_photo(), None, suffix)


def test_fonts_of_a_pdf_are_inside_and_no_type_3():
    made = comparison_plot(comparison(), ".pdf")
    assert b"/FontFile2" in made
    assert b"/Subtype /Type3" not in made


@pytest.mark.parametrize(
    "name", ["$x^2$ [/red].mp4", "שלום 文件 \u202e.mp4", "</svg><script>.mp4", "a\nb.mp4"]
)
def test_a_name_stays_text(name):
    made = analysis_plot(seen_clip(name), None, ".svg").decode()
    assert "<script" not in made
    assert re.search(r"<svg\b", made)


def test_one_merged_frame_and_one_without_a_curve():
    clip = make_clip()
    short = replace(clip, timeline=clip.timeline[:1], maps=clip.maps[:1])
    assert analysis_plot(short, None, ".svg").startswith(STARTS[".svg"])


def test_methods_of_both_pools_are_drawn():
    made = comparison_plot(video_comparison(), ".svg")
    assert len(made) > len(comparison_plot(comparison(), ".svg"))


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(figure, "find_spec", lambda name: None)
    with pytest.raises(PlanError, match=r"pip install \"tokcomp\[plot\]\""):
        figure.need_matplotlib()
