"""The page of `cost`: one line a model, the cheapest first."""

from collections.abc import Iterable, Sequence

from tokcomp_cli.core.results.cost import CostEstimate, FileCost
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.render.console.layout import ALERT, QUIET, STRONG, Page, Section, words
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable
from tokcomp_cli.render.units import price, seconds

ROUGH = "estimated from published formulas; text around the pictures is not counted"


def cost_page(found: FileCost, *, detailed: bool = False) -> Page:
    """Return the page of one file.

    Args:
        found: Its costs.
        detailed: A line for each tier, in place of one a model.
    """
    media = found.media
    size = f"{media.width}×{media.height} px"
    if media.kind != "image":
        size += f", {seconds(media.duration_seconds or 0.0)}, {plural(media.frames_in_file, 'frame')}"
    return [
        Section(
            "Cost",
            "visual tokens in each model, as the file is",
            [
                words((media.path, STRONG), f"  {size}"),
                words((ROUGH, QUIET)),
                "",
                _details(found) if detailed else _overview(found),
                *(words((note, QUIET)) for note in _notes(found)),
            ],
        )
    ]


def total_page(found: Sequence[FileCost]) -> Page:
    """Return the page of several files together, at the default tier of each model."""
    sums: dict[str, list[CostEstimate]] = {}
    for one in (estimate for file in found for estimate in file.estimates if estimate.default):
        sums.setdefault(one.model, []).append(one)
    rows = []
    for model, ones in sorted(sums.items(), key=lambda entry: sum(one.tokens or 0 for one in entry[1])):
        refused = sum(one.tokens is None for one in ones)
        priced = [one.price for one in ones if one.price is not None]
        rows.append(
            (
                (model, STRONG),
                count(sum(one.tokens or 0 for one in ones)),
                price(sum(priced), ones[0].currency) if priced else "",
                f"{plural(refused, 'file')} refused" if refused else "",
            )
        )
    prices = _price_head(one for ones in sums.values() for one in ones)
    table = FittedTable(("model", "tokens>", prices, ""), rows)
    return [Section("All files", f"{plural(len(found), 'file')} together, {ROUGH}", [table])]


def _overview(found: FileCost) -> FittedTable:
    """Return one line a model: its default tier, and what its other tiers cost."""
    groups = list(_by_model(found.estimates).values())
    most = max((ones[0].tokens or 0 for ones in groups), default=0)
    rows: list[tuple[Cell, ...]] = []
    for first, *others in sorted(groups, key=lambda ones: _by_tokens(ones[0])):
        bar = Bar((first.tokens or 0) / most if most else 0.0)
        rows.append((*_named(found, first), bar, _money(first), _others(first, others), first.how))
    headers = ("model", "tokens>", "", _price_head(found.estimates), "with other settings", "how")
    return FittedTable(headers, rows, spare=(5,))


def _details(found: FileCost) -> FittedTable:
    """Return one line a tier, the cheapest first within each model."""
    rows: list[tuple[Cell, ...]] = []
    for ones in _by_model(found.estimates).values():
        for one in sorted(ones, key=_by_tokens):
            tier = "" if one.tier is None else one.tier + (" (default)" if one.default else "")
            rows.append((*_named(found, one), _money(one), tier, one.how))
    return FittedTable(("model", "tokens>", _price_head(found.estimates), "setting", "how"), rows)


def _by_model(estimates: Iterable[CostEstimate]) -> dict[str, list[CostEstimate]]:
    groups: dict[str, list[CostEstimate]] = {}
    for one in estimates:
        groups.setdefault(one.model, []).append(one)
    return groups


def _by_tokens(one: CostEstimate) -> tuple[bool, int]:
    return one.tokens is None, one.tokens or 0


def _named(found: FileCost, one: CostEstimate) -> tuple[Cell, Cell]:
    """Return the model, marked where it takes no video, and its tokens."""
    mark = "" if found.media.kind == "image" or one.takes_video else " *"
    tokens = ("refused", ALERT) if one.tokens is None else (count(one.tokens), STRONG)
    return one.model + mark, tokens


def _price_head(estimates: Iterable[CostEstimate]) -> str:
    """Return the head of the column of prices, which is left out where there is none."""
    return "price>" if any(one.price is not None for one in estimates) else ""


def _money(one: CostEstimate) -> str:
    return "" if one.price is None else price(one.price, one.currency)


def _others(first: CostEstimate, others: Sequence[CostEstimate]) -> str:
    """Return what the other tiers cost, as `60–1,080 by max_soft_tokens`, or nothing where it is the same."""
    costs = sorted({one.tokens for one in others if one.tokens is not None} - {first.tokens})
    if not costs:
        return ""
    setting, _, value = (others[0].tier or "").partition("=")
    span = "–".join(count(cost) for cost in dict.fromkeys((costs[0], costs[-1])))
    return f"{span} by {setting}" if value else f"{span} for {setting}"


def _notes(found: FileCost) -> Iterable[str]:
    """Return what is to be said once below the table."""
    if found.sampling is not None and any(not one.takes_video for one in found.estimates):
        yield f"* takes no video: its frames are counted as pictures ({found.sampling}, set by --fps)"
    yield from found.notes
    said: dict[str, list[str]] = {}
    for one in found.estimates:
        for note in one.notes:
            said.setdefault(note, []).append(one.model)
    for note, models in said.items():
        yield f"{', '.join(dict.fromkeys(models))}: {note}"
