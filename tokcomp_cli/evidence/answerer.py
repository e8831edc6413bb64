"""The judge: a small network that answers questions from visual tokens, and knows nothing of our figures."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tokcomp_cli.evidence.task.vocabulary import MOST_NAMED, Vocabulary

PLACES = 5
"""Numbers that tell where a token is: middle across and down, spread across and down, log of its size.

Of a clip, the share of its patches in each frame stands behind its middle.
"""
OF_MERGED = 3
"""The last of them, which are 0 for a patch by itself: what an answerer never met must not move it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of B pictures, padded to K.

    Attributes:
        content: Features minus the blank response, float32, (B, K, D).
        place: As in `PLACES`, in parts of the picture, float32, (B, K, PLACES + frames of a clip).
        padding: True where there is no token, bool, (B, K).
    """

    content: Tensor
    place: Tensor
    padding: Tensor


class Reader(nn.Module):
    """One layer: each question looks at the tokens."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, asked: Tensor, tokens: Tensor, seen: Tensor) -> Tensor:
        """Return the questions after the layer, (B, Q, W).

        Args:
            asked: (B, Q, W).
            tokens: (B, K, W).
            seen: True where there is a token to look at, bool, (B, K), or for each question (B, Q, K).
        """
        seen = seen if seen.ndim == 3 else seen[:, None]
        query = self._by_head(self.query(self.norms[0](asked)))
        key, value = map(self._by_head, self.key_value(tokens).chunk(2, dim=-1))
        found = F.scaled_dot_product_attention(query, key, value, attn_mask=seen[:, None])
        asked = asked + self.out(found.transpose(1, 2).flatten(2))
        out: Tensor = asked + self.mlp(self.norms[1](asked))
        return out

    def _by_head(self, values: Tensor) -> Tensor:
        """Return vectors (B, N, W) as (B, heads, N, W / heads)."""
        batch, count, width = values.shape
        return values.view(batch, count, self.heads, width // self.heads).transpose(1, 2)


class Answerer(nn.Module):
    """Cross-attention from a question to tokens of any number, place and size."""

    def __init__(
        self, dim: int, vocabulary: Vocabulary, width: int = 128, layers: int = 3, heads: int = 4
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.content = nn.Linear(dim, width)
        told = nn.Linear(PLACES + vocabulary.frames, width)
        nn.init.zeros_(told.weight[:, -OF_MERGED:])
        self.place = nn.Sequential(told, nn.GELU(), nn.Linear(width, width))
        self.norm = nn.LayerNorm(width)
        self.kind = nn.Embedding(len(vocabulary.kinds), width)
        self.named = nn.ModuleList(nn.Embedding(vocabulary.named + 1, width) for _ in range(MOST_NAMED))
        self.readers = nn.ModuleList(Reader(width, heads) for _ in range(layers))
        self.answer = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, vocabulary.answers))

    def forward(self, tokens: Tokens, kind: Tensor, about: Tensor, allowed: Tensor) -> Tensor:
        """Return a score for each answer, -inf where it is not allowed, (B, Q, answers).

        Args:
            tokens: Of B pictures.
            kind: Kind of each picture's Q questions, int64, (B, Q).
            about: Things they name plus 1, or 0, int64, (B, Q, MOST_NAMED).
            allowed: bool, (B, Q, answers).
        """
        seen = self.norm(self.content(tokens.content) + self.place(tokens.place))
        asked = self.kind(kind)
        for place, named in enumerate(self.named):
            asked = asked + named(about[..., place])
        for reader in self.readers:
            asked = reader(asked, seen, ~tokens.padding)
        scores: Tensor = self.answer(asked)
        return scores.masked_fill(~allowed, float("-inf"))


def start_from(net: Answerer, other: Answerer) -> None:
    """Give an answerer the weights of another one, wherever both have the same part; the rest stays as it is.

    Embeddings of kinds go over by name. What a picture's answerer knows of places is kept: its columns are
    those of a clip's that do not speak of time.
    """
    own, given = net.state_dict(), other.state_dict()
    with torch.no_grad():
        for name, value in given.items():
            if name in own and own[name].shape == value.shape and name != "kind.weight":
                own[name].copy_(value)
        for row, kind in enumerate(net.vocabulary.kinds):
            if kind in other.vocabulary.kinds:
                own["kind.weight"][row] = given["kind.weight"][other.vocabulary.kinds.index(kind)]
        if net.vocabulary.frames and not other.vocabulary.frames:
            own["place.0.weight"].zero_()
            middle = PLACES - OF_MERGED
            own["place.0.weight"][:, :middle] = given["place.0.weight"][:, :middle]
            own["place.0.weight"][:, -OF_MERGED:] = given["place.0.weight"][:, -OF_MERGED:]
