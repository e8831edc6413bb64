"""Library errors name settings; the command line names options."""

import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from tokcomp_cli.plan.plan import all_settings

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Scalar


def flag(key: str) -> str:
    """Return the option of a setting: `max_frames` is `--max-frames`."""
    return f"--{key.replace('_', '-')}"


def typed(options: "Mapping[str, Scalar]") -> str:
    """Return settings as they are typed: `--temporal space-time --budget 127`."""
    return " ".join(f"{flag(key)} {value}" for key, value in options.items())


def with_flags(message: str, also: Collection[str] = ()) -> str:
    """Return a message in which each setting in backquotes is the option that sets it.

    Args:
        message: Of a library error.
        also: Keys of options that are no setting of a plan.
    """

    def option(match: re.Match[str]) -> str:
        key = match[1]
        return flag(key) if key in all_settings() or key in also else match[0]

    return re.sub(r"`([a-z_]+)`", option, message)
