"""From a command's options to a plan."""

from typing import TYPE_CHECKING

import typer

from tokcomp_cli.cli.settings import config_place, keys_named, source_of
from tokcomp_cli.errors import PlanError

if TYPE_CHECKING:
    from tokcomp_cli.plan.plan import Plan


def plan_of(context: typer.Context, **instead: object) -> "Plan":
    """Return the plan that a command's options make.

    Args:
        context: Of the command.
        instead: What stands in for options that the command does not have or reads otherwise, by key.

    Raises:
        PlanError: They cannot be done.
    """
    from tokcomp_cli.plan.plan import Plan, all_settings

    given = {key: value for key, value in context.params.items() if key in all_settings()} | instead
    by_user = {
        key: value for key, value in given.items() if key in instead or source_of(context, key) != "default"
    }
    defaults = {key: value for key, value in given.items() if key not in by_user}
    try:
        return Plan.of(**defaults).but(**by_user)
    except PlanError as error:
        place = config_place(context, keys_named(str(error)))
        if place is None:
            raise
        raise PlanError(f"{place}: {error}") from error
