"""Tells all patches of a frame from the few tokens of it and earlier ones: for training and judging."""

import torch
from torch import Tensor, nn

from tokcomp_cli.evidence.answerer import PLACES, Reader, Tokens
from tokcomp_cli.learned.pvc.network import CausalAttention, zero


class Decoder(nn.Module):
    """Starts from the token that stands for a patch, and adds what it learns to read from the others.

    A patch looks at the tokens that stand for it in its own and earlier frames, then at all tokens of these
    frames. Before training it tells the token that stands for the patch.
    """

    def __init__(
        self, dim: int, frames: int, patches: int, width: int = 192, layers: int = 2, heads: int = 4
    ) -> None:
        super().__init__()
        self.content, self.norm = nn.Linear(dim, width), nn.LayerNorm(width)
        self.place = nn.Sequential(nn.Linear(PLACES + frames, width), nn.GELU(), nn.Linear(width, width))
        self.patch, self.frame = nn.Embedding(patches, width), nn.Embedding(frames, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.over_time = nn.ModuleList(CausalAttention(width, width, heads) for _ in range(layers))
        self.readers = nn.ModuleList(Reader(width, heads) for _ in range(layers))
        self.out = nn.Sequential(nn.LayerNorm(width), zero(nn.Linear(width, dim)))

    def forward(self, tokens: Tokens, own: Tensor, asked: Tensor) -> Tensor:
        """Return the content of the patches asked for, (B, T, Q, D).

        Args:
            tokens: Of B clips, K a frame, frame after frame.
            own: Content of the token that stands for each asked patch in each frame, (B, T, Q, D).
            asked: Numbers of the patches, int64, (Q,).
        """
        batch, frames, count, _ = own.shape
        seen = self.norm(self.content(tokens.content) + self.place(tokens.place))
        frame = torch.arange(frames)
        now = self.content(own) + self.patch(asked) + self.frame(frame)[:, None]
        earlier = (
            frame.repeat_interleave(tokens.content.shape[1] // frames)
            <= frame.repeat_interleave(count)[:, None]
        )
        for norm, over_time, reader in zip(self.norms, self.over_time, self.readers, strict=True):
            now = now + over_time(norm(now))
            now = reader(now.flatten(1, 2), seen, earlier[None]).view(batch, frames, count, -1)
        out: Tensor = self.out(now)
        return own + out


def shares_lost(told: Tensor, content: Tensor, saliency: Tensor) -> Tensor:
    """Return what is not told of each frame, by saliency and evenly, float32, (2, B, T).

    In parts of the spread of a clip's frame around its mean: as 1 - `explained`, without the floor.

    Args:
        told: Content as decoded, (B, T, Q, D).
        content: Content as it is, (B, T, Q, D).
        saliency: Of these patches, (B, T, Q).
    """
    weights = torch.stack([saliency, torch.ones_like(saliency)])
    weights = weights / weights.mean(-1, keepdim=True)
    middle = torch.einsum("wbtq,btqd->wbtd", weights, content) / content.shape[2]
    spread = (weights * (content - middle[..., None, :]).square().sum(-1)).sum(-1)
    lost = (weights * (told - content).square().sum(-1)).sum(-1)
    return lost / spread.mean(-1, keepdim=True).clamp(min=1e-12)
