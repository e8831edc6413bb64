"""The page of `ask`: both answers, tokens and times side by side, and how far they are apart."""

from tokcomp_cli.core.results.ask import Answered, Side, Sweep, VlmFacts
from tokcomp_cli.core.rounding import readable_bytes
from tokcomp_cli.render import words
from tokcomp_cli.render.bars import BAR, PLAIN, QUIET, STRONG, Bar, Cell, Grid, Line, column
from tokcomp_cli.render.section import Page, Section

ALL, FEWER = "all", "fewer"
MILLIONS = 10_000_000
PHASES = ("prepare", "encode", "reduce", "prefill")


def answer_page(found: Answered) -> Page:
    """Return the page of one question about one input."""
    facts = [
        ("media", words.media_words(found.media)),
        ("question", found.question),
        ("model", model_words(found.vlm)),
        ("fewer by", how_words(found)),
    ]
    lines = tuple(((label, QUIET), (text, PLAIN)) for label, text in facts)
    head = Section("tokcomp ask", "", (((found.media.path, STRONG),), Grid(("", ""), lines)), framed=True)
    page: list[tuple[Section, ...]] = [(head,), (_answers(found),), (_tokens(found),), (_distance(found),)]
    if found.sweep is not None:
        page.append((_sweep(found.sweep),))
    if found.notes:
        page.append((Section("Notes", "", tuple(((note, PLAIN),) for note in found.notes)),))
    ending = (((found.verdict, STRONG),), ((found.time_sentence, PLAIN),))
    return (*page, (Section("Verdict", "", ending, framed=True),))


def model_words(vlm: VlmFacts) -> str:
    """Return the model in a line."""
    millions = f"{vlm.parameters / 1e6:,.0f} million"
    size = millions if vlm.parameters >= MILLIONS else words.count(vlm.parameters)
    return (
        f"{vlm.name}: {vlm.family}, {size} weights, {words.plural(vlm.layers, 'layer')}, "
        f"{vlm.dtype} on {vlm.device}"
    )


def how_words(found: Answered) -> str:
    """Return how tokens were made fewer."""
    plan = found.plan
    return f"{plan['method']} to {words.count(found.compressed.visual_tokens)}, layers {plan['layer_keep']}"


def _answers(found: Answered) -> Section:
    sides = ((ALL, found.full), (FEWER, found.compressed))
    rows: list[tuple[Cell, ...]] = []
    for name, side in sides:
        lines = side.answer.splitlines() or ["(nothing)"]
        rows += [((name if not at else "", QUIET), (line, STRONG)) for at, line in enumerate(lines)]
    return Section("Answers", "", (Grid(("", ""), tuple(rows)),))


def _tokens(found: Answered) -> Section:
    most = max(found.full.visual_tokens, 1)
    sides = ((ALL, found.full), (FEWER, found.compressed))
    headers = (
        "",
        "pictures>",
        "tokens>",
        "",
        "last layer>",
        "mean>",
        *(f"{one}>" for one in PHASES),
        "each>",
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            (name, QUIET),
            (words.count(side.pictures), PLAIN),
            (words.count(side.visual_tokens), STRONG),
            Bar(side.visual_tokens / most),
            (words.count(side.visual_tokens_per_layer[-1]), PLAIN),
            (words.count(side.layer_mean), PLAIN),
            *((words.milliseconds(side.ms.get(phase, 0.0)), PLAIN) for phase in PHASES),
            (_each(side), PLAIN),
        )
        for name, side in sides
    )
    body: list[Line | Grid] = [Grid(headers, rows, spare=(3, 1, 5))]
    explained = "tokens = visual tokens at the LLM input; mean = over layers; each = a further token"
    body.append(((explained, QUIET),))
    body += [_layers(name, side, most) for name, side in sides]
    estimated = "; ".join(
        f"{name} {side.prefill_flops_estimated / 1e9:,.3g} GFLOP for the prompt, "
        f"{readable_bytes(side.kv_bytes_estimated)} of keys and values"
        for name, side in sides
    )
    body.append(((f"estimated from the config: {estimated}", QUIET),))
    rounds = found.plan.get("repeat")
    gloss = "times in ms" + ("" if rounds == 1 else f", medians of {rounds} rounds")
    return Section("Tokens and time", gloss, tuple(body))


def _each(side: Side) -> str:
    return words.milliseconds(side.ms["decode"] / side.decode_steps) if side.decode_steps else "-"


def _layers(name: str, side: Side, most: int) -> Line:
    """Return one column a layer."""
    columns = "".join(column(tokens, low=0, high=most, rows=1) for tokens in side.visual_tokens_per_layer)
    return ((f"{name:<6}", QUIET), (columns, BAR), ("  one column a layer" if name == ALL else "", QUIET))


def _distance(found: Answered) -> Section:
    apart = found.divergence
    rows: list[tuple[Cell, ...]] = [
        (("next-token KL", QUIET), (f"{apart.logit_kl:.4g}", PLAIN), ("nats; 0 is alike", QUIET)),
        (("mean KL", QUIET), (f"{apart.answer_kl:.4g}", PLAIN), ("nats, along the full answer", QUIET)),
    ]
    if apart.log_likelihood is not None and apart.log_likelihood_full is not None:
        told = f"{apart.log_likelihood:.3f} against {apart.log_likelihood_full:.3f}"
        rows.append((("likelihood", QUIET), (told, PLAIN), ("log, a token of the full answer", QUIET)))
    if apart.agreement is not None:
        rows.append(
            (
                ("agreement", QUIET),
                (words.share(apart.agreement), PLAIN),
                ("share of the full answer's tokens it would choose too", QUIET),
            )
        )
        first = f"{apart.same_first_tokens} of {found.full.answer_tokens}"
        rows.append((("same start", QUIET), (first, PLAIN), ("tokens that both answers begin with", QUIET)))
    rows.append(
        (
            ("explained", QUIET),
            (words.share(found.explained), PLAIN),
            (f"of the content of {found.vlm.feature_space}", QUIET),
        )
    )
    gloss = "how far the compressed model is from the full one"
    return Section("Distance", gloss, (Grid(("", "", ""), tuple(rows)),))


def _sweep(sweep: Sweep) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            (words.count(one.tokens), PLAIN),
            (one.method, STRONG),
            Bar(one.explained),
            (words.share(one.explained), PLAIN),
            (f"{one.logit_kl:.4g}", PLAIN),
            (f"{one.answer_kl:.4g}", PLAIN),
            ("-" if one.agreement is None else words.share(one.agreement), PLAIN),
        )
        for one in sweep.points
    )
    headers = ("tokens>", "method", "", "explained>", "next KL>", "mean KL>", "agreement>")
    space: Line = ((f"explained in the space of {sweep.feature_space}; nothing dropped in layers", QUIET),)
    gloss = "does explained foretell the answer?"
    return Section("Sweep", gloss, (Grid(headers, rows, spare=(2,)), space, ((sweep.verdict, STRONG),)))
