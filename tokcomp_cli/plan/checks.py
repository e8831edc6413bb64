"""Checks that several parts of a plan share."""

from tokcomp_cli.errors import PlanError


def check_share(key: str, value: float | None) -> None:
    """Raise PlanError where a value is given and is no share above 0 and at most 1."""
    if value is not None and not 0 < value <= 1:
        raise PlanError(f"`{key}` takes a share above 0 and at most 1; got {value:g}")
