"""Which methods were asked for: built in, a variant, installed, or a file of the user's own."""

import os

from tokcomp_cli.comparison.plugin import installed_names, load_file, load_installed
from tokcomp_cli.compress import METHODS, find, names
from tokcomp_cli.compress.base import Method
from tokcomp_cli.errors import PlanError, near


def choose(text: str) -> tuple[Method, ...]:
    """Return the methods that `a,b:variant,./mine.py` names, each once.

    Raises:
        PlanError: One is not known, or two have one name.
        ContractError: A plug-in breaks the contract.
    """
    asked = [part.strip() for part in text.split(",") if part.strip()]
    if not asked:
        raise PlanError("--methods is empty; name methods as ward,tome or leave it out")
    chosen = tuple(_comparable(name) for name in dict.fromkeys(asked))
    taken = [method.name for method in chosen]
    if double := next((name for name in taken if taken.count(name) > 1), None):
        raise PlanError(f"--methods names {double!r} twice; give a plug-in a name of its own")
    return chosen


def _comparable(name: str) -> Method:
    """Return one method that `compare` can run."""
    if is_path(name):
        return _plugged(name)
    base = name.partition(":")[0]
    spatial, merging = names("spatial"), names("temporal")
    whole = tuple(one for one in names("temporal", whole_video=True) if one not in merging)
    if base in spatial:
        return find("spatial", name)
    if base in whole:
        return find("temporal", name, whole_video=True)
    if base in merging:
        raise PlanError(f"{name!r} merges frames for all methods alike; choose it with --temporal {name}")
    installed = load_installed(name)
    if installed is not None:
        return installed
    known = (*spatial, *whole, *installed_names())
    raise PlanError(f"unknown method {name!r}{near(name, known)}; known: {', '.join(known)}, or ./mine.py")


def named(name: str) -> tuple[Method, ...]:
    """Return the methods of a name in all stages, for showing them.

    Raises:
        PlanError: There is none.
        ContractError: A plug-in breaks the contract.
    """
    if is_path(name):
        return (_plugged(name),)
    base = name.partition(":")[0]
    found = tuple(method for method in METHODS if method.name == base)
    if any(method.load for method in found):
        return (_comparable(name),)
    if found and ":" in name:
        return tuple(find(method.stage, name, whole_video=True) for method in found if method.variants) or (
            find(found[0].stage, name, whole_video=True),
        )
    return found or (_comparable(name),)


def is_path(name: str) -> bool:
    """Return whether a method is asked for by the path of a file."""
    return name.endswith(".py") or os.sep in name.partition(":")[0]


def _plugged(path: str) -> Method:
    method = load_file(path)
    if any(method.name == one.name for one in METHODS):
        raise PlanError(f"plug-in {path!r} is named {method.name!r} like a built-in method; rename it")
    return method
