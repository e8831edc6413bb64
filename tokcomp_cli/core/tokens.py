"""What travels between encoders, methods and the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.errors import ContractError


@dataclass(frozen=True, slots=True)
class FrameTokens:
    """What an encoder says of a batch of frames; class and register tokens stay apart.

    Attributes:
        features: Patch tokens in raster order, float32, (T, P, D) with P = rows x columns.
        saliency: Class-token attention to each patch, or the encoder's stated substitute,
            non-negative, float32, (T, P).
        pooled: The encoder's own embedding of each frame, float32, (T, E).
        keys: Attention keys of the patches in the block that `saliency` is read from,
            float32, (T, P, K), or None where the tower has no attention.
        text_features: Each patch projected into the space of the text embedding, by a path on which it
            answers the right way round (`encoders.clip.tower`), float32, (T, P, E), or None where there is
            no text tower.
    """

    features: Tensor
    saliency: Tensor
    pooled: Tensor
    keys: Tensor | None = None
    text_features: Tensor | None = None

    def cpu(self) -> FrameTokens:
        """Return the same tokens in float32 on the CPU."""
        every = (self.features, self.saliency, self.pooled, self.keys, self.text_features)
        return FrameTokens(*(None if one is None else one.float().cpu() for one in every))  # type: ignore[arg-type]

    def frames(self, start: int, stop: int) -> FrameTokens:
        """Return the tokens of frames start, start + 1, ..., stop - 1."""
        every = (self.features, self.saliency, self.pooled, self.keys, self.text_features)
        return FrameTokens(*(None if one is None else one[start:stop] for one in every))  # type: ignore[arg-type]


def concatenated(parts: Sequence[FrameTokens]) -> FrameTokens:
    """Return the tokens of several runs of frames as one."""

    def field(name: str) -> Tensor | None:
        values = [getattr(part, name) for part in parts]
        return None if any(value is None for value in values) else torch.cat(values)

    names = ("features", "saliency", "pooled", "keys", "text_features")
    return FrameTokens(*map(field, names))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class TokenSet:
    """The tokens a method works on.

    Attributes:
        features: Token vectors, floating point, (N, D); all tensors are on one device.
        sizes: Original patches that each token stands for, int64, (N,).
        position: Frame, row and column of each token's earliest patch, int64, (N, 3).
        saliency: Sum of the saliency of a token's patches, float32, (N,), or None.
        keys: Mean key of a token's patches, float32, (N, K), or None.
        blank: Mean response of the encoder to blank frames at a token's patches, float32, (N, D),
            or None where it is not known.
        relevance: Cosine of each token with the query in the encoder's text space minus its mean cosine with
            empty prompts, in [-2, 2], float32, (N,), or None without a query or a text tower.
    """

    features: Tensor
    sizes: Tensor
    position: Tensor
    saliency: Tensor | None = None
    keys: Tensor | None = None
    blank: Tensor | None = None
    relevance: Tensor | None = None

    @property
    def content(self) -> Tensor:
        """Return features minus the blank response, float32, (N, D): what the picture put there."""
        return self.features if self.blank is None else self.features - self.blank

    def __len__(self) -> int:
        return self.features.shape[0]


@dataclass(frozen=True, slots=True, repr=False)
class Compressed:
    """What a method returns: kept tokens in the order of their earliest patch. A batch may lead.

    Attributes:
        features: Kept token vectors, of the caller's dtype and device, (..., K, D).
        sizes: Original patches that each kept token stands for, int64, (..., K).
        owner: Kept token that stands for each input token, or -1 if it was pruned, int64, (..., N).
    """

    features: Tensor
    sizes: Tensor
    owner: Tensor

    def __post_init__(self) -> None:
        """Check that the shapes fit each other.

        Raises:
            ContractError: They do not.
        """
        rows = self.features.shape[:-1]
        if not rows or self.sizes.shape != rows or self.owner.shape[:-1] != rows[:-1]:
            raise ContractError(
                f"a result needs `features` (..., K, D), `sizes` (..., K) and `owner` (..., N), got {self}"
            )

    def __repr__(self) -> str:
        shapes = (f"{name}={tuple(getattr(self, name).shape)}" for name in ("features", "sizes", "owner"))
        return f"Compressed({', '.join(shapes)}, {self.features.dtype}, {self.features.device})"


def grid_tokens(
    features: Tensor,
    grid: tuple[int, int],
    *,
    frame: int = 0,
    size: int = 1,
    saliency: Tensor | None = None,
    keys: Tensor | None = None,
    blank: Tensor | None = None,
    relevance: Tensor | None = None,
) -> TokenSet:
    """Return the tokens of one whole grid in raster order.

    Args:
        features: Token vectors, (P, D) with P = rows x columns.
        grid: Rows and columns.
        frame: Number of the frame that goes into `position`.
        size: Original patches that each token stands for (frames in a merged frame).
        saliency: Saliency of each token, (P,).
        keys: Attention key of each token, (P, K).
        blank: Blank response at each position, (P, D).
        relevance: How much each token answers the query, (P,).
    """
    rows, columns = grid
    cell = torch.arange(rows * columns, device=features.device)
    position = torch.stack([torch.full_like(cell, frame), cell // columns, cell % columns], dim=1)
    return TokenSet(features, torch.full_like(cell, size), position, saliency, keys, blank, relevance)
