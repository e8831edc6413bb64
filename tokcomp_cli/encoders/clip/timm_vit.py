"""Towers of timm that are made of blocks: EVA, SigLIP and SigLIP 2, PE, MobileCLIP-B, ViTamin, plain ViT."""

from typing import Any

from torch import Tensor

from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.clip.attention import is_known, latent_pool, self_attention
from tokcomp_cli.encoders.clip.taps import Passed, Tap
from tokcomp_cli.encoders.clip.tower import DEVIATION, TowerFacts, alone, block_index, block_words, deviation
from tokcomp_cli.errors import EncoderError


class TimmVitTower:
    """open_clip's `TimmModel` around a timm trunk with `blocks`."""

    def __init__(self, visual: Any, *, layer: int | None) -> None:
        """Take the tower.

        Raises:
            EncoderError: Its blocks or its pool have an unknown form.
            PlanError: There is no such block.
        """
        self._visual, trunk = visual, visual.trunk
        index = block_index(layer, len(trunk.blocks))
        self._block, self._prefix = trunk.blocks[index], int(trunk.num_prefix_tokens)
        pool: Any = getattr(trunk, "attn_pool", None)
        self._latent = type(pool).__name__ == "AttentionPoolLatent"
        if (pool is not None and not self._latent) or not hasattr(self._block, "attn"):
            kind = f"{type(self._block).__name__}, {type(pool).__name__}"
            raise EncoderError(f"this ViT has blocks or a pool that tokcomp cannot read ({kind})")
        self._by_class = pool is None and trunk.global_pool == "token"
        if self._latent:
            words = "attention of the pooling query, mean over heads"
        elif self._by_class and not is_known(self._block.attn):
            words = f"{DEVIATION} (the attention has a form that is not read)"
        elif self._by_class:
            words = f"class-token attention of block {index + 1}, mean over heads"
        else:
            words = f"{DEVIATION} (the embedding is an average, no class token)"
        # a class token's tower is read at the input of its last block, others where the head begins
        self._by_value = self._by_class and is_known(trunk.blocks[-1].attn)
        self._final = pool.kv if self._latent else trunk.blocks[-1] if self._by_value else trunk.norm
        self._taps = Tap(self._block), Tap(self._block.attn), Tap(self._final)
        rows, columns = trunk.patch_embed.grid_size
        self.facts = TowerFacts(
            family=f"{type(trunk).__name__} (timm), {len(trunk.blocks)} blocks, {trunk.global_pool} pooling",
            grid=(int(rows), int(columns)),
            patch_size=int(visual.image_size[0]) // int(rows),
            dim=int(trunk.embed_dim),
            layer=block_words(index, len(trunk.blocks)),
            saliency=words,
        )

    def read(self, pictures: Tensor, *, text: bool) -> FrameTokens:
        """Return the tokens of normalised pictures, (T, 3, H, W)."""
        trunk, prefix = self._visual.trunk, self._prefix
        pooled = self._visual(pictures)
        block, attention, last = (tap.take() for tap in self._taps)
        tokens = block.returned[:, prefix:].float()
        saliency, keys = None, None
        if self._latent:
            saliency, keys = latent_pool(trunk.attn_pool, last.returned.chunk(2, -1)[0], prefix=prefix)
        else:
            rope = attention.named.get("rope")
            found = self_attention(self._block.attn, attention.first, prefix=prefix, rope=rope)
            if found is not None:
                saliency, keys = found
        if saliency is None or not (self._latent or self._by_class):
            saliency = deviation(tokens)
        projected = self._project(last).float() if text else None
        return FrameTokens(tokens, saliency, pooled=pooled.float(), keys=keys, text_features=projected)

    def _project(self, last: Passed) -> Tensor:
        """Return the head applied to each patch alone, (T, P, E), from what passed last.

        Over one token an attention is its value, whatever the query; with an attention pool the patches come
        as the keys and values that it made of them.
        """
        trunk = self._visual.trunk
        if self._by_value:
            patches = trunk.norm(alone(self._final, last.first[:, self._prefix :]))
            for tap in self._taps:
                tap.forget()
        else:
            patches = last.returned[:, self._prefix :]
        if self._latent:
            pool = trunk.attn_pool
            patches = pool.proj(patches.chunk(2, -1)[1])
            if pool.mlp is not None:
                patches = patches + pool.mlp(pool.norm(patches))
        projected: Tensor = self._visual.head(trunk.head(trunk.head_drop(trunk.fc_norm(patches))))
        return projected
