"""What a comparison comes to: a sentence, and a line to cite it by."""

import hashlib
from collections.abc import Mapping, Sequence

from tokcomp_cli import __version__
from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.comparison.plugin import Guarded
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.comparison import WHERE, ComparedMethod, Pool
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.core.shares import points, share
from tokcomp_cli.render.schema.compare import VERSION

MATTERS, HARDLY = 0.05, 0.01


def winners(rows: Sequence[ComparedMethod], tokens: int, *, blank: bool) -> dict[Pool, str]:
    """Return for each pool a sentence on what won and whether it matters, the best method's pool first.

    Args:
        rows: The highest `explained` first, a control of each pool among them.
        tokens: Tokens of every method.
        blank: Whether the input holds hardly more than a blank picture does.
    """
    if blank:
        nothing = "Nearly blank: there is hardly any content to lose, so no method matters here."
        return dict.fromkeys((row.pool for row in rows), nothing)
    pools = dict.fromkeys(row.pool for row in rows)
    return {pool: _winner([row for row in rows if row.pool == pool], tokens) for pool in pools}


def overall(verdicts: Mapping[Pool, str]) -> str:
    """Return the verdicts of all pools as one text."""
    if len(set(verdicts.values())) == 1:
        return next(iter(verdicts.values()))
    return " ".join(f"{WHERE[pool].capitalize()}: {text}" for pool, text in verdicts.items())


def _winner(rows: Sequence[ComparedMethod], tokens: int) -> str:
    """Return what won among the methods of one pool; arguments as in `winners`."""
    best = rows[0]
    control = next(row for row in rows if row.control)
    ahead = best.fidelity.explained - control.fidelity.explained
    kept = f"{share(best.fidelity.explained)} of the content with {plural(tokens, 'token')}"
    if best.control:
        return f"No method beats the control {best.label}, which keeps {kept}: take that, it is simpler."
    than = f"{points(ahead)} points over the best control, {control.label}"
    if control.method != "random":
        than += f", and {points(best.lift)} over random selection"
    if ahead < HARDLY:
        weight = "hardly a difference, so the control would do"
    elif ahead < MATTERS:
        weight = "a small gain"
    else:
        weight = "a clear win"
    return f"{best.label} wins and keeps {kept}, {than}: {weight}."


def signature(given: ComparisonInput, chosen: Sequence[Method] | None) -> str:
    """Return one line that says under which settings the figures were made.

    Reference: in the manner of sacreBLEU (Post 2018, arXiv 1804.08771).

    Args:
        given: What was compared on.
        chosen: Methods that were asked for, or None for all.
    """
    facts, plan, merging = given.facts, given.plan, given.settings
    weights = facts.weights_sha256[:12] if facts.weights_sha256 else "none"
    merge = f"{merging.temporal}>{merging.threshold:g}({merging.similarity})"
    if merging.temporal == "none":
        merge = "none"
    elif merging.temporal == "uniform":
        merge = f"uniform/{plan.temporal.every}"
    parts = {
        "tokcomp": __version__,
        "schema": f"compare.{VERSION}",
        "encoder": facts.name,
        "weights": weights,
        "layer": facts.layer.replace(" ", "-"),
        "grid": f"{facts.grid[0]}x{facts.grid[1]}",
        "fit": facts.fit,
        "dtype": facts.dtype,
        "floor": f"{facts.floor:g}",
        "frames": str(given.frames),
        "merge": merge,
        "merged": str(len(given.groups)),
        "budget": str(merging.budget),
        "tokens": str(given.total),
        "draws": "5",
        "seed": str(plan.seed),
        "methods": "all" if chosen is None else ",".join(sorted(map(_cited, chosen))),
    }
    if plan.query is not None:
        parts["query"] = hashlib.sha256(plan.query.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def _cited(method: Method) -> str:
    """Return a method's name; a plug-in's with the hash of its file."""
    if isinstance(method.compress, Guarded) and method.compress.sha256:
        return f"{method.name}@{method.compress.sha256[:12]}"
    return method.name
