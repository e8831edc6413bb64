"""The embedded ViT with ToMe in its blocks: patches are merged between attention and the layers after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.compress.tome import match
from tokcomp_cli.encoders.embedded import FACTS, EmbeddedEncoder
from tokcomp_cli.encoders.vit_small import DEPTH, HEAD, HEADS, Block, VitSmall
from tokcomp_cli.errors import PlanError
from tokcomp_cli.learned.tocom.adapters import Change


@dataclass(frozen=True, slots=True)
class MergedTokens:
    """What a merging tower says of B pictures of P patches.

    Attributes:
        features: Tokens after the last norm, float32, (B, K, D).
        pooled: Class token after the last norm, float32, (B, D).
        saliency: Class token's attention in the last block, mean over heads, float32, (B, P); patches of one
            token share it alike.
        owner: Token of each patch, int64, (B, P).
    """

    features: Tensor
    pooled: Tensor
    saliency: Tensor
    owner: Tensor

    def spread(self) -> Tensor:
        """Return the token of each patch at the patch's place, float32, (B, P, D)."""
        return self.features.take_along_dim(self.owner[..., None], 1)


def num_tokens(ratio: int, patches: int = FACTS.num_patches) -> int:
    """Return the tokens that are left where each block merges `ratio` patches, or half where fewer are.

    Raises:
        PlanError: The ratio is negative.
    """
    if ratio < 0:
        raise PlanError(f"a merge ratio is a whole number, at least 0; got {ratio}")
    for _ in range(DEPTH):
        patches -= min(ratio, patches // 2)
    return patches


@dataclass(frozen=True, slots=True)
class Groups:
    """Patches on their way through the blocks.

    Attributes:
        sizes: Patches of each token, float32, (B, N).
        owner: Token of each patch, int64, (B, P).
    """

    sizes: Tensor
    owner: Tensor

    @classmethod
    def of(cls, batch: int, patches: int) -> "Groups":
        """Return groups of one patch each."""
        return cls(torch.ones(batch, patches), torch.arange(patches).expand(batch, -1))

    def bias(self) -> Tensor | None:
        """Return what proportional attention adds to scores, or None where nothing was merged yet.

        It is the log of each key's size, (B, 1, 1, 1 + N); the class token's size is 1.
        """
        if self.sizes.shape == self.owner.shape:
            return None
        return F.pad(self.sizes.log(), (1, 0))[:, None, None]

    def merge(self, tokens: Tensor, metric: Tensor, num_merge: int) -> tuple[Tensor, "Groups"]:
        """Return the tokens, (B, 1 + N - r, D), after one step, and the groups; the class token stays.

        Args:
            tokens: Class token and patches, float32, (B, 1 + N, D).
            metric: Vectors of the patches whose cosine is the match, (B, N, d).
            num_merge: r, at most N // 2.
        """
        label, left = match(metric, num_merge), self.sizes.shape[1] - num_merge
        sizes = self.sizes.new_zeros(len(label), left).scatter_add_(1, label, self.sizes)
        weighted = tokens[:, 1:] * self.sizes[..., None]
        total = tokens.new_zeros(len(label), left, tokens.shape[2])
        total = total.scatter_add(1, label[..., None].expand_as(weighted), weighted)
        merged = torch.cat([tokens[:, :1], total / sizes[..., None]], 1)
        return merged, Groups(sizes, label.gather(1, self.owner))


class MergingTower:
    """The embedded ViT with in-encoder merging at any ratio; gradients pass through, its weights stay.

    With ratio 0 and without adapters it gives what the plain encoder gives, bit for bit.

    Reference: ToMe, arXiv 2210.09461: bipartite soft matching by the mean key over heads, merged by size
    between attention and MLP of every block, log sizes added to the scores. We match among patches only,
    the even ones with the odd ones in the order in which the last step left them, so the class token takes
    no place in the count; its place among the even ones is the paper's way to protect it.
    """

    def __init__(self, encoder: EmbeddedEncoder, dtype: torch.dtype = torch.float32) -> None:
        """Take the tower of an encoder in float32.

        Args:
            encoder: The embedded one, at its own grid.
            dtype: Number format of the products.

        Raises:
            PlanError: The encoder is in another number format.
        """
        if encoder.facts.dtype != "float32":
            raise PlanError(f"merging takes the encoder in `precision` float32; got {encoder.facts.dtype}")
        self.encoder, self._dtype = encoder, dtype
        self._tower: VitSmall = encoder.tower

    @property
    def precision(self) -> str:
        """Return the number format of the products."""
        return str(self._dtype).removeprefix("torch.")

    def normalised(self, rgb: npt.NDArray[np.uint8] | Tensor) -> Tensor:
        """Return pictures as the tower takes them, float32, (B, 3, H, W).

        Args:
            rgb: Pictures as displayed, uint8, (B, H, W, 3).
        """
        return self.encoder.normalised(rgb.numpy() if isinstance(rgb, Tensor) else rgb)

    def __call__(self, pictures: Tensor, ratio: int, changes: Sequence[Change] = ()) -> MergedTokens:
        """Return the tokens of pictures.

        Args:
            pictures: From `normalised`.
            ratio: Patches that each block merges; where fewer than twice as many are left, half of them.
            changes: Of queries and values, one a block; none changes nothing.

        Raises:
            PlanError: The ratio is negative.
        """
        num_tokens(ratio)
        with torch.autocast("cpu", self._dtype, enabled=self._dtype is not torch.float32):
            return self._read(pictures, ratio, changes)

    def _read(self, pictures: Tensor, ratio: int, changes: Sequence[Change]) -> MergedTokens:
        tower = self._tower
        tokens = tower.begun(pictures, 0).float()
        groups = Groups.of(len(tokens), tokens.shape[1] - 1)
        before, query, key = groups, tokens, tokens
        for number, block in enumerate(cast("tuple[Block, ...]", tower.blocks)):
            normed = block.norm1(tokens)
            query, key, value = block.looked(normed)
            if changes:
                to_query, to_value = changes[number](normed)
                query = query + _by_head(to_query).to(query.dtype) * HEAD**-0.5
                value = value + _by_head(to_value).to(value.dtype)
            tokens = block.attend(tokens, query, key, value, groups.bias())
            before = groups
            num_merge = min(ratio, groups.sizes.shape[1] // 2)
            if num_merge:
                with torch.autocast("cpu", enabled=False):  # cosines in 8 bits would be alike too often
                    tokens, groups = groups.merge(tokens, key.float().mean(1)[:, 1:], num_merge)
            tokens = block.fed(tokens)
        with torch.autocast("cpu", enabled=False):
            tokens, saliency = tower.norm(tokens), _saliency(query, key, before)
        return MergedTokens(tokens[:, 1:], tokens[:, 0], saliency, groups.owner)


def _by_head(values: Tensor) -> Tensor:
    """Return vectors (B, N, D) as (B, heads, N, d)."""
    batch, count, _ = values.shape
    return values.view(batch, count, HEADS, HEAD).transpose(1, 2)


def _saliency(query: Tensor, key: Tensor, groups: Groups) -> Tensor:
    """Return the class token's attention to each patch, (B, P), from queries and keys, (B, heads, 1 + N, d).

    A token's is shared by its patches: softmax over tokens with log sizes is that over patches.
    """
    scores, bias = query[:, :, :1].float() @ key.float().transpose(-1, -2), groups.bias()
    if bias is not None:
        scores = scores + bias
    looks = scores.softmax(-1)[:, :, 0, 1:].mean(1)
    return looks if bias is None else (looks / groups.sizes).gather(1, groups.owner)
