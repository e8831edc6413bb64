"""Reading what passes through a module while the tower runs its own forward pass."""

import threading
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Passed:
    """What a module was given, by place and by name, and what it returned."""

    given: tuple[Any, ...]
    named: dict[str, Any]
    returned: Any

    @property
    def first(self) -> Tensor:
        """Return the first thing the module was given."""
        tensor: Tensor = self.given[0]
        return tensor


class Tap:
    """Holds what last passed through a module, for each thread its own, until it is taken.

    The tower runs as its authors wrote it, so tokens are the tower's own to the last bit; what the tower does
    not return is read here and worked out beside it. Frames are encoded on several threads at once.
    """

    def __init__(self, module: nn.Module) -> None:
        self._of_thread = threading.local()
        module.register_forward_hook(self._keep, with_kwargs=True)

    def take(self) -> Passed:
        """Return what passed in this thread's last run, and let go of it."""
        passed: Passed = self._of_thread.passed
        self.forget()
        return passed

    def forget(self) -> None:
        """Let go of what passed in this thread, if anything did."""
        self._of_thread.__dict__.pop("passed", None)

    def _keep(self, module: nn.Module, given: tuple[Any, ...], named: dict[str, Any], returned: Any) -> None:  # noqa: ARG002
        self._of_thread.passed = Passed(given, named, returned)
