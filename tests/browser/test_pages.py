"""Each kind of page in a headless Chromium without a network: no error, no request, everything answers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.render.console.page_results import comparison, full_budget
from tests.render.page.page_documents import advised_clip, many_records, seen_clip
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.render.schema.analysis import budget_document
from tokcomp_cli.render.schema.compare import comparison_document
from tokcomp_cli.render.schema.document import dumps
from tokcomp_cli.report.documents import Documents
from tokcomp_cli.report.make_page import page_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KINDS = ["video", "photo", "comparison", "few", "budget"]
SIZES = [(1600, "light"), (1600, "dark"), (360, "light"), (360, "dark")]


def plain(document: object) -> dict:
    return json.loads(dumps(document))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One page of each kind, made from documents alone."""
    found = comparison()
    owner = tuple(range(32)) + (-1,) * 164
    mapped = replace(
        found,
        mapped_frame=0,
        methods=tuple(replace(row, map=KeepMap((14, 14), owner)) for row in found.methods),
    )
    made = {
        "video": Documents((plain(budget_document(seen_clip(), maps=True)),)),
        "photo": Documents((plain(budget_document(full_budget(), maps=True)),)),
        "comparison": Documents((plain(comparison_document(mapped)),)),
        "few": Documents(tuple(many_records(10))),
        "many": Documents(tuple(many_records(60))),
        "budget": Documents((plain(budget_document(advised_clip(), maps=True)),)),
        "thousands": Documents(tuple(many_records(5_000))),
    }
    root = tmp_path_factory.mktemp("pages")
    for name, documents in made.items():
        (root / f"{name}.html").write_text(page_of(documents), "utf-8")
    return {name: root / f"{name}.html" for name in made}


class Opened:
    """A page in a window, with what it complained of and what it asked the network for."""

    def __init__(self, browser, path: Path, width: int = 1600, scheme: str = "light", **settings) -> None:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, **settings
        )
        context.set_default_timeout(120_000)  # a busy machine paints late
        self.page = context.new_page()
        self.complaints, self.asked = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._ask)
        self.page.goto(path.as_uri())

    def _ask(self, request) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.asked.append(request.url)


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    found = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    return next(Path(found.__path__[0]).glob("axe*.js")).read_text()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_page_asks_for_nothing_fits_its_window_and_everybody_can_use_it(
    browser, pages, axe, kind, width, scheme
):
    opened = Opened(browser, pages[kind], width, scheme)
    page = opened.page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    if kind == "budget":
        page.check("#views input[value='1']")
    if kind == "few":
        page.evaluate("location.hash = '#f7'")
        page.locator("#f7 .steps").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(251, 251, 249)" if scheme == "light" else "rgb(16, 18, 22)"
    )
    assert (opened.complaints, opened.asked) == ([], [])
    page.evaluate(axe)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    serious = [
        (one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_arrow_keys_and_clicks_choose_a_merged_frame(browser, pages):
    page = Opened(browser, pages["video"]).page
    page.focus("#timeline")
    page.keyboard.press("Home")
    assert page.inner_text("#entry") == "Merged frame 1 of 25"
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#entry") == "Merged frame 2 of 25"
    assert page.get_attribute("#timeline", "aria-valuenow") == "2"
    box = page.locator("#timeline").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    assert page.inner_text("#entry") == "Merged frame 9 of 25"
    page.click("button[data-step='1']")
    assert page.inner_text("#entry") == "Merged frame 10 of 25"


def test_the_slider_cuts_the_keep_map_to_each_budget(browser, pages):
    page = Opened(browser, pages["video"]).page
    page.focus("#timeline")
    page.keyboard.press("Home")
    assert page.inner_text('[data-fact="tokens"]') == "3 of 6 patches"
    for step, total, tokens in ((0, 25, 1), (1, 50, 2), (3, 150, 6)):
        page.evaluate(
            "(to) => { const s = document.getElementById('budget'); s.value = to; "
            "s.dispatchEvent(new Event('input')); }",
            step,
        )
        assert page.inner_text("#budgetwords").startswith(f"{total} tokens keep ")
        assert page.inner_text('[data-fact="tokens"]') == f"{tokens} of 6 patches"
    assert page.get_attribute("#keepmap .pruned", "d") == ""


def test_the_keep_maps_of_the_recommendation_are_drawn_at_it_and_along_its_curve(browser, pages):
    opened = Opened(browser, pages["budget"])
    page = opened.page
    page.focus("#timeline")
    page.keyboard.press("Home")
    page.click("button[data-step='1']")  # the second merged frame starts at 3.5 s, as the eighth frame
    page.check("#views input[value='1']")
    assert page.inner_text("#entry") == "Merged frame 8 of 50"
    assert page.inner_text("#merged") == "50 frames that share tokens"
    assert page.inner_text("#budgetwords") == "3 tokens keep 90.0% of the content, recommended"
    assert page.inner_text('[data-fact="tokens"]') == "3 of 6 patches"
    assert page.locator("#keepmap .lost path[d^=M]").count() == 3
    assert page.get_attribute("#timeline", "aria-valuemax") == "50"
    assert page.locator(".timeline .line").is_hidden()
    best = page.locator(".curve .best").first.bounding_box()
    cursor = page.locator("#cursor circle").bounding_box()
    assert abs(best["x"] + best["width"] / 2 - cursor["x"] - cursor["width"] / 2) < 1
    page.evaluate(
        "const s = document.getElementById('budget'); s.value = 0; s.dispatchEvent(new Event('input'))"
    )
    assert page.inner_text("#budgetwords").startswith("1 token keeps 20.0% of the content; loss")
    assert page.inner_text('[data-fact="tokens"]') == "1 of 6 patches"
    assert page.locator("#keepmap .lost path").count() == 0 or not page.get_attribute(
        "#keepmap .outline", "d"
    )
    page.check("#views input[value='0']")
    assert page.inner_text("#entry") == "Merged frame 2 of 25"
    assert page.inner_text("#budgetwords") == "75 tokens keep 70.0% of the content, in force"
    assert page.locator(".timeline .line").is_visible()
    assert opened.complaints == []


def test_the_table_sorts_by_number_and_filters_by_name(browser, pages):
    page = Opened(browser, pages["many"]).page
    kept = "#table tbody tr:not([hidden]) td:nth-child(6)"
    page.click("#table th:nth-child(6) button")
    shown = [float(text.rstrip("%")) for text in page.locator(kept).all_inner_texts() if text]
    assert len(shown) == 59
    assert shown == sorted(shown, reverse=True)
    page.click("#table th:nth-child(6) button")
    assert [float(text.rstrip("%")) for text in page.locator(kept).all_inner_texts() if text] == shown[::-1]
    page.fill("#filter", "FILE7")
    names = page.locator("#table tbody tr:not([hidden]) th").all_inner_texts()
    assert names == [name for name in names if "file7" in name]
    assert page.inner_text("#filtered") == f"{len(names)} of 60"


@pytest.mark.parametrize(
    ("kind", "column"), [("comparison", ".methods tbody td:nth-child(4)"), ("many", "#table td:nth-child(6)")]
)
def test_a_phone_shows_what_is_kept_without_scrolling(browser, pages, kind, column):
    page = Opened(browser, pages[kind], 360).page
    box = page.locator(column).first.bounding_box()
    assert box["width"] > 0
    assert box["x"] + box["width"] <= 360


def test_a_row_leads_to_the_section_of_its_file_and_the_script_builds_it(browser, pages):
    for name, at in (("many", 7), ("thousands", 333), ("thousands", 4_999)):
        opened = Opened(browser, pages[name])
        page = opened.page
        page.evaluate(f"document.querySelector('#table a[href=\"#f{at}\"]').click()")
        article = page.locator(f"#f{at}")
        article.wait_for()
        assert (
            page.locator(f"#f{at} h3").inner_text() == page.locator(f"#table a[href='#f{at}']").text_content()
        )
        if at != 4_999:  # that one failed
            assert article.locator(".steps tr").count() == 4
            assert "content" in article.inner_text()
        else:
            assert "no picture </script>" in article.inner_text()
        assert page.evaluate("location.hash") == f"#f{at}"
        assert opened.complaints == []


def test_five_thousand_rows_stay_quick(browser, pages):
    page = Opened(browser, pages["thousands"]).page
    taken = page.evaluate(
        "() => { const t = performance.now(); "
        "document.querySelector('#table th:nth-child(6) button').click(); "
        "document.body.offsetHeight; return performance.now() - t; }"
    )
    assert taken < 2_000
    assert page.locator("#table tbody tr:not([hidden])").count() == 400


def test_drawings_are_there_without_script(browser, pages):
    opened = Opened(browser, pages["video"], java_script_enabled=False)
    assert opened.page.get_attribute("#keepmap .outline", "d")
    assert opened.page.locator("#timeline path.odd").count() == 1
    assert not opened.page.is_visible("#controls")
