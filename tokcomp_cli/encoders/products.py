"""Products with a tower's weight matrices in one number format."""

from __future__ import annotations

from dataclasses import dataclass

from tokcomp_cli.core.lazy import F, Tensor, torch


@dataclass(frozen=True, slots=True)
class Product:
    """A matrix and its bias, ready to be multiplied with.

    Attributes:
        weight: (out, in), in the number format; in oneDNN's own order where `packed`.
        bias: (out,), in the number format.
        packed: Whether oneDNN keeps the weight in its own order, which saves it from laying it out anew at
            each product: with four frames on one thread a forward pass takes 8 % less, and with sixteen 13 %.
    """

    weight: Tensor
    bias: Tensor
    packed: bool = False

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> Product:
        """Return the product with a weight, (out, in), and a bias, (out,), in a number format."""
        weight, bias = weight.to(dtype), bias.to(dtype)
        if not _packs(weight):
            return cls(weight, bias)
        return cls(torch.ops.mkldnn._reorder_linear_weight(weight), bias, packed=True)

    def __call__(self, x: Tensor, *, gelu: bool = False) -> Tensor:
        """Return x times the matrix plus the bias, in the number format, (..., out).

        Args:
            x: Of any number format, (..., in).
            gelu: Whether the exact GELU is taken of it, before rounding where the matrix is packed.
        """
        x = x.to(self.bias.dtype)
        if self.packed:
            after: tuple[str, list[float], str] = ("gelu", [], "none") if gelu else ("none", [], "")
            fused: Tensor = torch.ops.mkldnn._linear_pointwise(x, self.weight, self.bias, *after)
            return fused
        made = F.linear(x, self.weight, self.bias)
        return F.gelu(made) if gelu else made


def _packs(weight: Tensor) -> bool:
    """Return whether torch was built with oneDNN's products, of which only those in bfloat16 are for us."""
    return (
        weight.device.type == "cpu"
        and weight.dtype is torch.bfloat16
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and hasattr(torch.ops.mkldnn, "_reorder_linear_weight")
    )


def attended(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return softmax(query key') value, (T, N, heads x d), in the number format of the queries.

    In bfloat16 on a CPU torch's fused form is slow (3.5 ms for four frames of 197 tokens, written out 1.5).
    There a score is rounded to 8 bits, so the mean key is taken from all keys first: it adds the same to all
    scores of a query, which the softmax does not see, and what is left is small. The tokens are then as near
    to float32's as with scores in float32.

    Args:
        query: Scaled, (T, heads, N, d).
        key: (T, heads, N, d).
        value: (T, heads, N, d).
        bias: Added to the scores of each key, (T, 1, 1, N).
    """
    if query.dtype is torch.float32 or query.is_cuda:
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=1.0)
    else:
        centred = (key - key.mean(2, keepdim=True)).transpose(-1, -2)
        scores = query @ centred if bias is None else query @ centred + bias
        mixed = scores.softmax(-1).to(value.dtype) @ value
    return mixed.transpose(1, 2).flatten(2)
