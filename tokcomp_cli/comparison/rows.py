"""The rows of the methods that start from one pool of tokens."""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tokcomp_cli.comparison.inputs import ComparisonInput
from tokcomp_cli.comparison.run_method import Outcome
from tokcomp_cli.core.results.analysis import Fidelity
from tokcomp_cli.core.results.comparison import ComparedMethod, Pool
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.errors import TokcompError
from tokcomp_cli.measure.fidelity import measure
from tokcomp_cli.measure.interpolate import between, mean_of
from tokcomp_cli.plan.flags import with_flags
from tokcomp_cli.reduce.merged_frame import part_at

CONTROLS = ("random", "uniform", "pool", "downsample")


class PoolRows:
    """Measures what methods made of one pool of tokens, against random selections from it.

    Attributes:
        rows: So far; the first is that of random selection.
        left_out: A sentence for each method that could not run.
    """

    def __init__(self, given: ComparisonInput, pool: Pool, stage: str, draws: Sequence[Outcome]) -> None:
        """Start with the row of random selection.

        Args:
            given: The input.
            pool: What the methods start from.
            stage: Of the random selections.
            draws: At least two random selections; the time is that of the first.
        """
        self._given, self._pool = given, pool
        drawn = [self._measured(draw) for draw in draws]
        mean = mean_of(drawn)
        self._chance, self._spread = mean.explained, statistics.stdev(one.explained for one in drawn)
        self.rows = [self._row("random", stage, mean, draws[0], f"mean of {len(draws)} seeded draws")]
        self.left_out: list[str] = []

    def add(self, name: str, stage: str, outcome: Outcome, *notes: str) -> None:
        """Add the row of a method."""
        self.rows.append(self._row(name, stage, self._measured(outcome), outcome, *notes))

    def add_between(self, name: str, stage: str, below: Outcome, above: Outcome, *notes: str) -> None:
        """Add the row of a method that lands on grids alone, interpolated at the count."""
        total, counts = self._given.total, (below.tokens, above.tokens)
        if below.tokens == total:
            return self.add(name, stage, below, *notes)
        fidelity = between(self._measured(below), self._measured(above), counts, total)
        note = f"interpolated between its grids of {counts[0]} and {counts[1]} tokens"
        row = self._row(name, stage, fidelity, below, note, *notes)
        self.rows.append(replace(row, tokens_out=total, between=counts))
        return None

    @contextmanager
    def or_left_out(self, name: str) -> Iterator[None]:
        """Turn an error of a method into a sentence of `left_out`."""
        try:
            yield
        except TokcompError as error:
            self.left_out.append(f"left out {name}: {with_flags(str(error))}")

    def _measured(self, outcome: Outcome) -> Fidelity:
        return measure(outcome.groups, self._given.original, per_frame=False)

    def _row(
        self, name: str, stage: str, fidelity: Fidelity, outcome: Outcome, *notes: str
    ) -> ComparedMethod:
        return ComparedMethod(
            method=name,
            stage=stage,
            control=name in CONTROLS,
            tokens_out=outcome.tokens,
            fidelity=replace(fidelity, lift=fidelity.explained - self._chance),
            lift_spread=self._spread,
            ms=outcome.ms,
            notes=notes,
            pool=self._pool,
            map=self._map(outcome) if self._given.plan.maps else None,
        )

    def _map(self, outcome: Outcome) -> KeepMap:
        """Return the keep-map of the middle one of the sampled frames."""
        ordinal = self._given.mapped
        group = next(group for group in outcome.groups if group.first <= ordinal <= group.last)
        owner = group.parts[part_at(group, ordinal)].owner_of(ordinal)
        return KeepMap(self._given.facts.grid, tuple(owner.tolist()))
