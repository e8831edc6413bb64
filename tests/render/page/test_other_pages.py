"""The pages of comparisons and of many files."""

from dataclasses import replace

from tests.render.console.page_results import comparison, video_comparison
from tests.render.page.page_documents import MARKUP, many_records
from tests.render.page.test_file_page import PICTURE, Elements
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.render.page.comparison_page import comparison_page
from tokcomp_cli.render.page.many_page import FileRow, file_row, many_page, outliers


def test_methods_stand_in_order_with_what_lost_to_chance_named():
    words = Elements(comparison_page([comparison()], pictures={})).words
    places = [words.index(name) for name in ("ward", "uniform", "prune")]
    assert "worse than random" in words
    assert places == sorted(places)


def test_small_multiples_share_one_picture():
    found = comparison()
    rows = tuple(replace(row, map=KeepMap((14, 14), (0,) * 196)) for row in found.methods)
    made = Elements(comparison_page([replace(found, methods=rows, mapped_frame=0)], pictures={0: PICTURE}))
    assert [tag for tag, _ in made.found].count("image") == 1
    assert [attrs for tag, attrs in made.found if tag == "use"] == [{"href": "#file0-pool0"}] * 3


def test_both_pools_have_a_table_and_failures_are_told():
    failed = [("a.png", f"broken {MARKUP}")]
    words = Elements(comparison_page([video_comparison()], pictures={}, failed=failed)).words
    assert "Methods over the whole video" in words
    assert "Methods within merged frames" in words
    assert f"broken {MARKUP}" in words


def test_each_file_has_a_row_that_leads_to_its_section():
    made = Elements(many_page([file_row(record) for record in many_records(30)]))
    targets = {attrs["id"] for tag, attrs in made.found if tag == "article"}
    links = [attrs["href"] for tag, attrs in made.found if tag == "a" and attrs["href"].startswith("#f")]
    assert len(targets) == 30
    assert {link.removeprefix("#") for link in links} - {"files"} == targets
    assert "1 failed" in made.words
    assert made.words.count(MARKUP) == 3  # row, section, message


def test_five_thousand_rows_weigh_little():
    rows = [file_row(record) for record in many_records(60)]
    made = many_page([replace(rows[at % 60], path=f"photos/{at}.jpg") for at in range(5_000)])
    assert len(made) < 5_000_000


def test_what_stands_out_keeps_less_than_most():
    rows = [FileRow("a", kept=0.99), FileRow("b", kept=0.4), FileRow("c", kept=0.97), FileRow("d", error="x")]
    assert outliers(rows) == [1]
    assert outliers([]) == []


def test_missing_figures_are_dashes():
    words = Elements(many_page([FileRow("a"), FileRow("b")])).words
    assert "not measured" in words
