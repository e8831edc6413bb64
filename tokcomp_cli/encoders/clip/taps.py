"""Reading what passes through a module while the tower runs its own forward pass."""

from types import TracebackType
from typing import Any, Self

from torch import Tensor, nn


class Tap:
    """Holds what a module was last given and what it returned, while it is open.

    The tower runs as its authors wrote it, so tokens are the tower's own to the last bit; what the tower does
    not return is read here and worked out beside it. A tower is not to be run by two threads at once.
    """

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self.given: tuple[Any, ...] = ()
        self.named: dict[str, Any] = {}
        self.returned: Any = None

    def __enter__(self) -> Self:
        self._hook = self._module.register_forward_hook(self._keep, with_kwargs=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hook.remove()

    def _keep(self, module: nn.Module, given: tuple[Any, ...], named: dict[str, Any], returned: Any) -> None:  # noqa: ARG002
        self.given, self.named, self.returned = given, named, returned

    @property
    def first(self) -> Tensor:
        """Return the first thing the module was given."""
        tensor: Tensor = self.given[0]
        return tensor
