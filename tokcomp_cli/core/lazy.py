"""Heavy libraries that are imported when something of them is first read.

Tables and types can then be read without them. A file that begins with `from __future__ import annotations`
imports from here what it would import from torch and NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__all__ = ["F", "Generator", "Tensor", "np", "npt", "torch"]


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
    import numpy.typing as npt
    import torch
    import torch.nn.functional as F
    from torch import Generator, Tensor
else:
    np, npt = _Lazy("numpy"), _Lazy("numpy.typing")
    torch, F = _Lazy("torch"), _Lazy("torch.nn.functional")
    Generator = Tensor = "only in annotations"
