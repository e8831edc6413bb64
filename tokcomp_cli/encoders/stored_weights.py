"""Weights that ship inside the package: int8 matrices with a scale per output channel."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tokcomp_cli.core.lazy import Tensor
from tokcomp_cli.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path


class StoredWeights(Mapping[str, Tensor]):
    """A state in float32, of which each tensor is made anew when it is read.

    The file is mapped into memory and hashed there, and no two matrices are held in float32 at a time.
    """

    def __init__(self, path: Path, *, sha256: str) -> None:
        """Open a file.

        Args:
            path: Of safetensors; a matrix `NAME` in int8 has a float16 `NAME.scale`.
            sha256: Its hash.

        Raises:
            EncoderError: The file is missing or has another hash.
        """
        from safetensors import safe_open

        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise EncoderError(
                f"the weights of the embedded encoder cannot be read ({error.strerror}); reinstall tokcomp"
            ) from error
        if found != sha256:
            raise EncoderError(
                f"the weights of the embedded encoder are altered: expected sha256 {sha256[:12]}, "
                f"found {found[:12]}; reinstall tokcomp"
            )
        self._file = safe_open(path, framework="pt")
        self._stored = frozenset(self._file.keys())

    def __getitem__(self, name: str) -> Tensor:
        """Return a tensor, float32."""
        if name not in self._stored:
            raise KeyError(name)
        value: Tensor = self._file.get_tensor(name)
        scale = f"{name}.scale"
        if scale not in self._stored:
            return value.float()
        return value.float().mul_(self._file.get_tensor(scale).float().view(-1, *[1] * (value.ndim - 1)))

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return (name for name in sorted(self._stored) if not name.endswith(".scale"))

    def __len__(self) -> int:
        """Return the number of tensors."""
        return sum(1 for _ in self)
