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
    kinds = [name for name in found.all_tokens if name != "all"]
    asked = FittedTable(
        ("question", "all tokens>", "question only>"),
        [
            (name, _share(found.all_tokens[name]), _share(found.question_only[name]))
            for name in ("all", *kinds)
        ],
    )
    methods = FittedTable(
        ("tokens>", "method", "answers kept>", "", "reading>", "content kept>"),
        [
            (
                count(one.budget),
                one.method,
                decimal(one.kept.mean, 3),
                _bounds(one.kept),
                _number(one.reading.mean, 3),
                decimal(one.figures["explained"], 3),
            )
            for one in sorted(found.methods, key=lambda one: (one.budget, -one.kept.mean))
        ],
    )
    budgets = sorted({one.budget for one in found.methods})
    figures = FittedTable(
        ("figure", *(f"at {budget}>" for budget in budgets), "all>", "", "between files>", ""),
        [
            (
                one.figure,
                *(decimal(one.between_methods[budget].mean, 2) for budget in budgets),
                decimal(one.pooled.mean, 2),
                _bounds(one.pooled, 2),
                _number(one.between_files.mean),
                _bounds(one.between_files, 2),
            )
            for one in sorted(found.figures, key=lambda one: -one.pooled.mean)
        ],
    )
    within = facts(
        *((name, f"{_number(one.mean)} {_bounds(one, 2)}") for name, one in found.within_file.items())
    )
    who = (
        f"{plural(found.pictures, 'picture')}, {plural(found.questions, 'question')}, "
        f"{plural(found.answerers, 'answerer')}; [95% bootstrap interval over pictures]"
    )
    return [
        Section("Answers", who, (asked,)),
        Section("Methods", "answers kept: of those right from all tokens", (methods,)),
        Section(
            "Figures",
            "Spearman over methods with answers kept; between files: chance that the kept one is larger",
            (figures,),
        ),
        Section("Within a file", "chance that the thing still found has the larger one", (within,)),
    ]


def _share(value: float) -> str:
    return f"{value:.1%}"


def _number(value: float, digits: int = 2) -> str:
    return "not measured" if math.isnan(value) else decimal(value, digits)


def _bounds(one: Interval, digits: int = 3) -> str:
    if math.isnan(one.low):
        return ""
    return f"[{decimal(one.low, digits)}, {decimal(one.high, digits)}]"
