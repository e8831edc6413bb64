"""The verdict on the budget of many files, as text."""

from collections.abc import Sequence

from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.folder import FixedBudget, FolderBudget
from tokcomp_cli.core.rounding import plural
from tokcomp_cli.core.shares import share, target

NAMED = 5
WORTH = 0.1
INEXACT = (
    "these settings give no dendrogram from which every budget can be read, so neither the mean over files "
    "nor a common cut is known; with --spatial ward, --allocate cut and --reduce ward they are"
)
NOT_LOOKED = (
    "text and what the resize leaves were not looked at, which costs more than encoding: add --ocr, or name "
    "one file"
)


def folder_verdict(found: FolderBudget, *, asked: bool) -> str:
    """Return a few sentences: the fixed budget, how sure it is, what adapting saves, and outliers.

    Args:
        found: All but the verdict.
        asked: Whether the user gave the total.
    """
    files, wanted = len(found.needs), target(found.target)
    unit = "picture" if all(need.merged_frames == 1 for need in found.needs) else "merged frame"
    sentences = []
    if found.fixed is not None:
        fixed = found.fixed
        sentences.append(
            f"{plural(fixed.tokens, 'token')} a {unit} keep {share(fixed.explained)} of the content on "
            f"average (95% interval {fixed.low} to {fixed.high}); {fixed.reached} of {files} files reach "
            f"{wanted}."
        )
    elif INEXACT not in found.notes:
        sentences.append(f"No fixed budget keeps {wanted} of the content on average.")
    if found.most is not None and (found.fixed is None or found.most.tokens > found.fixed.tokens):
        sentences.append(_for_most(found, found.most, unit))
    if found.adaptive is not None:
        sentences.append(_adaptive(found, asked=asked))
    named = {
        "Far above the rest": [need.path for need in found.needs if need.outlier == "above"],
        "Out of reach with these settings": [need.path for need in found.needs if need.needed is None],
        "Cannot be judged at this resolution (use --detail)": [
            need.path for need in found.needs if need.bound
        ],
    }
    for what, paths in named.items():
        sentences += _listed(what, paths)
    return " ".join(sentences) or f"What each of the {files} files needs is listed."


def _listed(what: str, paths: Sequence[str]) -> list[str]:
    """Return a sentence that names files, or nothing without files."""
    if not paths:
        return []
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return [f"{what}: {', '.join(map(printable, paths[:NAMED]))}{more}."]


def _for_most(found: FolderBudget, most: FixedBudget, unit: str) -> str:
    """Return what nine files in ten need, and what all need with a budget each."""
    text = f"For nine files in ten it takes {most.tokens} a {unit}, {most.total:,} in all"
    if found.needed >= most.total:
        return f"{text}."
    saved = share(1 - found.needed / most.total)
    return f"{text}; giving each file just what it needs takes {found.needed:,}, {saved} fewer."


def _adaptive(found: FolderBudget, *, asked: bool) -> str:
    adaptive = found.adaptive
    if adaptive is None:
        return ""
    if asked or adaptive.saving is None:
        return (
            f"{adaptive.total:,} tokens spread by one common cut keep {share(adaptive.explained)} on "
            f"average; {adaptive.reached} of {len(found.needs)} files reach {target(found.target)}."
        )
    end = ", so a fixed budget will do" if adaptive.saving < WORTH else ""
    return (
        "Adapting the budget to each file by one common cut keeps as much on average with "
        f"{share(adaptive.saving)} fewer tokens{end}."
    )
