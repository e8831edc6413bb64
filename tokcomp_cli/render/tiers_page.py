"""The page of `cost --tiers`: a line a tier, the cheapest first, and which is enough."""

from collections.abc import Iterable

from tokcomp_cli.core.results.sending import FileTiers, ModelTiers, TierLoss
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.render.console.layout import ALERT, GOOD, QUIET, STRONG, Page, Part, Section, Words, words
from tokcomp_cli.render.console.table import Cell, FittedTable

ABOUT = "tokens are estimated from published formulas; what survives is measured"


def tiers_page(found: FileTiers) -> Page:
    """Return the page of one file."""
    media = found.media
    head = [
        words((media.path, STRONG), f"  {media.width}×{media.height} px"),
        words((f"{ABOUT} in features of {found.encoder}; the target is {found.target:g}", QUIET)),
    ]
    body: list[Words | FittedTable | str] = []
    for model in found.models:
        body += ["", words((model.model, STRONG), *_verdict(model)), _table(model)]
        if model.warning:
            body.append(words((model.warning, ALERT)))
    notes = [words((note, QUIET)) for note in found.notes]
    return [Section("Tiers", "which setting is enough", [*head, *body, *notes])]


def _verdict(model: ModelTiers) -> Iterable[Part]:
    best = model.best
    if best.survival is None:
        return ("  nobody says at which size it looks: not known",)
    if model.smallest is None:
        return (f"  no setting keeps the target; {best.name or 'the only one'} keeps most",)
    others = [one.tokens for one in model.tiers if one.default and one.tokens]
    saved = ""
    if others and best.tokens and best.tokens < others[0]:
        saved = f", {1 - best.tokens / others[0]:.0%} less than by default"
    return ("  ", (f"{best.setting} is enough: {plural(best.tokens or 0, 'token')}{saved}", GOOD))


def _table(model: ModelTiers) -> FittedTable:
    rows: list[tuple[Cell, ...]] = []
    for one in model.tiers:
        name = (one.name or "the only one") + (" (default)" if one.default else "")
        tokens = "refused" if one.tokens is None else count(one.tokens)
        size = "" if one.size is None else f"{one.size[0]}×{one.size[1]}"
        mark = ("enough", GOOD) if one is model.smallest else ("", QUIET)
        rows.append((name, tokens, size, *_survival(one), mark))
    return FittedTable(("setting", "tokens>", "seen at>", "explained>", "contrast>", "words>", ""), rows)


def _survival(one: TierLoss) -> tuple[Cell, Cell, Cell]:
    left = one.survival
    if left is None:
        return "not known", "", ""
    read: Cell = "" if not left.words else f"{left.words_read}/{left.words}"
    if one.ruins_writing:
        read = (str(read), ALERT)
    return f"{left.explained:.3f}", f"{left.contrast:.2f}", read
