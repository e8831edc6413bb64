"""Bars, column charts and their ASCII stand-ins, drawn as text from numbers."""

_ACROSS = " ▏▎▍▌▋▊▉█"
_UP = " ▁▂▃▄▅▆▇█"
_ASCII = str.maketrans(
    dict(zip("▏▎▍▌▋▊▉█", "...::==#", strict=True))
    | dict(zip("▁▂▃▄▅▆▇", "..::==#", strict=True))
    | dict(zip("─│├┤┬└┄×·−–…▲◆", "-||||`.x|--~^*", strict=True))
    | {"→": "->", "←": "<-", "±": "+-"}
)


def bar(share: float, width: int) -> str:
    """Return a horizontal bar to an eighth of a character, never empty for a share above zero.

    Args:
        share: Filled part, clipped to [0, 1].
        width: Characters of a full bar; the result is padded to it.
    """
    if width < 1:
        return ""
    share = min(max(share, 0.0), 1.0)
    eighths = max(int(share * width * 8 + 0.5), 1 if share > 0 else 0)
    full, rest = divmod(eighths, 8)
    return (_ACROSS[8] * full + _ACROSS[rest] * (rest > 0)).ljust(width)


def column(value: float, *, low: float, high: float, rows: int) -> str:
    """Return one column of a chart, top character first, at least its lowest eighth filled.

    Args:
        value: What to show, clipped to [low, high].
        low: Value of an empty column.
        high: Value of a full column.
        rows: Characters of a full column.
    """
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    full, rest = divmod(max(int(share * rows * 8 + 0.5), 1), 8)
    return (_UP[8] * full + _UP[rest] * (rest > 0)).ljust(rows)[::-1]


def chart_row(value: float, *, low: float, high: float, rows: int) -> int:
    """Return the row of a chart, counted from the top, in which a value lies."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return rows - 1 - min(int(share * rows + 1e-9), rows - 1)


def encodable(text: str, encoding: str) -> str:
    """Return the text as the stream can carry it: drawing characters in ASCII, others as escapes.

    Args:
        text: One line.
        encoding: The stream's encoding; UTF-8 carries all.
    """
    if encoding.lower().startswith("utf"):
        return text
    return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
