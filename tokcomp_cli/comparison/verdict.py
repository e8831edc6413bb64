"""What a comparison comes to: a sentence, and a line to cite it by."""

import hashlib
from collections.abc import Sequence

from tokcomp_cli import __version__
from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.comparison.plugin import Guarded
from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.results.comparison import ComparedMethod
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.core.shares import points, share
from tokcomp_cli.render.schema.document import SCHEMA_VERSION

MATTERS, HARDLY = 0.05, 0.01


def winner(rows: Sequence[ComparedMethod], tokens: int, *, blank: bool) -> str:
    """Return a sentence on what won and whether it matters.

    Args:
        rows: The highest `explained` first, a control among them.
        tokens: Tokens of every method.
        blank: Whether the input holds hardly more than a blank picture does.
    """
    if blank:
        return "Nearly blank: there is hardly any content to lose, so no method matters here."
    best = rows[0]
    control = next(row for row in rows if row.control)
    ahead = best.fidelity.explained - control.fidelity.explained
    kept = f"{share(best.fidelity.explained)} of the content with {plural(tokens, 'token')}"
    if best.control:
        return f"No method beats the control {best.method}, which keeps {kept}: take that, it is simpler."
    if ahead < HARDLY:
        weight = "hardly a difference, so the control would do"
    elif ahead < MATTERS:
        weight = "a small gain"
    else:
        weight = "a clear win"
    return (
        f"{named(best)} wins and keeps {kept}, {points(ahead)} points over the best control "
        f"({control.method}) and {points(best.lift)} over random selection: {weight}."
    )


def named(row: ComparedMethod) -> str:
    """Return a method with the stage that tells it from others of its name."""
    return row.method if row.stage in {"spatial", "progressive"} else f"{row.method} ({row.stage})"


def signature(case: ComparisonInput, chosen: Sequence[Method] | None) -> str:
    """Return one line that says under which settings the figures were made.

    Reference: in the manner of sacreBLEU (Post 2018, arXiv 1804.08771).

    Args:
        case: What was compared on.
        chosen: Methods that were asked for, or None for all.
    """
    facts, plan, merging = case.facts, case.plan, case.settings
    weights = facts.weights_sha256[:12] if facts.weights_sha256 else "none"
    merge = f"{merging.temporal}>{merging.threshold:g}({merging.similarity})"
    if merging.temporal == "none":
        merge = "none"
    elif merging.temporal == "uniform":
        merge = f"uniform/{plan.temporal.every}"
    parts = {
        "tokcomp": __version__,
        "schema": f"compare.{SCHEMA_VERSION}",
        "encoder": facts.name,
        "weights": weights,
        "layer": facts.layer.replace(" ", "-"),
        "grid": f"{facts.grid[0]}x{facts.grid[1]}",
        "fit": facts.fit,
        "dtype": facts.dtype,
        "floor": f"{facts.floor:g}",
        "frames": str(case.frames),
        "merge": merge,
        "budget": str(merging.budget),
        "tokens": str(case.total),
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
