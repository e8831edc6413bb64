"""Every page as it is printed, at 40, 80 and 160 columns and in ASCII, against its snapshot.

After a wanted change: `TOKCOMP_SNAPSHOTS=write python -m pytest tests/render`, then read `git diff`.
"""

import io
import os
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.render.console.page_results import batch, pages
from tokcomp_cli.render.console.batch import batch_page
from tokcomp_cli.render.console.layout import Page, Section
from tokcomp_cli.render.console.terminal import make_console, print_page

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"
PAGES = pages()
WRITE = os.environ.get("TOKCOMP_SNAPSHOTS") == "write"


def printed(page: Page, columns: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = make_console(file=stream)
    console.width = columns
    print_page(page, console)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_printed_as_its_snapshot(name: str) -> None:
    found = "\n".join(
        f"=== {columns} columns, {encoding}\n\n{printed(PAGES[name], columns, encoding)}"
        for columns, encoding in ((80, "utf-8"), (40, "utf-8"), (160, "utf-8"), (80, "ascii"))
    )
    path = SNAPSHOTS / f"{name}.txt"
    if WRITE:
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_every_snapshot_has_its_page() -> None:
    assert {path.stem for path in SNAPSHOTS.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 132, 160])
def test_no_line_is_longer_than_the_page_but_one_to_copy(name: str, columns: int) -> None:
    quoted = {part.quoted for part in PAGES[name] if isinstance(part, Section)}
    lines = [line for line in printed(PAGES[name], columns).splitlines() if line not in quoted]

    assert max(map(cell_len, lines)) <= columns
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_never_breaks_a_word_that_fits_a_line(name: str) -> None:
    def said(columns: int) -> set[str]:
        return {word for word in printed(PAGES[name], columns).split() if word.isalpha()}

    assert said(40) <= said(160) | said(80)


def test_a_batch_of_one_file_speaks_of_one() -> None:
    shown = printed(batch_page(batch(files=1)), 100)

    assert "1 picture" not in shown
    assert "61 tokens (31.1%) keep 90% of the content of the picture" in shown
