"""How a file name that may hold anything is shown in a message of one line."""

import unicodedata

# Control, format (bidirectional overrides), surrogate, private, unassigned, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(name: str) -> str:
    r"""Return the name with every character that could break a line or a terminal escaped.

    Control characters, line separators, bidirectional marks and bytes that are not UTF-8 (which
    Python holds as lone surrogates) come out as `\n`, `\x1b`, `\u202e` or `\xff`; all other text stays
    as it is, so the result can always be encoded as UTF-8 and never holds a newline. Markup of a
    terminal library (`[/red]`) is left alone: only the writer knows which markup it reads.

    Args:
        name: A file name, a query or any text of a user or a file.
    """
    return "".join(_escaped(character) for character in name)


def _escaped(character: str) -> str:
    """Return one character, or its escape when it is unsafe to print."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: an undecodable byte
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    return character.encode("unicode_escape").decode("ascii")
