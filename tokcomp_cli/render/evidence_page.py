"""The page of `eval task` and `eval card`."""

import math

from tokcomp_cli.core.results.evidence import Evidence
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import decimal
from tokcomp_cli.render.console.layout import Page, Section
from tokcomp_cli.render.console.table import FittedTable, facts


def evidence_page(found: Evidence) -> Page:
    """Return the page: what is answered, which methods keep answers, which figures predict it."""
    what = "clip" if found.task == "clips" else "picture"
    who = (
        f"{plural(found.pictures, what)}, {plural(found.questions, 'question')}, "
        f"{plural(len(found.answerers), 'answerer')}; [95% bootstrap interval over {what}s]"
    )
    within = facts(
        *((name, f"{_number(one.mean)} {_bounds(one, 2)}") for name, one in found.within_file.items())
    )
    page = [
        Section("Answers", who, (_answers(found),)),
        Section("Methods", "answers kept: of those right from all tokens", (_methods(found),)),
        Section(
            "Figures",
            "Spearman over methods with answers kept; between files: chance that the kept one is larger",
            (_figures(found),),
        ),
    ]
    if found.within_file:
        page.append(
            Section("Within a file", "chance that the thing still found has the larger one", (within,))
        )
    targets = f"each {what} at the fewest tokens that reach it, against the same total spread otherwise"
    return [*page, Section("Targets", targets, (_targets(found),))]


def _answers(found: Evidence) -> FittedTable:
    rows = [
        (name, _share(share), _share(found.question_only[name])) for name, share in found.all_tokens.items()
    ]
    return FittedTable(("question", "all tokens>", "question only>"), rows)


def _methods(found: Evidence) -> FittedTable:
    timed = not math.isnan(found.methods[0].time.mean)
    rows = [
        (
            count(one.budget),
            one.method,
            decimal(one.kept.mean, 3),
            _bounds(one.kept),
            _number(one.reading.mean, 3),
            *((_number(one.time.mean, 3),) if timed else ()),
            decimal(one.figures["explained"], 3),
        )
        for one in sorted(found.methods, key=lambda one: (one.budget, -one.kept.mean))
    ]
    return FittedTable(
        ("tokens>", "method", "answers kept>", "", "reading>", *(["time>"] * timed), "content kept>"), rows
    )


def _figures(found: Evidence) -> FittedTable:
    budgets = sorted({one.budget for one in found.methods})
    rows = [
        (
            one.figure,
            *(decimal(one.between_methods[budget].mean, 2) for budget in budgets),
            decimal(one.pooled.mean, 2),
            _bounds(one.pooled, 2),
            _number(one.between_files.mean),
            _bounds(one.between_files, 2),
        )
        for one in sorted(found.figures, key=lambda one: -one.pooled.mean)
    ]
    at = (f"at {budget}>" for budget in budgets)
    return FittedTable(("figure", *at, "all>", "", "between files>", ""), rows)


def _targets(found: Evidence) -> FittedTable:
    rows = [
        (
            decimal(one.target, 3),
            decimal(one.tokens, 1),
            _share(one.own.mean),
            _share(one.even.mean),
            _share(one.bands.mean) if one.bands else "not measured",
            f"{100 * one.gain.mean:+.1f} [{100 * one.gain.low:+.1f}, {100 * one.gain.high:+.1f}]",
        )
        for one in found.targets
    ]
    head = ("target>", "tokens>", "right>", "spread evenly>", "by bands>", "own minus even, points>")
    return FittedTable(head, rows)


def _share(value: float) -> str:
    return f"{value:.1%}"


def _number(value: float, digits: int = 2) -> str:
    return "not measured" if math.isnan(value) else decimal(value, digits)


def _bounds(one: Interval, digits: int = 3) -> str:
    if math.isnan(one.low):
        return ""
    return f"[{decimal(one.low, digits)}, {decimal(one.high, digits)}]"
