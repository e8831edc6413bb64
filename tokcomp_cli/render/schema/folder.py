"""The `summary` in the JSON document of `budget` over several files."""

from tokcomp_cli.core.results.folder import FileNeed, FixedBudget, FolderBudget
from tokcomp_cli.render.schema.document import Document


def folder_document(found: FolderBudget) -> Document:
    """Return the `summary` of several files; `files` are in the order given."""
    return {
        "target": found.target,
        "fixed": _fixed(found.fixed),
        "fixed_nine_in_ten": _fixed(found.most),
        "adaptive": found.adaptive,
        "needed_tokens": found.needed,
        "files": [_need(need) for need in found.needs],
        "outliers": [need.path for need in found.needs if need.outlier],
        "notes": found.notes,
        "verdict": found.verdict,
    }


def _fixed(fixed: FixedBudget | None) -> Document | None:
    if fixed is None:
        return None
    return {
        "tokens_per_merged_frame": fixed.tokens,
        "interval": [fixed.low, fixed.high],
        "total": fixed.total,
        "explained": fixed.explained,
        "files_reached": fixed.reached,
    }


def _need(need: FileNeed) -> Document:
    return {
        "path": need.path,
        "original": need.original,
        "merged_frames": need.merged_frames,
        "needed": need.needed,
        "needed_per_merged_frame": need.each,
        "reachable": need.reachable,
        "explained_fixed": need.explained_fixed,
        "adaptive": need.adaptive,
        "explained_adaptive": need.explained_adaptive,
        "outlier": need.outlier,
        "resolution_bound": need.bound,
    }
