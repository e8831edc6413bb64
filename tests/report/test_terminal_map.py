"""The keep-map on a terminal, on a pipe, and where pictures can be shown."""

import io
import os
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tests.helpers.results import make_clip, make_photo
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.media.open import probe
from tokcomp_cli.render.console.analysis import analysis_page
from tokcomp_cli.render.console.terminal import make_console, print_page
from tokcomp_cli.report.terminal_map import MOST_ROWS, keep_map_section, small_map, with_keep_map

GREY = np.full((32, 32, 3), 100, dtype=np.uint8)


def encoder(fit="squash"):
    return replace(make_clip().encoder, fit=fit)


def shown(analysis, columns=80, **settings):
    told = {"force_terminal": True, "color_system": "truecolor", **settings}
    stream = io.StringIO()
    console = Console(file=stream, width=columns, markup=False, **told)
    print_page([keep_map_section(analysis)], console)
    return stream.getvalue()


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.fixture
def photo(samples):
    return replace(make_photo(), media=probe(str(samples / "flower.jpg")))


def test_lines_part_tokens_and_pruned_patches_are_dark():
    drawn = small_map(GREY, KeepMap((2, 2), (0, 0, -1, 1)), encoder())[..., 0]
    assert drawn[4, 4] == drawn[4, 20] == 100
    assert drawn[20, 4] == 28
    assert set(drawn[16, :]) == set(drawn[16:, 16]) == {round(28 * 0.4 + 153), round(100 * 0.4 + 153)} or (
        drawn[16, 4] > 150 and drawn[20, 16] > 150
    )


def test_where_lines_would_cover_it_a_token_has_its_mean_colour():
    small = np.zeros((4, 4, 3), dtype=np.uint8)
    small[:, 2:] = 200
    drawn = small_map(small, KeepMap((2, 2), (0, 0, 1, -1)), encoder())[..., 0]
    assert drawn[:2].tolist() == [[100] * 4] * 2
    assert drawn[3].tolist() == [0, 0, 56, 56]


def test_what_a_cropping_encoder_leaves_out_is_dark():
    wide = np.full((32, 64, 3), 100, dtype=np.uint8)
    drawn = small_map(wide, KeepMap((1, 1), (0,)), encoder("crop"))[..., 0]
    assert (drawn[16, 4], drawn[16, 32], drawn[16, 60]) == (28, 100, 28)


@pytest.mark.parametrize("columns", [20, 40, 80, 160])
def test_half_blocks_fit_the_terminal(photo, columns):
    lines = plain(shown(photo, columns)).splitlines()
    drawn = [line for line in lines if "▀" in line]
    assert 1 < len(drawn) <= MOST_ROWS
    assert max(map(len, drawn)) <= columns
    assert "pruned" in " ".join(lines[-3:])


def test_a_video_shows_its_weakest_moment(samples):
    clip = make_clip()
    found = replace(clip, media=probe(str(samples / "city_cc0_cut_mpeg2.mkv")))
    found = replace(found, weakest=replace(clip.weakest, frame=3, seconds=0.1))
    assert plain(shown(found)).startswith("Keep-map  at the weakest moment, 0.10 s\n  ▀")


@pytest.mark.parametrize(
    "settings",
    [{"color_system": None}, {"color_system": "standard"}, {"no_color": True, "color_system": None}],
)
def test_without_colours_a_sentence_says_what_draws_it_and_no_file_is_read(settings):
    gone = make_photo()
    assert "not drawn without colour; tokcomp overlay or --html draws it" in shown(gone, **settings)


def test_a_pipe_and_an_ascii_stream_get_the_sentence_and_no_code(photo):
    for encoding in ("utf-8", "ascii"):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding)
        print_page(with_keep_map(analysis_page)(photo), make_console(file=stream))
        stream.flush()
        text = raw.getvalue().decode(encoding)
        assert "\x1b" not in text
        assert "▀" not in text
        assert text.index("content kept") < text.index("Keep-map") < text.index("Tokens")


def test_a_file_that_is_gone_is_said():
    assert "not drawn: the file cannot be read any more" in shown(make_photo())


ON_TERMINAL = """
import sys
from dataclasses import replace
from tests.helpers.results import make_photo
from tokcomp_cli.media.open import probe
from tokcomp_cli.render.console.terminal import make_console, print_page
from tokcomp_cli.report.terminal_map import keep_map_section
photo = replace(make_photo(), media=probe(sys.argv[1]))
print_page([keep_map_section(photo)], make_console())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({b"\x1b[c": b"\x1b[?62;4;22c"}, b"\x1bP"),
        ({b"\x1b[c": b"\x1b[?62;4c"}, b"\x1bP"),  # as iTerm2 answers: it shows Sixel, too
        ({b"\x1b[c": b"\x1b[?62;22c", b"\x1b_G": b"\x1b_Gi=1;OK\x1b\\"}, b"\x1b_Gi="),
        ({b"\x1b[c": b"\x1b[?62;22c"}, "▀".encode()),
    ],
    ids=["sixel", "iterm2", "kitty", "neither"],
)
def test_a_terminal_that_shows_pictures_gets_one(samples, answers, expected):
    pytest.importorskip("textual_image", reason="textual-image is not installed")
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "80"})
        os.execv(sys.executable, [sys.executable, "-c", ON_TERMINAL, str(samples / "flower.jpg")])
    termios.tcsetwinsize(terminal, (40, 80))
    text = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        text += piece
        for question in [one for one in answers if one in text]:
            os.write(terminal, answers.pop(question))
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, text
    drawn = text[text.index(b"Keep-map") :]
    assert expected in drawn
    assert (b"\x1bP" in drawn) == (expected == b"\x1bP")
    assert b"white lines part tokens" in drawn
