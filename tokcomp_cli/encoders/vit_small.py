"""ViT-S/16 as functions of its weights, in float32 or with the products of its blocks in bfloat16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from tokcomp_cli.core.lazy import F, Tensor, torch
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.products import Product, attended

DEPTH, HEADS, WIDTH, PATCH = 12, 6, 384, 16
HEAD = WIDTH // HEADS


@dataclass(frozen=True, slots=True)
class Norm:
    """A layer norm; weight and bias float32, (D,)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, tokens: Tensor) -> Tensor:
        """Return the tokens, float32, (..., D), normalised."""
        return F.layer_norm(tokens, (WIDTH,), self.weight, self.bias, 1e-6)


@dataclass(frozen=True, slots=True)
class Block:
    """One block; gammas are LayerScale's, float32, (D,), queries come out scaled."""

    norm1: Norm
    qkv: Product
    proj: Product
    gamma1: Tensor
    norm2: Norm
    fc1: Product
    fc2: Product
    gamma2: Tensor

    def __call__(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens, float32, (T, N, D), and this block's queries and keys, (T, heads, N, d).

        Args:
            tokens: Float32, (T, N, D).
        """
        query, key, value = self.looked(self.norm1(tokens))
        return self.fed(self.attend(tokens, query, key, value)), query, key

    def looked(self, normed: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values of normalised tokens, (T, N, D), each (T, heads, N, d)."""
        batch, count, _ = normed.shape
        qkv = self.qkv(normed).view(batch, count, 3, HEADS, HEAD)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).contiguous()
        return query, key, value

    def attend(
        self, tokens: Tensor, query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None = None
    ) -> Tensor:
        """Return the tokens, (T, N, D), after attention; `bias` as in `attended`."""
        mixed = self.proj(attended(query, key, value, bias))
        return torch.addcmul(tokens, mixed.float(), self.gamma1)

    def fed(self, tokens: Tensor) -> Tensor:
        """Return the tokens, (T, N, D), after the two layers that end the block."""
        hidden = self.fc2(self.fc1(self.norm2(tokens), gelu=True))
        return torch.addcmul(tokens, hidden.float(), self.gamma2)


class Blocklike(Protocol):
    """A block, or what is called as one."""

    def __call__(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return tokens, float32, (T, N, D), and queries and keys, (T, heads, N, d)."""


@dataclass(frozen=True, slots=True)
class VitSmall:
    """The tower; all but the blocks' products stays in float32.

    All in bfloat16 it would be a few per cent faster, and off by twice as much: too much for dark frames.

    Attributes:
        patches: Weight and bias of the embedding of patches.
        prefix: The class token, (1, 1, D).
        positions: (1, 1 + P, D).
        blocks: In order.
        norm: The last.
    """

    patches: tuple[Tensor, Tensor]
    prefix: Tensor
    positions: Tensor
    blocks: tuple[Blocklike, ...]
    norm: Norm

    @classmethod
    def of(cls, state: Mapping[str, Tensor], dtype: torch.dtype, device: str = "cpu") -> VitSmall:
        """Return the tower of a state, keys as in timm's `vit_small_patch16_224`.

        Args:
            state: In float32, on the CPU; each tensor is read once.
            dtype: Number format of the blocks' products.
            device: Where the tower runs.
        """

        def read(name: str) -> Tensor:
            return state[name].to(device)

        def norm(name: str) -> Norm:
            return Norm(read(f"{name}.weight"), read(f"{name}.bias"))

        def product(name: str, scale: Tensor | None = None) -> Product:
            weight, bias = read(f"{name}.weight"), read(f"{name}.bias")
            if scale is not None:
                weight, bias = weight * scale[:, None], bias * scale
            return Product.of(weight, bias, dtype)

        # The attention's scale, 1/8, changes exponents only, so nothing is rounded anew.
        scale = torch.tensor([HEAD**-0.5, 1.0, 1.0], device=device).repeat_interleave(WIDTH)
        blocks = (
            Block(
                norm1=norm(f"{block}.norm1"),
                qkv=product(f"{block}.attn.qkv", scale),
                proj=product(f"{block}.attn.proj"),
                gamma1=read(f"{block}.ls1.gamma"),
                norm2=norm(f"{block}.norm2"),
                fc1=product(f"{block}.mlp.fc1"),
                fc2=product(f"{block}.mlp.fc2"),
                gamma2=read(f"{block}.ls2.gamma"),
            )
            for block in (f"blocks.{number}" for number in range(DEPTH))
        )
        patches = read("patch_embed.proj.weight"), read("patch_embed.proj.bias")
        return cls(patches, read("cls_token"), read("pos_embed"), tuple(blocks), norm("norm"))

    def at_grid(self, before: tuple[int, int], grid: tuple[int, int]) -> VitSmall:
        """Return the tower with positions of one grid interpolated to another.

        Reference: timm's `resample_abs_pos_embed` (bicubic, antialiased).
        """
        patches = self.positions[:, 1:].view(1, *before, WIDTH).permute(0, 3, 1, 2)
        patches = F.interpolate(patches, size=grid, mode="bicubic", antialias=True).flatten(2).transpose(1, 2)
        return replace(self, positions=torch.cat([self.positions[:, :1], patches], 1))

    def __call__(self, pictures: Tensor) -> FrameTokens:
        """Return the tokens of normalised pictures, float32, (T, 3, H, W), all in float32.

        Saliency is the class token's attention in the last block, mean over heads.
        """
        return self.finished(self.begun(pictures, 0), 0)

    def begun(self, pictures: Tensor, blocks: int) -> Tensor:
        """Return all tokens of normalised pictures after so many blocks, float32, (T, 1 + P, D)."""
        embedded = F.conv2d(pictures, *self.patches, stride=PATCH).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.prefix.expand(len(embedded), -1, -1), embedded], 1) + self.positions
        for block in self.blocks[:blocks]:
            tokens, _, _ = block(tokens)
        return tokens

    def finished(self, tokens: Tensor, blocks: int) -> FrameTokens:
        """Return the tokens of pictures that `begun` took through so many blocks, fewer than all."""
        query = key = tokens
        for block in self.blocks[blocks:]:
            tokens, query, key = block(tokens)
        tokens, key = self.norm(tokens), key.float()
        looks = (query[:, :, :1].float() @ key.transpose(-1, -2)).softmax(-1)
        return FrameTokens(
            tokens[:, 1:],
            saliency=looks[:, :, 0, 1:].mean(1),
            pooled=tokens[:, 0],
            keys=key.transpose(1, 2).flatten(2)[:, 1:],
        )
