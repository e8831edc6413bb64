"""Measures what methods made of one case, against chance."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tokcomp_cli.comparison.inputs import ComparisonInput, shares
from tokcomp_cli.comparison.run_method import Outcome, around, chained, one_shot, over_time, within_frames
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.needs import check_needs
from tokcomp_cli.core.results.analysis import Fidelity
from tokcomp_cli.core.results.comparison import ComparedMethod
from tokcomp_cli.errors import PlanError
from tokcomp_cli.measure.fidelity import measure
from tokcomp_cli.measure.interpolate import between
from tokcomp_cli.plan.flags import with_flags

CONTROLS = ("random", "uniform", "pool")


class RowBuilder:
    """Measures what methods made of one case, against chance."""

    def __init__(self, case: ComparisonInput, chance: float, spread: float) -> None:
        """Keep what every row is measured against.

        Args:
            case: The input.
            chance: Mean `explained` of the random selections.
            spread: Its standard deviation.
        """
        self._case, self._chance, self._spread = case, chance, spread

    def row(
        self,
        name: str,
        stage: str,
        fidelity: Fidelity,
        tokens: int,
        ms: float,
        *,
        between: tuple[int, int] | None = None,
        notes: tuple[str, ...] = (),
    ) -> ComparedMethod:
        """Return a method's row, its lift filled in."""
        fidelity = replace(fidelity, lift=fidelity.explained - self._chance)
        control = name in {*CONTROLS, "downsample"}
        return ComparedMethod(name, stage, control, tokens, fidelity, self._spread, ms, between, notes)

    def measured(self, name: str, stage: str, outcome: Outcome, *notes: str) -> ComparedMethod:
        """Return the row of merged frames."""
        fidelity = measure(outcome.groups, self._case.original, per_frame=False)
        return self.row(name, stage, fidelity, outcome.tokens, outcome.ms, notes=notes)

    def spatial(self, method: Method) -> ComparedMethod:
        """Return the row of a spatial method.

        Raises:
            PlanError: The tokens lack what it needs.
        """
        check_needs(method, self._case.grids[0])
        if not method.any_count:
            return self.bracketed(method.name, around(self._case, method))
        return self.measured(
            method.name, "spatial", within_frames(self._case, method, seed=self._case.plan.seed)
        )

    def bracketed(self, name: str, outcomes: tuple[Outcome, Outcome], *notes: str) -> ComparedMethod:
        """Return the row of a method that lands on grids alone, interpolated at the count."""
        below, above = outcomes
        if below.tokens == self._case.total:
            return self.measured(name, "spatial", below, *notes)
        ends = [measure(outcome.groups, self._case.original, per_frame=False) for outcome in outcomes]
        counts = below.tokens, above.tokens
        note = f"interpolated between its grids of {counts[0]} and {counts[1]} tokens"
        return self.row(
            name,
            "spatial",
            between(ends[0], ends[1], counts, self._case.total),
            self._case.total,
            below.ms,
            between=counts,
            notes=(note, *notes),
        )

    def over_time(self, methods: Sequence[Method], notes: list[str]) -> Iterator[ComparedMethod]:
        """Yield the rows of temporal methods over the whole video."""
        for method in methods:
            try:
                yield self.measured(method.name, "temporal", over_time(self._case, method))
            except PlanError as error:
                notes.append(f"left out {method.name}: {with_flags(str(error))}")

    def chains(self, notes: list[str]) -> Iterator[ComparedMethod]:
        """Yield progressive reduction, stage after stage, and all of it in the spatial stage."""
        case = self._case
        still = case.frames == 1
        temporals = (
            (case.settings.temporal,) if still else (case.settings.temporal, "adjacent", "uniform", "none")
        )
        for temporal, reduce in (
            *((one, "ward") for one in dict.fromkeys(temporals)),
            (temporals[0], "steps"),
        ):
            stages = ("ward", *(() if still else (temporal,)), "cut" if reduce == "ward" else reduce)
            yield self.measured(" + ".join(stages), "progressive", chained(case, temporal, reduce=reduce))
        if still or len(case.groups) == case.frames:
            return
        if case.total < case.frames:
            notes.append(
                f"left out one-shot reduction: {case.total} tokens are too few for {case.frames} frames"
            )
            return
        yield self.measured("ward", "one-shot", one_shot(case, shares(case.total, case.frames)))
