"""What makes a question look hard: whole-word patterns, in one table."""

import re

# A row a flag; extend it here. "not" must not fire on "knot" or "notice", nor "count" on "account".
PATTERNS = {
    "negation": r"not|\w+n['’]t|no|nor|never|none|nobody|nothing|nowhere|neither|without|cannot|except",
    "counting": r"how (?:many|much)|count(?:s|ed|ing)?|numbers? of|number|amount of|total",
    "detail": (
        r"small|tiny|texts?|letters?|words?|written|writing|says?|read(?:s|ing|able)?|signs?|labels?|captions?|titles?"
        r"|plates?|fonts?|corners?|backgrounds?|distance|distant|far|edges?|details?"
    ),
    "reasoning": r"why|because|reason(?:s|ing|ed)?|how come|explain(?:s|ed)?|what if|cause[sd]?",
}
COMPILED = {flag: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for flag, words in PATTERNS.items()}


def words(query: str) -> list[str]:
    """Return the words of a question; an apostrophe or a hyphen does not split one."""
    return re.findall(r"\w+(?:['’\-]\w+)*", query)


def flags(query: str) -> dict[str, bool]:
    """Return which patterns of the table the question holds, by name."""
    return {flag: pattern.search(query) is not None for flag, pattern in COMPILED.items()}
