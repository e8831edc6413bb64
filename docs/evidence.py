"""Write the tables and plots of the page on evidence: `python docs/evidence.py`.

They are made of tokcomp_cli/evidence/shipped/scenes.json and clips.json, which `tokcomp eval task --json`
printed. Tables stand in docs/evidence.md between `<!-- evidence: NAME -->` and `<!-- end -->`; plots are
docs/evidence-*.svg.
"""

import re
from collections.abc import Callable
from pathlib import Path

from tokcomp_cli.core.results.evidence import Evidence
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.evidence.card import shipped_evidence

PAGE = Path(__file__).parent / "evidence.md"
PART = re.compile(r"(<!-- evidence: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 300, 56, 40
COLOURS = {"saliency-ward": "#0072B2", "ward": "#56B4E9", "scope": "#009E73", "flashvid-adts": "#D55E00"}
OTHERS = "#999999"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n" + "".join("| " + " | ".join(line) + " |\n" for line in lines) + "\n"


def told(one: Interval, digits: int) -> str:
    """Return a mean with its interval."""
    if one.mean != one.mean:
        return "not measured"
    return f"{one.mean:.{digits}f} [{one.low:.{digits}f}, {one.high:.{digits}f}]"


def answers(found: Evidence) -> str:
    """Return what is answered from all tokens and from the question alone, by kind."""
    rows = [
        (kind, f"{share:.1%}", f"{found.question_only[kind]:.1%}") for kind, share in found.all_tokens.items()
    ]
    return table(("kind of question", "all tokens", "another picture's tokens"), rows)


def methods(found: Evidence) -> str:
    """Return the answers that each method keeps at each budget."""
    budgets = sorted({one.budget for one in found.methods})
    at = {(one.method, one.budget): one for one in found.methods}
    names = sorted({one.method for one in found.methods}, key=lambda name: -at[name, budgets[0]].kept.mean)
    rows = [
        (
            name,
            *(told(at[name, budget].kept, 3) for budget in budgets),
            *(f"{at[name, budget].reading.mean:.2f}" for budget in budgets),
            *(f"{at[name, budget].figures['explained evenly']:.2f}" for budget in budgets),
        )
        for name in names
    ]
    head = [f"answers kept at {budget}" for budget in budgets]
    head += [f"reading at {budget}" for budget in budgets] + [
        f"`explained_evenly` at {budget}" for budget in budgets
    ]
    return table(("method", *head), rows)


def clip_methods(found: Evidence) -> str:
    """Return the answers that each method keeps of clips, and of questions about time."""
    budgets = sorted({one.budget for one in found.methods})
    at = {(one.method, one.budget): one for one in found.methods}
    names = sorted({one.method for one in found.methods}, key=lambda name: -at[name, budgets[-1]].kept.mean)
    rows = [
        (
            name,
            *(told(at[name, budget].kept, 3) for budget in budgets),
            *(f"{at[name, budget].time.mean:.2f}" for budget in budgets),
            *(f"{at[name, budget].figures['explained']:.2f}" for budget in budgets),
        )
        for name in names
    ]
    head = [
        f"{what} at {budget}" for what in ("answers kept", "about time", "`explained`") for budget in budgets
    ]
    return table(("method", *head), rows)


def clip_figures(found: Evidence) -> str:
    """Return what each figure predicts over methods on clips."""
    budgets = sorted({one.budget for one in found.methods})
    rows = [
        (one.figure, *(told(one.between_methods[budget], 2) for budget in budgets), told(one.pooled, 2))
        for one in sorted(found.figures, key=lambda one: -one.pooled.mean)
    ]
    head = [f"over methods at {budget}" for budget in budgets]
    return table(("figure", *head, "over methods and budgets"), rows)


def clip_targets(found: Evidence) -> str:
    """Return what the tool's default keeps at rising budgets."""
    rows = [
        (
            f"{one.budget:,}",
            f"{one.figures['explained']:.3f}",
            told(one.accuracy, 3),
            told(one.kept, 3),
            told(one.time, 3),
        )
        for one in found.curve
    ]
    return table(("tokens a clip", "`explained`", "right answers", "answers kept", "about time"), rows)


def figures(found: Evidence) -> str:
    """Return what each figure predicts."""
    budgets = sorted({one.budget for one in found.methods})
    rows = [
        (
            one.figure,
            *(told(one.between_methods[budget], 2) for budget in budgets),
            told(one.pooled, 2),
            told(one.between_files, 2),
        )
        for one in sorted(found.figures, key=lambda one: -one.pooled.mean)
    ]
    head = [f"over methods at {budget}" for budget in budgets]
    return table(("figure", *head, "over methods and budgets", "between files (AUC)"), rows)


def within(found: Evidence) -> str:
    """Return what figures of a thing predict inside a picture."""
    rows = [(name, told(one, 2)) for name, one in found.within_file.items()]
    return table(("figure of the patches that a thing covers", "AUC"), rows)


def kinds(found: Evidence) -> str:
    """Return the answers that methods keep at the smallest budget, by kind of question."""
    least = min(one.budget for one in found.methods)
    shown = [
        one
        for one in found.methods
        if one.budget == least and (one.method in COLOURS or one.method == "random")
    ]
    shown.sort(key=lambda one: -one.kept.mean)
    rows = [(kind, *(f"{one.by_kind[kind]:.2f}" for one in shown)) for kind in shown[0].by_kind]
    return table((f"kind, at {least} tokens", *(one.method for one in shown)), rows)


def answerers(found: Evidence) -> str:
    """Return what each answerer keeps, at the smallest and largest budget, to see how much they differ."""
    rows = [
        (f"{one.method}, {one.budget} tokens", *(f"{kept:.3f}" for kept in one.by_answerer))
        for one in sorted(found.methods, key=lambda one: (one.budget, -one.kept.mean))
        if one.method in COLOURS
    ]
    return table(("answers kept", *found.answerers), rows)


def targets(found: Evidence) -> str:
    """Return what each target comes to."""
    rows = [
        (
            f"{one.target:g}",
            f"{one.tokens:.1f}",
            f"{one.own.mean:.1%}",
            f"{one.even.mean:.1%}",
            f"{one.bands.mean:.1%}" if one.bands else "not measured",
            f"{100 * one.gain.mean:+.2f} [{100 * one.gain.low:+.2f}, {100 * one.gain.high:+.2f}]",
        )
        for one in found.targets
    ]
    rows.append(("all tokens", "196", *[f"{found.all_tokens['all']:.1%}"] * 3, ""))
    head = ("target", "tokens a picture", "right answers", "the same total, evenly", "by the note's bands")
    return table((*head, "own minus even, points"), rows)


def curves(found: Evidence) -> str:
    """Return a plot of answers kept against tokens, a line a method."""
    budgets = sorted({one.budget for one in found.methods})
    low = min(one.kept.mean for one in found.methods) - 0.02

    def x(budget: int) -> float:
        return LEFT + (WIDTH - LEFT - 130) * budgets.index(budget) / max(1, len(budgets) - 1)

    def y(value: float) -> float:
        return 12 + (HEIGHT - BOTTOM - 12) * (1 - (value - low) / (1 - low))

    parts, taken = [], []
    for name in sorted({one.method for one in found.methods}):
        line = sorted((one for one in found.methods if one.method == name), key=lambda one: one.budget)
        points = " ".join(f"{x(one.budget):.1f},{y(one.kept.mean):.1f}" for one in line)
        colour, width = COLOURS.get(name, OTHERS), 2.5 if name in COLOURS else 1
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>')
        taken.append((y(line[-1].kept.mean), name, colour))
    at = 0.0
    for wanted, name, colour in sorted(taken):
        at = max(wanted + 4, at + 12)
        parts.append(f'<text x="{x(budgets[-1]) + 8:.1f}" y="{at:.1f}" fill="{colour}">{name}</text>')
    parts += [
        f'<text x="{x(budget):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{budget} tokens</text>'
        for budget in budgets
    ]
    return _svg(parts, y, low, "Answers kept of those right from all 196 tokens, held-out pictures")


def agreement(found: Evidence) -> str:
    """Return a plot of answers kept against two figures, a dot a method and budget."""
    names = ("explained evenly", "explained")
    least, low = 0.0, min(one.kept.mean for one in found.methods) - 0.02
    side = (WIDTH - LEFT - 30) / 2

    def y(value: float) -> float:
        return 24 + (HEIGHT - BOTTOM - 24) * (1 - (value - low) / (1 - low))

    parts = []
    for number, name in enumerate(names):
        left = LEFT + number * (side + 20)
        pooled = next(one.pooled for one in found.figures if one.figure == name)
        label = f"{name}: Spearman {told(pooled, 2)}"
        parts.append(f'<text x="{left + side / 2:.1f}" y="14" text-anchor="middle">{label}</text>')
        for one in found.methods:
            x = left + side * max(least, one.figures[name])
            colour = COLOURS.get(one.method, OTHERS)
            words = f"<title>{one.method}, {one.budget} tokens</title>"
            at = f'cx="{x:.1f}" cy="{y(one.kept.mean):.1f}"'
            parts.append(f'<circle {at} r="4" fill="{colour}">{words}</circle>')
        parts += [
            f'<text x="{left + side * tick:.1f}" y="{HEIGHT - 18}" text-anchor="middle">{tick:g}</text>'
            for tick in (0, 0.5, 1)
        ]
    return _svg(
        parts, y, low, "Answers kept against two figures, a dot a method and budget; below 0 shown at 0"
    )


def _svg(parts: list[str], y: Callable[[float], float], low: float, title: str) -> str:
    ticks = [round(low + (1 - low) * step / 4, 2) for step in range(5)]
    grid = "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - 120}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#dddddd"/>'
        f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>'
        for tick in ticks
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="11" role="img" aria-label="{title}"><title>{title}</title>'
        f'<rect width="100%" height="100%" fill="white"/>{grid}{"".join(parts)}</svg>\n'
    )


def main() -> None:
    """Write the page's parts and the plots."""
    found = shipped_evidence()
    parts = {
        "answers": answers,
        "methods": methods,
        "kinds": kinds,
        "answerers": answerers,
        "figures": figures,
        "within": within,
        "targets": targets,
    }
    of_clips, crowded = shipped_evidence("clips"), shipped_evidence("crowded")
    made = {name: make(found) for name, make in parts.items()} | {
        "crowded_answers": answers(crowded),
        "crowded_methods": methods(crowded),
        "crowded_answerers": answerers(crowded),
        "clip_answers": answers(of_clips),
        "clip_methods": clip_methods(of_clips),
        "clip_figures": clip_figures(of_clips),
        "clip_targets": clip_targets(of_clips),
    }
    page = PAGE.read_text(encoding="utf-8")
    page = PART.sub(lambda part: f"{part[1]}{made[part[2]]}{part[3]}", page)
    PAGE.write_text(page, encoding="utf-8")
    (PAGE.parent / "evidence-methods.svg").write_text(curves(found), encoding="utf-8")
    (PAGE.parent / "evidence-figures.svg").write_text(agreement(found), encoding="utf-8")


if __name__ == "__main__":
    main()
