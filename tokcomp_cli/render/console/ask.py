"""The page of `ask`: both answers, tokens and times side by side, and how far they are apart."""

from collections.abc import Sequence

from rich.console import RenderableType

from tokcomp_cli.core.results.ask import Answered, Side, Sweep, VlmFacts
from tokcomp_cli.core.rounding import count, plural, readable_bytes
from tokcomp_cli.core.shares import decimal, fewer, share
from tokcomp_cli.render.console.glyphs import column
from tokcomp_cli.render.console.layout import (
    BAR,
    QUIET,
    STRONG,
    Page,
    Part,
    Section,
    Words,
    loss_style,
    words,
)
from tokcomp_cli.render.console.table import Bar, Cell, FittedTable, facts
from tokcomp_cli.render.facts import media_words
from tokcomp_cli.render.units import milliseconds

ALL, FEWER = "all", "fewer"
MILLIONS = 10_000_000
PHASES = ("prepare", "encode", "reduce", "prefill")


def answer_page(found: Answered) -> Page:
    """Return the page of one question about one input."""
    before, after = found.full.visual_tokens, found.compressed.visual_tokens
    shrunk = f"{plural(before, 'visual token')} → {count(after)} ({fewer(1 - after / max(before, 1))})"
    numbers = facts(
        ("question", found.question),
        ("tokens", (shrunk, STRONG)),
        ("content kept", (share(found.explained), f"bold {loss_style(found.explained)}")),
        *_agreement(found),
    )
    verdict = (words((found.verdict, STRONG)), words(found.time_sentence))
    source = facts(
        ("media", media_words(found.media)), ("model", model_words(found.vlm)), ("method", how_words(found))
    )
    return [
        Section("tokcomp ask", "", (words(found.media.path), "", *verdict, "", numbers), framed=True),
        _answers(found),
        Section("Input", "", (source,)),
        _tokens(found),
        _distance(found),
        *([] if found.sweep is None else [_sweep(found.sweep)]),
        *([Section("Notes", "", [words(note) for note in found.notes])] if found.notes else []),
    ]


def _agreement(found: Answered) -> list[tuple[str, Part]]:
    agreement = found.divergence.agreement
    return [] if agreement is None else [("agreement", f"{share(agreement)} of the full answer's tokens")]


def model_words(vlm: VlmFacts) -> str:
    """Return the model in a line."""
    millions = f"{vlm.parameters / 1e6:,.0f} million"
    size = millions if vlm.parameters >= MILLIONS else count(vlm.parameters)
    layers = plural(vlm.layers, "layer")
    return f"{vlm.name}: {vlm.family}, {size} weights, {layers}, {vlm.dtype} on {vlm.device}"


def how_words(found: Answered) -> str:
    """Return how tokens were made fewer."""
    plan = found.plan
    return f"{plan['method']} to {count(found.compressed.visual_tokens)}, layers {plan['layer_keep']}"


def _sides(found: Answered) -> Sequence[tuple[str, Side]]:
    return (ALL, found.full), (FEWER, found.compressed)


def _answers(found: Answered) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for name, side in _sides(found):
        lines = side.answer.splitlines() or ["(nothing)"]
        rows += [((name if not at else "", QUIET), (line, STRONG)) for at, line in enumerate(lines)]
    return Section("Answers", "with all tokens, and with fewer", (FittedTable(("", ""), rows),))


def _tokens(found: Answered) -> Section:
    most = max(found.full.visual_tokens, 1)
    rows: list[tuple[Cell, ...]] = [
        (
            (name, QUIET),
            count(side.pictures),
            (count(side.visual_tokens), STRONG),
            Bar(side.visual_tokens / most),
            count(side.visual_tokens_per_layer[-1]),
            count(side.layer_mean),
            *(milliseconds(side.ms.get(phase, 0.0)) for phase in PHASES),
            milliseconds(side.ms["decode"] / side.decode_steps) if side.decode_steps else "-",
        )
        for name, side in _sides(found)
    ]
    headers = ("", "pictures>", "visual tokens>", "", "last layer>", "mean layer>")
    table = FittedTable((*headers, *(f"{one}>" for one in PHASES), "each token>"), rows, spare=(1, 5))
    body: list[RenderableType] = [table, *(_layers(name, side, most) for name, side in _sides(found))]
    estimated = "; ".join(
        f"{name} {side.prefill_flops_estimated / 1e9:,.3g} GFLOP for the prompt, "
        f"{readable_bytes(side.kv_bytes_estimated)} of keys and values"
        for name, side in _sides(found)
    )
    body.append(words((f"estimated from the config: {estimated}", QUIET)))
    rounds = found.plan.get("repeat")
    gloss = "times in ms" + ("" if rounds == 1 else f", medians of {rounds} rounds")
    return Section("Tokens and time", gloss, body)


def _layers(name: str, side: Side, most: int) -> Words:
    """Return one column a layer."""
    columns = "".join(column(tokens, low=0, high=most, rows=1) for tokens in side.visual_tokens_per_layer)
    return words(
        (f"{name:<6}", QUIET), (columns, BAR), ("  one column a layer" if name == ALL else "", QUIET)
    )


def _distance(found: Answered) -> Section:
    apart = found.divergence
    rows = [
        ("next-token KL", f"{apart.logit_kl:.4g}", "nats; 0 is equal"),
        ("mean KL", f"{apart.answer_kl:.4g}", "nats, along the full answer"),
    ]
    if apart.log_likelihood is not None and apart.log_likelihood_full is not None:
        both = f"{decimal(apart.log_likelihood)} against {decimal(apart.log_likelihood_full)}"
        rows.append(("log-likelihood", both, "mean over the tokens of the full answer"))
    if apart.agreement is not None:
        rows.append(("agreement", share(apart.agreement), "of the full answer's tokens chosen too"))
        first = f"{apart.same_first_tokens} of {found.full.answer_tokens}"
        rows.append(("same start", first, "tokens that both answers begin with"))
    rows.append(("content kept", share(found.explained), f"in the space of {found.vlm.feature_space}"))
    gloss = "how far the compressed model is from the full one"
    table = FittedTable(
        ("", "", ""), [((name, QUIET), value, (meaning, QUIET)) for name, value, meaning in rows], spare=(2,)
    )
    return Section("Distance", gloss, (table,))


def _sweep(sweep: Sweep) -> Section:
    rows = [
        (
            count(one.tokens),
            (one.method, STRONG),
            Bar(one.explained, loss_style(one.explained)),
            share(one.explained),
            f"{one.logit_kl:.4g}",
            f"{one.answer_kl:.4g}",
            "-" if one.agreement is None else share(one.agreement),
        )
        for one in sweep.points
    ]
    headers = ("tokens>", "method", "", "content kept>", "next KL>", "mean KL>", "agreement>")
    space = f"content in the space of {sweep.feature_space}; nothing dropped in layers"
    body = (FittedTable(headers, rows), words((space, QUIET)), words((sweep.verdict, STRONG)))
    return Section("Sweep", "does content kept predict answer agreement?", body)
