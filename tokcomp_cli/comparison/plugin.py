"""Methods from outside: a file asked for by its path, or an installed package's entry point."""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

from tokcomp_cli.compress.base import Method, Need
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.tokens import Compressed, TokenSet, grid_tokens
from tokcomp_cli.errors import ContractError, PlanError

ENTRY_POINTS = "tokcomp.methods"
TRIED_GRID, TRIED_WIDTH = (4, 5), 6
TRIED_COUNTS = (20, 7, 1)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A plug-in's function whose mistakes are named as its own.

    Attributes:
        source: The file or the package, for messages.
        sha256: Of the file; empty for a package.
        function: The plug-in's function.
    """

    source: str
    sha256: str
    function: Callable[..., Compressed]

    def __call__(
        self, tokens: TokenSet, *, num_keep: int, generator: torch.Generator | None = None
    ) -> Compressed:
        """Return what the plug-in returns.

        Args:
            tokens: N tokens.
            num_keep: Tokens to keep, 1 to N.
            generator: Seeded source of randomness, for a function that takes one.

        Raises:
            ContractError: The plug-in raised, or returned something else.
            PlanError: The plug-in says that the tokens lack something.
        """
        draw = {} if generator is None else {"generator": generator}
        try:
            result = self.function(tokens, num_keep=num_keep, **draw)
        except PlanError:
            raise
        except Exception as error:
            raise ContractError(f"plug-in {self.source} raised {type(error).__name__}: {error}") from error
        if not isinstance(result, Compressed):
            raise ContractError(f"plug-in {self.source} returned {type(result).__name__}, not Compressed")
        _check_tensors(self.source, tokens, result)
        return result


def _check_tensors(source: str, tokens: TokenSet, result: Compressed) -> None:
    def check(ok: bool, broke: str) -> None:
        if not ok:
            raise ContractError(f"plug-in {source} broke its contract: {broke}")

    features, sizes, owner = result.features, result.sizes, result.owner
    check(all(isinstance(one, Tensor) for one in (features, sizes, owner)), "all three must be tensors")
    check(features.ndim == 2 and features.shape[1] == tokens.features.shape[1], "features must be (K, D)")
    check(features.dtype == tokens.features.dtype, f"features must be {tokens.features.dtype}")
    check(len(features) >= 1, "at least one token must be kept")
    check(sizes.shape == features.shape[:1], "sizes must be (K,)")
    check(owner.shape == (len(tokens),), "owner must be (N,)")
    check(owner.dtype == sizes.dtype == torch.int64, "sizes and owner must be int64")
    check(bool(torch.isfinite(features).all()), "features must be finite")


def load_file(path: str) -> Method:
    """Return the method of a Python file that ends in `METHOD = Method(...)`, its contract checked.

    The file is run: it is the user's own code, asked for by its path and never found by itself.

    Raises:
        PlanError: There is no such file.
        ContractError: It does not run, holds no method, or the method breaks the contract.
    """
    name = printable(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise PlanError(
            f"plug-in '{name}' cannot be read ({error.strerror}); give the path of a .py file"
        ) from error
    module = ModuleType(f"tokcomp_plugin_{Path(path).stem}")
    module.__file__ = path
    try:
        # Not imported: that would leave a cache beside the file, and run what is no longer what was hashed.
        exec(compile(content, path, "exec"), module.__dict__)  # noqa: S102
    except Exception as error:
        raise ContractError(f"plug-in '{name}' does not run: {type(error).__name__}: {error}") from error
    found = getattr(module, "METHOD", None)
    return checked(found, f"'{name}'", hashlib.sha256(content).hexdigest())


def load_installed(name: str) -> Method | None:
    """Return the method that an installed package offers under a name, or None.

    Raises:
        ContractError: It cannot be imported, or breaks the contract.
    """
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            source = f"{name!r} of {entry.dist.name if entry.dist else entry.module}"
            try:
                found = entry.load()
            except Exception as error:
                raise ContractError(f"plug-in {source} cannot be imported: {error}") from error
            return checked(found, source, "")
    return None


def installed_names() -> tuple[str, ...]:
    """Return the names of methods that installed packages offer."""
    return tuple(entry.name for entry in entry_points(group=ENTRY_POINTS))


def checked(found: object, source: str, sha256: str) -> Method:
    """Return a method whose contract held on seeded tokens.

    Args:
        found: What the plug-in offers.
        source: Where it is from, for messages.
        sha256: Of its file, or nothing.

    Raises:
        ContractError: What it broke.
    """
    if not isinstance(found, Method):
        raise ContractError(
            f"plug-in {source} must end in METHOD = Method(...); found {type(found).__name__}"
        )
    if found.stage != "spatial" or found.compress is None:
        raise ContractError(f"plug-in {source}: stage must be 'spatial' with a compress function")
    if not found.name or not found.name.isprintable() or {",", ":", "|", "/"} & set(found.name):
        raise ContractError(f"plug-in {source}: a name needs characters other than , : | / and control ones")
    draws: frozenset[Need] = frozenset({"seed"} if takes_generator(found.compress) else ())
    function = Guarded(source, sha256, found.compress)
    method = replace(found, compress=function, needs=found.needs | draws)
    for num_keep in TRIED_COUNTS:
        _try(method, source, num_keep)
    return method


def takes_generator(function: Callable[..., Compressed]) -> bool:
    """Return whether a plug-in's function has a parameter `generator`."""
    return "generator" in inspect.signature(function).parameters


def _try(method: Method, source: str, num_keep: int) -> None:
    """Check one count: mass, order, count, unchanged input, no unseeded randomness."""
    tokens, again = _tokens(), _tokens()
    first = method.run(tokens, num_keep)
    kept = len(first.sizes)
    if kept > num_keep or (method.any_count and kept != num_keep):
        raise ContractError(
            f"plug-in {source} broke its contract: {num_keep} tokens were asked for, {kept} came"
        )
    if not torch.equal(tokens.features, again.features):
        raise ContractError(f"plug-in {source} broke its contract: it changed the tokens that it was given")
    second = method.run(again, num_keep)
    if not (torch.equal(first.owner, second.owner) and torch.equal(first.features, second.features)):
        raise ContractError(f"plug-in {source} broke its contract: two calls with one seed differ")


def _tokens() -> TokenSet:
    generator = torch.Generator().manual_seed(0)
    count = TRIED_GRID[0] * TRIED_GRID[1]
    return grid_tokens(
        torch.randn(count, TRIED_WIDTH, generator=generator),
        TRIED_GRID,
        saliency=torch.rand(count, generator=generator),
        keys=torch.randn(count, TRIED_WIDTH, generator=generator),
        relevance=torch.rand(count, generator=generator),
    )
