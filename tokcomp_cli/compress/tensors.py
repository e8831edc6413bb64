"""The caller's own tensors: checked before any work, split into token sets, put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.tokens import Compressed, TokenSet, grid_tokens
from tokcomp_cli.errors import PlanError


@dataclass(frozen=True, slots=True)
class TokenTensors:
    """Tokens as a caller holds them, with what belongs to each patch; shapes and values are checked.

    Attributes:
        x: Tokens, floating point, (N, D) or (B, N, D), the prefix first.
        num_prefix_tokens: Class and register tokens at the start.
        grid: Rows and columns of the other tokens, the patches; None where it is not known.
        saliency: Saliency of each patch, (..., P) with P = N - `num_prefix_tokens`, or None.
        keys: Attention key of each patch, (..., P, E), or None.
        relevance: How much each patch answers the query, (..., P), or None.
    """

    x: Tensor
    num_prefix_tokens: int = 0
    grid: tuple[int, int] | None = None
    saliency: Tensor | None = None
    keys: Tensor | None = None
    relevance: Tensor | None = None

    def __post_init__(self) -> None:
        """Check everything that can be checked without knowing the method.

        Raises:
            PlanError: What was expected, what came and what to do.
        """
        _tensor("x", self.x)
        shape = tuple(self.x.shape)
        if len(shape) not in (2, 3) or 0 in shape:
            raise PlanError(f"`x` must be (N, D) or (B, N, D) with no empty side, got {shape}; reshape it")
        whole_number("num_prefix_tokens", self.num_prefix_tokens, 0, shape[-2] - 1)
        _finite("x", self.x)
        count = self.num_patches
        if self.grid is not None and not _fits(self.grid, count):
            raise PlanError(
                f"`grid` must be rows and columns of the {count} tokens after the "
                f"{self.num_prefix_tokens} prefix tokens, got {self.grid!r}; mend it or `num_prefix_tokens`"
            )
        each = (*shape[:-2], count)
        for name, values in (("saliency", self.saliency), ("relevance", self.relevance), ("keys", self.keys)):
            if values is None:
                continue
            _tensor(name, values)
            expected = (*each, values.shape[-1]) if name == "keys" and values.ndim else each
            if tuple(values.shape) != expected or values.device != self.x.device:
                raise PlanError(
                    f"`{name}` must be {expected} on {self.x.device}, one for each token after the prefix, "
                    f"got {tuple(values.shape)} on {values.device}; leave the prefix out"
                )
            _finite(name, values)

    @property
    def num_patches(self) -> int:
        """Return P, the tokens without the prefix."""
        return self.x.shape[-2] - self.num_prefix_tokens

    def token_sets(self) -> list[TokenSet]:
        """Return the patches of each item of the batch, each patch of size 1."""
        grid = self.grid or (1, self.num_patches)
        items = range(len(self.x)) if self.x.ndim == 3 else (...,)
        return [
            grid_tokens(
                self.x[at][self.num_prefix_tokens :],
                grid,
                saliency=None if self.saliency is None else self.saliency[at],
                keys=None if self.keys is None else self.keys[at],
                relevance=None if self.relevance is None else self.relevance[at],
            )
            for at in items
        ]

    def put_together(self, results: Sequence[Compressed]) -> Compressed:
        """Return the results of `token_sets` as one, with the prefix in front, unchanged."""
        if self.x.ndim == 2:
            (whole,) = results
        else:
            whole = Compressed(
                torch.stack([one.features for one in results]),
                torch.stack([one.sizes for one in results]),
                torch.stack([one.owner for one in results]),
            )
        if (prefix := self.num_prefix_tokens) == 0:
            return whole
        first = torch.arange(prefix, device=self.x.device).expand(*self.x.shape[:-2], prefix)
        return Compressed(
            torch.cat([self.x[..., :prefix, :], whole.features], dim=-2),
            torch.cat([torch.ones_like(first), whole.sizes], dim=-1),
            torch.cat([first, torch.where(whole.owner >= 0, whole.owner + prefix, -1)], dim=-1),
        )


def _fits(grid: object, count: int) -> bool:
    if not isinstance(grid, (tuple, list)) or len(grid) != 2 or not all(isinstance(n, int) for n in grid):
        return False
    return bool(min(grid) > 0 and grid[0] * grid[1] == count)


def _tensor(name: str, values: object) -> None:
    if not isinstance(values, torch.Tensor):
        raise PlanError(f"`{name}` must be a torch tensor, got {type(values).__name__}; convert it first")
    if not values.is_floating_point():
        raise PlanError(f"`{name}` must be floating point, got {values.dtype}; convert it with .float()")


def _finite(name: str, values: Tensor) -> None:
    if not values.isfinite().all():
        raise PlanError(f"`{name}` must be finite, got NaN or infinite values; replace them first")


def whole_number(name: str, value: object, least: int, most: int) -> None:
    """Check a whole number.

    Raises:
        PlanError: It is none, or not between `least` and `most`.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise PlanError(f"`{name}` must be a whole number from {least} to {most}, got {value!r}; choose one")
