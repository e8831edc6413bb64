"""Several comparisons together: means, spread, and paired bootstrap intervals over files."""

import statistics
from collections.abc import Sequence

from tokcomp_cli.comparison.verdict import HARDLY, overall
from tokcomp_cli.core.bootstrap import bootstrap
from tokcomp_cli.core.results.comparison import (
    ComparedMethod,
    Comparison,
    ComparisonSummary,
    MethodSummary,
)
from tokcomp_cli.core.shares import points, share


def summarise(comparisons: Sequence[Comparison], *, seed: int) -> ComparisonSummary:
    """Return what several comparisons come to, the highest mean first; methods that ran everywhere lead.

    Args:
        comparisons: At least one.
        seed: Of the resamples.
    """
    by_file = [{row.label: row for row in found.methods} for found in comparisons]
    labels = list(dict.fromkeys(label for rows in by_file for label in rows))
    explained = {label: _explained(by_file, label) for label in labels}
    labels.sort(
        key=lambda one: (len(explained[one]) < len(by_file), -statistics.fmean(explained[one].values()))
    )
    pools = {label: next(rows[label].pool for rows in by_file if label in rows) for label in labels}
    best = {pool: next(one for one in labels if pools[one] == pool) for pool in dict.fromkeys(pools.values())}
    methods = tuple(_summary(by_file, label, explained[best[pools[label]]], seed=seed) for label in labels)
    verdicts = {pool: _verdict([row for row in methods if row.pool == pool]) for pool in best}
    return ComparisonSummary(len(by_file), methods, overall(verdicts))


def _explained(by_file: Sequence[dict[str, ComparedMethod]], label: str) -> dict[int, float]:
    """Return `explained` of a method on each file, by the file's number."""
    return {number: rows[label].fidelity.explained for number, rows in enumerate(by_file) if label in rows}


def _summary(
    by_file: Sequence[dict[str, ComparedMethod]], label: str, best: dict[int, float], *, seed: int
) -> MethodSummary:
    rows, own = [rows[label] for rows in by_file if label in rows], _explained(by_file, label)
    behind = [best[number] - value for number, value in own.items() if number in best] or [0.0]
    return MethodSummary(
        label=label,
        method=rows[0].method,
        stage=rows[0].stage,
        control=rows[0].control,
        pool=rows[0].pool,
        files=len(rows),
        explained=statistics.fmean(own.values()),
        spread=statistics.stdev(own.values()) if len(own) > 1 else 0.0,
        lift=bootstrap([row.lift for row in rows], seed=seed),
        behind=bootstrap(behind, seed=seed),
        ms=statistics.fmean(row.ms for row in rows),
    )


def _verdict(methods: Sequence[MethodSummary]) -> str:
    """Return what the files say of the methods of one pool, the best first."""
    best, rival = methods[0], next((row for row in methods if row.control), None)
    over = f"over {best.files} file{'s' * (best.files != 1)}"
    if best.control or rival is None:
        return f"No method beats the control {best.label} on average {over}: take that, it is simpler."
    ahead = rival.behind
    text = (
        f"{best.label} keeps most, {share(best.explained)} on average {over}, {points(ahead.mean)} points "
        f"over the best control, {rival.label} (95% interval {points(ahead.low)} to {points(ahead.high)})"
    )
    if ahead.low <= 0:
        return f"{text}: these files do not settle which of the two is better."
    return f"{text}: " + ("hardly a difference." if ahead.mean < HARDLY else "a clear win.")
