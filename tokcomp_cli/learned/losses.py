"""What the compressor is trained on: the answers read from its tokens, or the picture rebuilt from them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.evidence.answerer import PLACES, Answerer, Reader, Tokens
from tokcomp_cli.evidence.keeping import PICTURES
from tokcomp_cli.evidence.places import places, whole
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.train import MIXED, Rows, answer_loss

FEWEST, MOST = PICTURES.between


@dataclass(frozen=True, slots=True)
class Compressing:
    """Training scenes, compressed at budgets that are drawn."""

    scenes: EncodedSet
    scaling: Scaling
    net: LearnedCompressor

    @property
    def patches(self) -> int:
        """Return the tokens of a picture."""
        return self.scenes.features.shape[1]

    def content(self, chosen: Tensor) -> Tensor:
        """Return the scaled content of some scenes, (B, P, D)."""
        return self.scaling.content(self.scenes.features[chosen])

    def tokens(self, chosen: Tensor, draw: torch.Generator) -> tuple[Tokens, Tensor]:
        """Return some scenes' tokens at a random budget, even on a log scale, and their owners, (B, P)."""
        lowest, highest = math.log(FEWEST), math.log(MOST + 1)
        at = lowest + float(torch.rand((), generator=draw)) * (highest - lowest)
        num_keep = min(int(math.exp(at)), self.patches)
        saliency = self.scenes.saliency[chosen].float()
        found, _, owner = self.net(self.content(chosen), saliency, torch.ones_like(saliency), num_keep)
        batch = torch.arange(len(owner))[:, None] * num_keep
        middles = self.scaling.middles.repeat(len(owner), 1)
        place = places((owner + batch).flatten(), middles, len(owner) * num_keep)
        padding = torch.zeros(found.shape[:2], dtype=torch.bool)
        return Tokens(found, place.view(len(owner), num_keep, PLACES), padding), owner


class AnswerLoss:
    """Cross-entropy of answerers that read the compressed tokens."""

    def __init__(
        self, given: Compressing, readers: Sequence[tuple[Answerer, Scaling]], *, jointly: bool
    ) -> None:
        """Take answerers with their scalings.

        Args:
            given: Training scenes and the compressor.
            readers: Answerers and what they divide content by.
            jointly: Whether they learn, too: they are then given all tokens in some of the batches.
        """
        self.given, self.readers, self.jointly = given, readers, jointly
        self.rows = Rows.of(given.scenes)

    def __call__(self, chosen: Tensor, draw: torch.Generator) -> Tensor:
        """Return the mean loss over the answerers of some scenes' questions."""
        given = self.given
        if self.jointly and float(torch.rand((), generator=draw)) >= MIXED:
            tokens = whole(given.content(chosen), given.scaling.middles)
        else:
            tokens, _ = given.tokens(chosen, draw)
        losses = []
        for net, scaling in self.readers:
            read = Tokens(
                tokens.content * (given.scaling.scale / scaling.scale), tokens.place, tokens.padding
            )
            losses.append(answer_loss(net, given.scenes, self.rows, chosen, read))
        return torch.stack(losses).mean()


class Rebuilder(nn.Module):
    """Tells the content of every patch from the tokens that are left: a decoder for training alone."""

    def __init__(self, dim: int, width: int = 192, layers: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.content, self.norm = nn.Linear(dim, width), nn.LayerNorm(width)
        self.place = nn.Sequential(nn.Linear(PLACES, width), nn.GELU(), nn.Linear(width, width))
        self.readers = nn.ModuleList(Reader(width, heads) for _ in range(layers))
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, dim))

    def forward(self, tokens: Tokens, middles: Tensor) -> Tensor:
        """Return the content of all patches, (B, P, D).

        Args:
            tokens: Of B pictures.
            middles: Middle of each patch, (P, 2).
        """
        seen = self.norm(self.content(tokens.content) + self.place(tokens.place))
        place = torch.zeros(len(middles), PLACES)
        place[:, :2] = middles
        asked = self.place(place).expand(len(seen), -1, -1)
        for reader in self.readers:
            asked = reader(asked, seen, ~tokens.padding)
        out: Tensor = self.out(asked)
        return out


class ReconstructionLoss:
    """Share of the content, counted by saliency, that the tokens do not tell.

    Twice: of each patch by the token that owns it, and of each patch by a network that reads all tokens.
    """

    def __init__(self, given: Compressing, rebuilder: Rebuilder) -> None:
        self.given, self.rebuilder = given, rebuilder
        self.middles = given.scaling.middles

    def __call__(self, chosen: Tensor, draw: torch.Generator) -> Tensor:
        """Return the two shares' sum over some scenes; no label is read."""
        content, weight = self.given.content(chosen), self.given.scenes.saliency[chosen].float()
        tokens, owner = self.given.tokens(chosen, draw)
        with torch.autocast("cpu", torch.bfloat16):
            told = self.rebuilder(tokens, self.middles)
        energy = (weight * content.square().sum(2)).sum(1)
        by_owner = tokens.content.take_along_dim(owner[..., None], 1)
        lost = sum((content - one).square().sum(2) for one in (by_owner, told.float()))
        return ((weight * lost).sum(1) / energy).mean()
