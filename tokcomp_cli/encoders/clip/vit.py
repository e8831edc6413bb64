"""OpenAI's and OpenCLIP's ViT, with a class token, average pooling (CLIPA) or an attention pool (CoCa)."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.clip.attention import is_known, query_pool, self_attention
from tokcomp_cli.encoders.clip.taps import Passed, Tap
from tokcomp_cli.encoders.clip.tower import DEVIATION, TowerFacts, alone, block_index, block_words, deviation
from tokcomp_cli.errors import EncoderError

PREFIX = 1


class VitTower:
    """open_clip's `VisionTransformer`."""

    def __init__(self, visual: Any, *, layer: int | None) -> None:
        """Take the tower.

        Raises:
            EncoderError: It pools in a way that has no single embedding.
            PlanError: There is no such block.
        """
        self._visual = visual
        blocks = visual.transformer.resblocks
        index = block_index(layer, len(blocks))
        self._block = blocks[index]
        if getattr(visual, "attn_pool_contrastive", None) is not None or visual.pool_type == "none":
            raise EncoderError("this ViT pools into several embeddings, which tokcomp cannot read")
        words = f"{DEVIATION} (the attention has a form that is not read)"
        if is_known(self._block.attn):
            words = f"class-token attention of block {index + 1}, mean over heads"
        self._pool = "class token"
        if visual.attn_pool is not None:
            self._pool, words = "attention", "attention of the pooling query, mean over heads"
        elif visual.pool_type == "avg":
            self._pool, words = "average", f"{DEVIATION} (the embedding is an average, no class token)"
        self._last = blocks[-1]
        self._taps = Tap(self._block), Tap(self._block.attn), Tap(blocks[-1])
        rows, columns = visual.grid_size
        self.facts = TowerFacts(
            family=f"ViT, {len(blocks)} blocks, {self._pool} pooling",
            grid=(int(rows), int(columns)),
            patch_size=int(visual.patch_size[0]),
            dim=int(visual.transformer.width),
            layer=block_words(index, len(blocks)),
            saliency=words,
        )

    def read(self, pictures: Tensor, *, text: bool) -> FrameTokens:
        """Return the tokens of normalised pictures, (T, 3, H, W)."""
        visual = self._visual
        pooled = visual(pictures)
        block, attention, last = (tap.take() for tap in self._taps)
        tokens = block.returned[:, PREFIX:].float()
        saliency, keys = None, None
        if self._pool == "attention":
            saliency, keys = query_pool(visual.attn_pool, last.returned, prefix=PREFIX)
        else:
            found = self_attention(self._block.attn, attention.first, prefix=PREFIX)
            if found is not None:
                saliency, keys = found
        if saliency is None or self._pool == "average":
            saliency = deviation(tokens)
        projected = self._project(last).float() if text else None
        return FrameTokens(
            tokens,
            saliency,
            pooled=(pooled[0] if isinstance(pooled, tuple) else pooled).float(),
            keys=keys,
            text_features=projected,
        )

    def _project(self, last: Passed) -> Tensor:
        """Return the head applied to each patch alone, (T, P, E), from what passed through the last block."""
        visual = self._visual
        if self._pool == "class token":
            patches = alone(self._last, last.first[:, PREFIX:])
            for tap in self._taps:
                tap.forget()
        else:
            patches = last.returned[:, PREFIX:]
        if visual.attn_pool is not None:
            # over one token an attention is its value, whatever the query
            attention = visual.attn_pool.attn
            width = attention.embed_dim
            weight = attention.v_proj_weight
            if weight is None:
                weight = attention.in_proj_weight[2 * width :]
            bias = None if attention.in_proj_bias is None else attention.in_proj_bias[2 * width :]
            patches = attention.out_proj(F.linear(visual.attn_pool.ln_k(patches), weight, bias))
        projected: Tensor = visual.ln_post(patches) @ visual.proj
        return projected
