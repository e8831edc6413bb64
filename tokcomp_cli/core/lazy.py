"""Heavy libraries that are imported when something of them is first read.

Tables and types can then be read without them. `from tokcomp_cli.core.lazy import torch` stands for
`import torch`; annotations are not evaluated where a file starts with `from __future__ import annotations`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["F", "np", "torch"]


class _Lazy:
    """Stands for a module."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> object:
        value = getattr(import_module(self._module), name)
        setattr(self, name, value)  # From now on it is found without coming here.
        return value


if TYPE_CHECKING:
    import numpy as np
    import torch
    import torch.nn.functional as F
else:
    np, torch, F = _Lazy("numpy"), _Lazy("torch"), _Lazy("torch.nn.functional")
