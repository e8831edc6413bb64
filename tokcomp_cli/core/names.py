"""File names and queries that may hold anything."""


def printable(text: str) -> str:
    """Return the text on one line: control characters and lone surrogates as escapes, the rest as it is."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
