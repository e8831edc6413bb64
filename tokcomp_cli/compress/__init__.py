"""The explicit table of methods: one file each, one line here."""

from dataclasses import replace

from tokcomp_cli.compress import (
    adjacent,
    cdpruner,
    dart,
    divprune,
    dycoke,
    every_frame,
    every_kth,
    evs,
    fastvid,
    flashvid_adts,
    frame_merge,
    framefusion,
    holitom,
    none,
    pool,
    prumerge,
    prumerge_plus,
    prune,
    random,
    scope,
    space_time,
    tome,
    uniform,
    vidcom2,
    visionzip,
    vispruner,
    ward,
)
from tokcomp_cli.compress.base import Method
from tokcomp_cli.errors import PlanError, near

METHODS: tuple[Method, ...] = (
    ward.METHOD,
    tome.METHOD,
    prumerge.METHOD,
    prumerge_plus.METHOD,
    visionzip.METHOD,
    vispruner.METHOD,
    divprune.METHOD,
    scope.METHOD,
    cdpruner.METHOD,
    dart.METHOD,
    flashvid_adts.METHOD,
    prune.METHOD,
    pool.METHOD,
    none.METHOD,
    random.METHOD,
    uniform.METHOD,
    frame_merge.METHOD,
    adjacent.METHOD,
    every_frame.METHOD,
    every_kth.METHOD,
    space_time.METHOD,
    evs.METHOD,
    vidcom2.METHOD,
    dycoke.METHOD,
    framefusion.METHOD,
    fastvid.METHOD,
    holitom.METHOD,
)


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

    Args:
        stage: `spatial` or `temporal`.
        name: As users write it.
        whole_video: Whether the caller can run temporal methods that need all frames at once.

    Raises:
        PlanError: The stage has none of that name, or the caller cannot run it.
    """
    base, _, variant = name.partition(":")
    for method in METHODS:
        if method.stage != stage or method.name != base:
            continue
        if method.compress_video is not None and not whole_video:
            raise PlanError(
                f"temporal method {base!r} needs the tokens of all frames at once, which this command "
                f"does not hold; choose from {', '.join(names(stage))}"
            )
        return vary(method, variant) if variant else method
    known = names(stage, whole_video=whole_video)
    raise PlanError(f"unknown {stage} method {name!r}{near(name, known)}; known: {', '.join(known)}")


def vary(method: Method, variant: str) -> Method:
    """Return a variant of a method as a method of its own, named `method:variant`.

    Raises:
        PlanError: The method has no such variant.
    """
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
