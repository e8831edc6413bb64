"""What makes a question look hard: whole-word patterns, in one table."""

import re

# A row a flag; extend it here. "not" must not fire on "knot" or "notice", nor "count" on "account".
# `detail` adds nothing to the score: it names what only a closer look can show.
PATTERNS = {
    "negation": r"not|\w+n['’]t|no|nor|never|none|nobody|nothing|nowhere|neither|without|cannot|except",
    "counting": r"how (?:many|much)|count(?:s|ed|ing)?|numbers? of|number|amount of|total",
    "reasoning": r"why|because|reason(?:s|ing|ed)?|how come|explain(?:s|ed)?|what if|cause[sd]?",
    "detail": (
        r"read(?:s|ing|able)?|texts?|words?|letters?|digits?|written|writing|says?|spell(?:s|ed)?|labels?"
        r"|captions?|signs?|titles?|logos?|prices?|dates?|serial|licen[cs]e plate|plate number|fine print"
        r"|small(?:er|est)?|tiny|little|details?|detailed|closely|distant|far away"
        r"|corners?|backgrounds?|edges?|top|bottom|left|right|behind|between|next to"
    ),
}
COMPILED = {flag: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for flag, words in PATTERNS.items()}

LONG_QUERY_WORDS = 15


def words(query: str) -> list[str]:
    """Return the words of a question; an apostrophe or a hyphen does not split one."""
    return re.findall(r"\w+(?:['’\-]\w+)*", query)


def flags(query: str) -> dict[str, bool]:
    """Return which patterns of the table the question holds, by name."""
    return {flag: pattern.search(query) is not None for flag, pattern in COMPILED.items()}
