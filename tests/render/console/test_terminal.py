"""Streams: width, colour, encodings, and names that no terminal may read as markup or commands."""

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tokcomp_cli.core.results.analysis import Analysis, Failure, TimelineEntry
from tokcomp_cli.render.console.analysis import analysis_page
from tokcomp_cli.render.console.budget import budget_page
from tokcomp_cli.render.console.layout import Page
from tokcomp_cli.render.console.terminal import (
    PIPED_WIDTH,
    WIDEST,
    make_console,
    print_failure,
    print_page,
    print_table,
)

Make = Callable[[Analysis], Page]
PAGES: list[Make] = [analysis_page, budget_page]
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def piped(page: Page) -> str:
    stream = io.StringIO()
    print_page(page, make_console(file=stream))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("columns", "width"),
    [(None, PIPED_WIDTH), ("120", 120), ("", 100), ("wide", 100), ("0", 100), ("250", WIDEST)],
)
def test_piped_pages_are_as_wide_as_columns_says(
    monkeypatch: pytest.MonkeyPatch, clip: Analysis, columns: str | None, width: int
) -> None:
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)

    assert max(map(cell_len, piped(analysis_page(clip)).splitlines())) == width


def test_many_and_large_numbers_fit(monkeypatch: pytest.MonkeyPatch, clip: Analysis) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    entry = TimelineEntry(0.0, 0.5, 0, 0, 1, 98, None)
    timeline = tuple(replace(entry, start_seconds=float(k), end_seconds=k + 0.5) for k in range(9000))
    stages = tuple(
        replace(one, tokens_in=one.tokens_in * 86, tokens_out=one.tokens_out * 86, method="flashvid-adts")
        for one in clip.stages
    )
    values = (None,) + (0.2,) * 8999
    large = replace(
        clip,
        timeline=timeline,
        stages=stages,
        frame_similarity=replace(clip.frame_similarity, values=values),
        sampling=replace(clip.sampling, frames_sampled=9030),
    )

    shown = piped(analysis_page(large))

    assert max(map(cell_len, shown.splitlines())) == 80
    assert "1,769,880" in shown


@pytest.mark.parametrize("make", PAGES)
def test_odd_names_never_break_a_page(photo: Analysis, make: Make) -> None:
    path = "x[/red][bold]\n\x1b[31m'\"\udcff\u202e:smile:.mp4"
    odd = replace(
        photo,
        media=replace(photo.media, path=path),
        difficulty=replace(photo.difficulty, query=path),
        verdict=path,
        warnings=(path,),
    )

    shown = piped(make(odd))

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("x[/red][bold]\\n\\x1b[31m'\"\\xff\\u202e:smile:.mp4") == 4
    shown.encode("utf-8")


def test_a_long_and_wide_name_is_folded_not_cut(clip: Analysis) -> None:
    path = "日本語の動画" * 40 + ".mp4"

    lines = piped(analysis_page(replace(clip, media=replace(clip.media, path=path)))).splitlines()

    assert max(map(cell_len, lines)) == PIPED_WIDTH
    assert path in "".join(line.strip("│ ") for line in lines)


@pytest.mark.parametrize("make", PAGES)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_that_is_not_utf8_gets_plain_ascii_drawing(
    photo: Analysis, make: Make, encoding: str
) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    odd = replace(photo, media=replace(photo.media, path="café 日本.jpg"), verdict="196 → 49 · 4×")

    print_page(make(odd), make_console(file=stream))
    stream.flush()

    shown = raw.getvalue().decode(encoding)
    assert "\\u65e5\\u672c.jpg" in shown
    assert "196 -> 49 | 4x" in shown
    assert max(map(len, shown.splitlines())) == PIPED_WIDTH
    assert shown.replace("é", "").isascii()


@pytest.mark.parametrize("make", PAGES)
def test_colour_only_on_a_terminal_and_not_with_no_color(
    monkeypatch: pytest.MonkeyPatch, photo: Analysis, make: Make
) -> None:
    assert "\x1b" not in piped(make(photo))

    coloured = Terminal()
    print_page(make(photo), make_console(file=coloured))
    assert COLOUR.search(coloured.getvalue())

    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    print_page(make(photo), make_console(file=plain))
    assert plain.getvalue()
    assert not COLOUR.search(plain.getvalue())


@pytest.mark.parametrize(("explained", "code"), [(0.95, 32), (0.8, 33), (0.5, 31)])
def test_the_content_kept_has_the_colour_of_what_is_lost(
    photo: Analysis, explained: float, code: int
) -> None:
    terminal = Terminal()
    last = replace(photo.stages[-1], fidelity=replace(photo.fidelity, explained=explained))

    print_page(analysis_page(replace(photo, stages=(*photo.stages[:-1], last))), make_console(file=terminal))

    assert f"\x1b[1;{code}m{explained:.1%}" in terminal.getvalue()


def test_a_failure_is_one_line_with_its_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Failure
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    named = replace(failure, path="x[/red]\n.mp4", message="x[/red]\n.mp4 is empty" + " file" * 30)

    print_failure(failure, make_console(stderr=True))
    print_failure(named, make_console(stderr=True))
    print_failure(failure, make_console(stderr=True, quiet=True))

    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "error: broken.mp4: expected a picture stream, found only sound",
        "error: x[/red]\\n.mp4 is empty" + " file" * 30,
    ]


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (40, ["a[/red]\\n", "name   ok   found", "ward   yes  1, 2", "prune  no   -"]),
        (20, ["a[/red]\\n", "name   ok   found", "ward   yes  1, 2", "prune  no   -"]),
    ],
)
def test_plain_tables(monkeypatch: pytest.MonkeyPatch, columns: int, lines: list[str]) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    rows = [("ward", True, [1, 2]), ("prune", False, None)]

    print_table(("name", "ok", "found"), rows, make_console(file=stream), title="a[/red]\n")

    assert stream.getvalue().splitlines() == lines
