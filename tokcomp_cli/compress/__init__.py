"""The explicit table of methods: one file each, one line here."""

from tokcomp_cli.compress import (
    adjacent,
    every_frame,
    every_kth,
    frame_merge,
    none,
    pool,
    random,
    uniform,
    ward,
)
from tokcomp_cli.compress.base import Method
from tokcomp_cli.errors import PlanError, near

METHODS: tuple[Method, ...] = (
    ward.METHOD,
    pool.METHOD,
    none.METHOD,
    random.METHOD,
    uniform.METHOD,
    frame_merge.METHOD,
    adjacent.METHOD,
    every_frame.METHOD,
    every_kth.METHOD,
)


def names(stage: str) -> tuple[str, ...]:
    """Return the names of a stage's methods in the order of the table."""
    return tuple(method.name for method in METHODS if method.stage == stage)


def find(stage: str, name: str) -> Method:
    """Return a method.

    Raises:
        PlanError: The stage has none of that name.
    """
    for method in METHODS:
        if method.stage == stage and method.name == name:
            return method
    known = names(stage)
    raise PlanError(f"unknown {stage} method {name!r}{near(name, known)}; known: {', '.join(known)}")
