"""Which methods were asked for: built in, a variant, installed, or a file of the user's own."""

from collections.abc import Iterable

from tokcomp_cli.compress import find, names
from tokcomp_cli.compress.base import Method
from tokcomp_cli.errors import PlanError, near


def choose(text: str) -> tuple[Method, ...]:
    """Return the methods that `a,b:variant,./mine.py` names, each once.

    Raises:
        PlanError: One is not known, or a file is none that holds a method.
    """
    asked = [part.strip() for part in text.split(",") if part.strip()]
    if not asked:
        raise PlanError("--methods is empty; name methods as ward,tome or leave it out")
    return tuple(_named(name) for name in dict.fromkeys(asked))


def _named(name: str) -> Method:
    base = name.partition(":")[0]
    spatial = names("spatial")
    if base in spatial:
        return find("spatial", name)
    temporal = [one for one in names("temporal", whole_video=True) if one not in names("temporal")]
    if base in temporal:
        return find("temporal", name, whole_video=True)
    raise PlanError(f"unknown method {name!r}{_near(name, (*spatial, *temporal))}; see tokcomp methods")


def _near(name: str, known: Iterable[str]) -> str:
    return near(name, known)
