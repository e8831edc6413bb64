"""Compression methods, one file each, and the table of them.

    from tokcomp_cli import compress

    kept = compress.ward(x, num_keep=64, num_prefix_tokens=1)  # x (N, D) or (B, N, D), on any device
    kept.features, kept.sizes, kept.owner
    compress.unmerge(kept.features, kept.owner)

A method of one's own needs no more than the names here: `METHOD = Method(...)` whose function returns
`selected(tokens, keep)` or `merged(tokens, owner)`. Torch is imported when a method is first called.
"""

# ruff: noqa: N811 - each file ends in METHOD, and here a method has its own name, over its module's.
from dataclasses import replace

from tokcomp_cli.compress.adjacent import METHOD as adjacent
from tokcomp_cli.compress.base import Method, Variant
from tokcomp_cli.compress.cdpruner import METHOD as cdpruner
from tokcomp_cli.compress.dart import METHOD as dart
from tokcomp_cli.compress.divprune import METHOD as divprune
from tokcomp_cli.compress.dycoke import METHOD as dycoke
from tokcomp_cli.compress.evs import METHOD as evs
from tokcomp_cli.compress.fastvid import METHOD as fastvid
from tokcomp_cli.compress.flashvid_adts import METHOD as flashvid_adts
from tokcomp_cli.compress.frame_merge import METHOD as frame_merge
from tokcomp_cli.compress.framefusion import METHOD as framefusion
from tokcomp_cli.compress.holitom import METHOD as holitom
from tokcomp_cli.compress.learned import METHOD as learned
from tokcomp_cli.compress.merging import merged, unmerge
from tokcomp_cli.compress.no_merge import METHOD as no_merge
from tokcomp_cli.compress.none import METHOD as none
from tokcomp_cli.compress.pool import METHOD as pool
from tokcomp_cli.compress.prumerge import METHOD as prumerge
from tokcomp_cli.compress.prumerge_plus import METHOD as prumerge_plus
from tokcomp_cli.compress.prune import METHOD as prune
from tokcomp_cli.compress.random import METHOD as random
from tokcomp_cli.compress.saliency_ward import METHOD as saliency_ward
from tokcomp_cli.compress.scope import METHOD as scope
from tokcomp_cli.compress.selection import selected
from tokcomp_cli.compress.space_time import METHOD as space_time
from tokcomp_cli.compress.tome import METHOD as tome
from tokcomp_cli.compress.uniform import METHOD as uniform
from tokcomp_cli.compress.uniform_frames import METHOD as uniform_frames
from tokcomp_cli.compress.vidcom2 import METHOD as vidcom2
from tokcomp_cli.compress.visionzip import METHOD as visionzip
from tokcomp_cli.compress.vispruner import METHOD as vispruner
from tokcomp_cli.compress.ward import METHOD as ward
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.errors import PlanError, near

METHODS: tuple[Method, ...] = (
    saliency_ward,
    ward,
    tome,
    prumerge,
    prumerge_plus,
    visionzip,
    vispruner,
    divprune,
    scope,
    cdpruner,
    dart,
    flashvid_adts,
    prune,
    learned,
    pool,
    none,
    random,
    uniform,
    frame_merge,
    adjacent,
    no_merge,
    uniform_frames,
    space_time,
    evs,
    vidcom2,
    dycoke,
    framefusion,
    fastvid,
    holitom,
)

__all__ = [
    "METHODS",
    "Compressed",
    "Method",
    "TokenSet",
    "Variant",
    "cdpruner",
    "dart",
    "divprune",
    "dycoke",
    "evs",
    "fastvid",
    "find",
    "flashvid_adts",
    "framefusion",
    "holitom",
    "learned",
    "merged",
    "names",
    "none",
    "pool",
    "prumerge",
    "prumerge_plus",
    "prune",
    "random",
    "saliency_ward",
    "scope",
    "selected",
    "space_time",
    "tome",
    "uniform",
    "unmerge",
    "vary",
    "vidcom2",
    "visionzip",
    "vispruner",
    "ward",
]


def names(stage: str, *, whole_video: bool = False) -> tuple[str, ...]:
    """Return the names of a stage's methods in the order of the table.

    Args:
        stage: `spatial` or `temporal`.
        whole_video: Whether temporal methods that need all frames at once are among them.
    """
    return tuple(
        method.name
        for method in METHODS
        if method.stage == stage and (whole_video or method.compress_video is None)
    )


def find(stage: str, name: str, *, whole_video: bool = False) -> Method:
    """Return a method; `name:variant` gives one of its variants as a method of its own.

    A method with weights is `name:FILE`.

    Args:
        stage: `spatial` or `temporal`.
        name: As users write it.
        whole_video: Whether the caller can run temporal methods that need all frames at once.

    Raises:
        PlanError: The stage has none of that name, or the caller cannot run it.
    """
    base, colon, variant = name.partition(":")
    if colon and not variant:
        raise PlanError(f"{name!r} ends with a colon; write {base}, or what follows the colon")
    for method in METHODS:
        if method.stage != stage or method.name != base:
            continue
        if method.compress_video is not None and not whole_video:
            raise PlanError(
                f"temporal method {base!r} needs the tokens of all frames at once, which this command "
                f"does not hold; choose from {', '.join(names(stage))}"
            )
        return vary(method, variant) if variant or method.load else method
    known = names(stage, whole_video=whole_video)
    raise PlanError(f"unknown {stage} method {name!r}{near(name, known)}; known: {', '.join(known)}")


def vary(method: Method, variant: str) -> Method:
    """Return a variant of a method as a method of its own, named `method:variant`.

    Raises:
        PlanError: The method has no such variant.
        EvidenceError: The variant is a checkpoint, and it is missing, altered or unfit.
    """
    if method.load:
        return method.load(method, variant)
    for one in method.variants:
        if one.name == variant:
            return replace(
                method,
                name=f"{method.name}:{variant}",
                rule=f"{method.rule}; {one.rule}",
                compress=one.compress,
                needs=one.needs,
                merges=one.merges,
                weighted=one.weighted,
                variants=(),
            )
    known = ", ".join(one.name for one in method.variants)
    raise PlanError(
        f"method {method.name} has no variant {variant!r}; " + (f"known: {known}" if known else "it has none")
    )
