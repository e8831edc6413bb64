"""A method as a layer, to be put between a vision tower and what follows it."""

from torch import Tensor, nn

from tokcomp_cli.compress import find
from tokcomp_cli.compress.base import Method


class Compress(nn.Module):
    """Keeps `num_keep` of the tokens that pass through, beside the prefix.

    It has no weights. What belongs to the tokens (`grid`, `saliency`, `keys`, `relevance`) goes to
    `forward`; for owners and sizes call the method itself: `layer.method(x, num_keep=...)`.
    """

    def __init__(
        self, method: str | Method, num_keep: int, *, num_prefix_tokens: int = 0, seed: int = 0
    ) -> None:
        """Take a spatial method by name, or any method.

        Raises:
            PlanError: There is no spatial method of that name.
        """
        super().__init__()
        self.method = find("spatial", method) if isinstance(method, str) else method
        self.num_keep, self.num_prefix_tokens, self.seed = num_keep, num_prefix_tokens, seed

    def forward(
        self,
        x: Tensor,
        *,
        grid: tuple[int, int] | None = None,
        saliency: Tensor | None = None,
        keys: Tensor | None = None,
        relevance: Tensor | None = None,
    ) -> Tensor:
        """Return the kept tokens, (K, D) or (B, K, D); arguments and errors as in `Method.__call__`."""
        result = self.method(
            x,
            num_keep=self.num_keep,
            num_prefix_tokens=self.num_prefix_tokens,
            grid=grid,
            saliency=saliency,
            keys=keys,
            relevance=relevance,
            seed=self.seed,
        )
        return result.features

    def extra_repr(self) -> str:
        """Return the settings as `print` shows them."""
        return f"{self.method.name}, num_keep={self.num_keep}, num_prefix_tokens={self.num_prefix_tokens}"
