"""The terminal pages: what they say, their width, colour, odd names and poor terminals."""

import ast
import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from tokcomp_cli.core.results.analysis import Analysis, Failure, TimelineEntry
from tokcomp_cli.render import console as console_module
from tokcomp_cli.render.console import (
    PIPED_WIDTH,
    WIDEST,
    make_console,
    print_analysis,
    print_budget,
    print_failure,
)

Print = Callable[[Analysis, Console], None]
PAGES: list[Print] = [print_analysis, print_budget]
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


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Print a page into a file, `columns` wide, and return it."""

    def print_page(write: Callable[..., None], result: object, columns: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        stream = io.StringIO()
        write(result, make_console(file=stream))
        return stream.getvalue()

    return print_page


def flat(text: str) -> str:
    """Return the text with lines, frames and runs of blanks joined."""
    return " ".join(text.replace("│", " ").split())


def test_the_page_of_a_clip_says_everything(page: Callable[..., str], clip: Analysis) -> None:
    shown = flat(page(print_analysis, clip))

    for words in (
        "samples/sintel_trailer_360p.mp4",
        "video 640×360 · 52.21 s · 1,253 frames, 24 fps · h264 in mov/mp4 · 4.4 MB",
        "decord 3.0.2: closed GOPs, times start at zero: it seeks right",
        "fps=2: 1,253 in the file, 105 sampled, 105 encoded",
        "14×14 = 196 tokens a frame",
        "105×196=20,580 → 490 at the LLM input",
        "explained = share of content kept",
        "spatial: keep_ratio 0.5",
        "105 sampled frames → 25 merged frames, drawn to scale",
        "at or below 0.75 a new one opens",
        "13 more merged frames not shown (40 frames, 184 tokens); --json lists all",
        "Difficulty 0.358 = medium",
        "length, negation, counting, reasoning: not measured, no query given",
        "hardest merged frame: at 17.50 s, 0.744",
        "effective rank 87.3 · attention entropy 0.871",
        "~0.593 frame 420 at 17.50 s",
        "~ measured on a sample of 64 frames",
        "+0.211 explained above random selection",
        "490 at the LLM input · 196 in the last layer · 318.5 layer mean",
        "decode 612 ms",
        clip.verdict,
    ):
        assert words in shown, words


def test_the_ledger_chains(page: Callable[..., str], clip: Analysis) -> None:
    lines = page(print_analysis, clip, 100).splitlines()
    ledger = [re.split(r"\s{2,}", line.strip()) for line in lines[lines.index(_ledger(lines)) + 1 :][:6]]

    assert [[cell for cell in row if not set(cell) <= set("█▏▎▍▌▋▊▉")] for row in ledger] == [
        ["input", "105×196", "20,580"],
        ["spatial", "ward", "20,580", "10,290", "−50.0%", "−50.0%", "0.971", "311"],
        ["temporal", "frame-merge", "10,290", "2,450", "−76.2%", "−88.1%", "0.942", "8.4"],
        ["budget", "ward", "2,450", "490", "−80.0%", "−97.6%", "0.913", "22"],
        ["LLM input", "490", "−97.6%", "0.913"],
        ["last layer", "196", "−99.0%"],
    ]
    bars = [sum(map(line.count, "█▏▎▍▌▋▊▉")) for line in lines[lines.index(_ledger(lines)) + 1 :][:6]]
    assert bars == sorted(bars, reverse=True)


def _ledger(lines: list[str]) -> str:
    return next(line for line in lines if line.split()[:2] == ["stage", "method"])


def test_the_page_of_a_budget_says_everything(page: Callable[..., str], photo: Analysis) -> None:
    shown = flat(page(print_budget, photo))

    for words in (
        "query how many cups are not on the table, and why?",
        "objects █",
        "+0.210 salient regions",
        "band medium, reduced by steps",
        "49 of 196 tokens (−75.0%), explained 0.891 (share of content kept)",
        "band medium asks for 25 % of the grid",
        "target 0.9",
        "▲ 54 tokens explain 0.900 (−72.4%): the smallest budget that meets the target",
        "◆ 14 tokens explain 0.741: the knee",
        "merge pairs 1.27× 62 49",
        "! the encoder has no text tower",
        photo.verdict,
    ):
        assert words in shown, words


def test_a_target_out_of_reach_is_said(page: Callable[..., str], photo: Analysis) -> None:
    short = replace(photo, recommendation=replace(photo.recommendation, recommended=None, reachable=0.712))

    assert "no budget reaches 0.9; the most is 0.712" in flat(page(print_budget, short))
    assert "Recommendation" not in page(print_budget, replace(photo, recommendation=None, trace=()))


def test_an_image_has_no_timeline_and_no_figures_over_frames(
    page: Callable[..., str], photo: Analysis
) -> None:
    shown = page(print_analysis, photo)

    assert "Timeline" not in shown
    assert "in the worst" not in shown
    assert "rotated 90 degrees" in flat(shown)


def test_a_method_that_lost_to_chance_is_said(page: Callable[..., str], photo: Analysis) -> None:
    shown = page(print_analysis, photo)

    assert "−0.012  LOST to random selection" in shown


def test_damage_and_missing_calibration_are_said(page: Callable[..., str], clip: Analysis) -> None:
    media = replace(clip.media, salvaged=True, variable_frame_rate=True, notes=("the last 3 s are missing",))
    shown = flat(
        page(print_analysis, replace(clip, media=media, encoder=replace(clip.encoder, calibrated=False)))
    )

    assert "damaged read only as far as the file goes" in shown
    assert "1,253 frames, variable rate" in shown
    assert "note the last 3 s are missing" in shown
    assert "not calibrated" in shown


@pytest.mark.parametrize("write", PAGES)
@pytest.mark.parametrize("columns", [40, 80, 132, 160, 250])
@pytest.mark.parametrize("name", ["clip", "photo"])
def test_no_line_is_longer_than_the_page(
    page: Callable[..., str], request: pytest.FixtureRequest, write: Print, columns: int, name: str
) -> None:
    lines = page(write, request.getfixturevalue(name), columns).splitlines()

    assert max(map(cell_len, lines)) == min(columns, WIDEST)
    assert all(line == line.rstrip() for line in lines)


def test_wide_pages_put_difficulty_and_fidelity_side_by_side(
    page: Callable[..., str], clip: Analysis
) -> None:
    def together(columns: int) -> bool:
        lines = page(print_analysis, clip, columns).splitlines()
        return any("Difficulty" in line and "Fidelity" in line for line in lines)

    assert together(160)
    assert not together(100)


def test_many_and_large_numbers_fit(page: Callable[..., str], clip: Analysis) -> None:
    entry = TimelineEntry(0.0, 0.5, 0, 0, 1, 98, None)
    timeline = tuple(replace(entry, start_seconds=float(k), end_seconds=k + 0.5) for k in range(9000))
    stages = tuple(
        replace(
            stage, tokens_in=stage.tokens_in * 86, tokens_out=stage.tokens_out * 86, method="flashvid-adts"
        )
        for stage in clip.stages
    )
    values = (None,) + (0.2,) * 8999
    large = replace(
        clip,
        timeline=timeline,
        stages=stages,
        frame_similarity=replace(clip.frame_similarity, values=values),
        sampling=replace(clip.sampling, frames_sampled=9030),
    )

    shown = page(print_analysis, large, 80)

    assert max(map(cell_len, shown.splitlines())) == 80
    assert "1,769,880" in shown
    assert "8,988 more merged frames not shown" in flat(shown)


@pytest.mark.parametrize("write", PAGES)
def test_odd_names_never_break_a_page(page: Callable[..., str], photo: Analysis, write: Print) -> None:
    path = "x[/red][bold]\n\x1b[31m'\"\udcff\u202e:smile:.mp4"
    odd = replace(
        photo,
        media=replace(photo.media, path=path),
        difficulty=replace(photo.difficulty, query=path),
        verdict=path,
        warnings=(path,),
    )

    shown = page(write, odd, 100)

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert shown.count("x[/red][bold]\\n\\x1b[31m'\"\\xff\\u202e:smile:.mp4") == 4
    shown.encode("utf-8")


def test_a_long_and_wide_name_is_folded_not_cut(page: Callable[..., str], clip: Analysis) -> None:
    path = "日本語の動画" * 40 + ".mp4"
    lines = page(print_analysis, replace(clip, media=replace(clip.media, path=path))).splitlines()

    assert max(map(cell_len, lines)) == 80
    assert path in "".join(line.strip("│ ") for line in lines)


@pytest.mark.parametrize("write", PAGES)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_that_is_not_utf8_gets_plain_ascii_drawing(
    monkeypatch: pytest.MonkeyPatch, photo: Analysis, write: Print, encoding: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    odd = replace(photo, media=replace(photo.media, path="café 日本.jpg"), verdict="196 → 49 · 4×")

    write(odd, make_console(file=stream))
    stream.flush()

    shown = raw.getvalue().decode(encoding)
    assert "\\u65e5\\u672c.jpg" in shown
    assert "196 > 49 | 4x" in shown
    assert "###" in shown
    assert max(map(len, shown.splitlines())) == 80
    assert shown.replace("é", "").isascii()


@pytest.mark.parametrize("write", PAGES)
def test_colour_only_on_a_terminal_and_not_with_no_color(
    monkeypatch: pytest.MonkeyPatch, page: Callable[..., str], photo: Analysis, write: Print
) -> None:
    assert "\x1b" not in page(write, photo)

    coloured = Terminal()
    write(photo, make_console(file=coloured))
    assert COLOUR.search(coloured.getvalue())

    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    write(photo, make_console(file=plain))
    assert plain.getvalue()
    assert not COLOUR.search(plain.getvalue())


@pytest.mark.parametrize(
    ("columns", "width"), [(None, PIPED_WIDTH), ("120", 120), ("", 100), ("wide", 100), ("0", 100)]
)
def test_piped_pages_are_as_wide_as_columns_says(
    monkeypatch: pytest.MonkeyPatch, clip: Analysis, columns: str | None, width: int
) -> None:
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    stream = io.StringIO()

    print_analysis(clip, make_console(file=stream))

    assert max(map(cell_len, stream.getvalue().splitlines())) == width


def test_a_failure_is_one_line_with_its_file(page: Callable[..., str], failure: Failure) -> None:
    assert page(print_failure, failure) == "error: broken.mp4: expected a picture stream, found only sound\n"
    named = replace(
        failure, path="x[/red]\n.mp4", message="x[/red]\n.mp4 is empty: give another" + " file" * 30
    )
    assert page(print_failure, named) == "error: x[/red]\\n.mp4 is empty: give another" + " file" * 30 + "\n"


def test_streams(capsys: pytest.CaptureFixture[str], failure: Failure) -> None:
    print_failure(failure, make_console(stderr=True))
    print_failure(failure, make_console(stderr=True, quiet=True))
    print_failure(failure, make_console())

    out, err = capsys.readouterr()
    assert out.count("error:") == 1
    assert err.count("error:") == 1


def test_only_the_console_knows_rich() -> None:
    room = Path(console_module.__file__).parent
    modules = {path.stem: ast.walk(ast.parse(path.read_text("utf-8"))) for path in room.glob("*.py")}
    imported = {
        name: {
            node.module.split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module
        }
        for name, nodes in modules.items()
    }

    assert {name for name, roots in imported.items() if "rich" in roots} == {"console"}
    assert not any("torch" in roots for roots in imported.values())


def test_the_page_is_the_same_twice(page: Callable[..., str], clip: Analysis) -> None:
    assert page(print_analysis, clip) == page(print_analysis, clip)
