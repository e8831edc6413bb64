"""Whether a picture should be read at a higher resolution: reasons from the query, edges and text."""

from tokcomp_cli.difficulty.query import COMPILED, LONG_QUERY_WORDS, words

MANY_EDGES, TEXT = 0.3, 0.5


def detail_reasons(query: str | None, *, edge: float, text: float | None) -> tuple[str, ...]:
    """Return why the detail path is wanted, each a short phrase; empty where nothing calls for it.

    Args:
        query: The question, or None.
        edge: Share of pixels on edges, in [0, 1], not scaled.
        text: Likelihood of text in the picture, in [0, 1], or None where nothing measured it.

    Reference: the reference note's `requires_details`; whole words instead of parts of words.
    """
    reasons = []
    if query is not None:
        count = len(words(query))
        if count > LONG_QUERY_WORDS:
            reasons.append(f"the query has {count} words, more than {LONG_QUERY_WORDS}")
        named = COMPILED["detail"].search(query)
        if named:
            reasons.append(f"the query names {named[0].lower()!r}")
    if edge > MANY_EDGES:
        reasons.append(f"{edge:.0%} of the pixels are on edges, more than {MANY_EDGES:.0%}")
    if text is not None and text > TEXT:
        reasons.append(f"text is likely ({text:.2f})")
    return tuple(reasons)
