"""Several comparisons together: means, spread, and paired bootstrap intervals over files."""

import statistics
from collections.abc import Sequence

from tokcomp_cli.comparison.verdict import HARDLY
from tokcomp_cli.core.bootstrap import bootstrap
from tokcomp_cli.core.results.comparison import (
    ComparedMethod,
    Comparison,
    ComparisonSummary,
    MethodSummary,
)
from tokcomp_cli.core.shares import points, share

Key = tuple[str, str]


def summarise(comparisons: Sequence[Comparison], *, seed: int) -> ComparisonSummary:
    """Return what several comparisons come to, the highest mean first; methods that ran everywhere lead.

    Args:
        comparisons: At least one.
        seed: Of the resamples.
    """
    by_file = [{(row.method, row.stage): row for row in found.methods} for found in comparisons]
    keys = list(dict.fromkeys(key for rows in by_file for key in rows))
    means = {key: statistics.fmean(_explained(by_file, key).values()) for key in keys}
    everywhere = {key: len(_explained(by_file, key)) == len(by_file) for key in keys}
    keys.sort(key=lambda key: (not everywhere[key], -means[key]))
    methods = tuple(_summary(by_file, key, keys[0], seed=seed) for key in keys)
    return ComparisonSummary(len(by_file), methods, _verdict(methods, len(by_file)))


def _explained(by_file: Sequence[dict[Key, ComparedMethod]], key: Key) -> dict[int, float]:
    return {number: rows[key].fidelity.explained for number, rows in enumerate(by_file) if key in rows}


def _summary(
    by_file: Sequence[dict[Key, ComparedMethod]], key: Key, best: Key, *, seed: int
) -> MethodSummary:
    rows = [rows[key] for rows in by_file if key in rows]
    own, others = _explained(by_file, key), _explained(by_file, best)
    behind = [others[number] - value for number, value in own.items() if number in others] or [0.0]
    values = list(own.values())
    return MethodSummary(
        method=key[0],
        stage=key[1],
        control=rows[0].control,
        files=len(rows),
        explained=statistics.fmean(values),
        spread=statistics.stdev(values) if len(values) > 1 else 0.0,
        lift=bootstrap([row.lift for row in rows], seed=seed),
        behind=bootstrap(behind, seed=seed),
        ms=statistics.fmean(row.ms for row in rows),
    )


def _verdict(methods: Sequence[MethodSummary], files: int) -> str:
    best = methods[0]
    rival = next((row for row in methods if row.control), None)
    if best.control or rival is None:
        return f"Over {files} files no method beats the control {best.method}: take that, it is simpler."
    ahead = rival.behind
    text = (
        f"Over {files} files {best.method} keeps most, {share(best.explained)} on average, "
        f"{points(ahead.mean)} points over the best control ({rival.method}; 95% interval "
        f"{points(ahead.low)} to {points(ahead.high)})"
    )
    if ahead.low <= 0:
        return f"{text}: these files do not settle which of the two is better."
    return f"{text}: " + ("hardly a difference." if ahead.mean < HARDLY else "a clear win.")
