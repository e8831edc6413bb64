"""The page of `compare`: what it says, and that odd names do not break it."""

import io
from dataclasses import replace

import pytest
from tokcomp_cli.render.compare import comparison_page, summary_page
from tokcomp_cli.render.compare_schema import comparison_document, comparisons_document

from tests.render.conftest import ENCODER, fidelity
from tokcomp_cli.comparison.summary import summarise
from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison
from tokcomp_cli.render.console import make_console, print_page
from tokcomp_cli.render.schema import dumps


def row(name: str, explained: float, *, control: bool = False) -> ComparedMethod:
    kept = fidelity(explained, lift=explained - 0.7)
    return ComparedMethod(name, "spatial", control, 32, kept, 0.02, 1.5, (30, 36) if name == "pool" else None)


@pytest.fixture
def found() -> Comparison:
    rows = (
        row("ward", 0.9),
        row("uniform", 0.72, control=True),
        row("prune", 0.4),
        row("pool", 0.3, control=True),
    )
    return Comparison(
        "x[/red]\n.png",
        None,
        None,
        ENCODER,
        196,
        1,
        32,
        rows,
        ("left out z",),
        "tokcomp:1|seed:0",
        "ward wins.",
    )


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_the_page(found: Comparison, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    print_page(comparison_page(found), make_console(file=stream))
    page = stream.getvalue()
    assert all(len(line) <= columns for line in page.splitlines())
    shown = " ".join(page.replace("│", " ").split())
    for words in ("x[/red]\\n.png", "control", "−0.300", "left out z", "tokcomp:1|seed:0", "ward wins."):
        assert words in shown
    assert "lost to random selection" in shown


def test_several_together(found: Comparison) -> None:
    other = replace(found, methods=(row("ward", 0.8), row("uniform", 0.79, control=True)))
    summary = summarise([found, other], seed=0)
    assert [one.method for one in summary.methods] == ["ward", "uniform", "prune", "pool"]
    assert [one.files for one in summary.methods] == [2, 2, 1, 1]
    assert summary.methods[1].behind.mean == pytest.approx(0.095)
    stream = io.StringIO()
    print_page(summary_page(summary), make_console(file=stream))
    assert "best" in stream.getvalue()
    document = comparisons_document([found, Failure("a", "MediaError", "no")], summary)
    assert [one["status"] for one in document["results"]] == ["ok", "failed"]
    assert '"between": [' in dumps(comparison_document(found))
    assert comparison_document(Failure("a", "MediaError", "no"))["meta"]["schema"] == "tokcomp.compare"


def test_controls_that_win_are_named_as_enough(found: Comparison) -> None:
    only = replace(found, methods=(row("uniform", 0.9, control=True), row("ward", 0.8)))
    assert "no method beats the control uniform" in summarise([only, only], seed=0).verdict
