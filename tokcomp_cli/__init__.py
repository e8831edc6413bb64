"""tokcomp: how many visual tokens is this, how far can they be compressed, and what is lost.

The names of `tokcomp_cli.api` are imported when they are first used, so that the command line starts fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokcomp_cli.api import *  # noqa: F403

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Return a public name of the library."""
    if not name.startswith("_"):
        api = import_module("tokcomp_cli.api")
        if name in api.__all__:
            return getattr(api, name)
    raise AttributeError(f"module 'tokcomp_cli' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *import_module("tokcomp_cli.api").__all__]
