"""Tables that fit: what goes first, what wraps, and when rows stack."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tokcomp_cli.render.console.table import Bar, FittedTable
from tokcomp_cli.render.console.terminal import make_console

TABLE = FittedTable(
    ("file", "", "tokens needed>", "meaning"),
    [("a/long/way/to.png", Bar(1.0), "1,234", "short words that wrap"), ("b.png", Bar(0.5), "7", "")],
    spare=(3,),
    clipped=(0,),
)


def drawn(table: FittedTable, width: int) -> list[str]:
    console = make_console(file=io.StringIO())
    lines = console.render_lines(table, console.options.update(width=width), pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            70,
            [
                "file                              tokens needed  meaning",
                "a/long/way/to.png  █████████████          1,234  short words that wrap",
                "b.png              ██████▌                    7",
            ],
        ),
        (
            37,
            [
                "                               tokens",
                "file                           needed",
                "a/long/way/to.png  ██████████   1,234",
                "b.png              █████            7",
            ],
        ),
        (
            24,
            [
                "                  tokens",
                "file              needed",
                "…long/way/to.png   1,234",
                "b.png                  7",
            ],
        ),
        (18, ["a/long/way/to.png", "  tokens needed", "  1,234", "b.png", "  tokens needed 7"]),
    ],
)
def test_bars_shrink_then_columns_go_then_headers_wrap_then_rows_stack(width: int, lines: list[str]) -> None:
    assert drawn(TABLE, width) == lines


WORD = st.text(st.characters(whitelist_categories=["L", "N"]), max_size=9)
CELL = st.one_of(WORD, st.tuples(WORD, st.just("bold")), st.floats(-1, 2).map(Bar))


@given(st.data(), st.integers(1, 5), st.integers(10, 90))
def test_any_table_fits_its_width(data: st.DataObject, columns: int, width: int) -> None:
    headers = data.draw(
        st.lists(st.sampled_from(["", "name", "tokens in>"]), min_size=columns, max_size=columns)
    )
    rows = data.draw(st.lists(st.tuples(*[CELL] * columns), max_size=4))
    spare = data.draw(st.lists(st.integers(0, columns - 1), unique=True))

    assert all(cell_len(line) <= width for line in drawn(FittedTable(headers, rows, spare), width))
