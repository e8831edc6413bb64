"""Pictures encoded at one merge ratio: what answerers read, and what is compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tokcomp_cli.encoders.memory import memory_errors
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.answerer import PLACES, Tokens
from tokcomp_cli.evidence.places import places
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.learned.tocom.adapters import Change
from tokcomp_cli.learned.tocom.merging_tower import MergingTower

BATCH = 16


@dataclass(frozen=True, slots=True)
class MergedSet:
    """N pictures at one ratio, K tokens each.

    Attributes:
        features: float16, (N, K, D).
        owner: Token of each patch, int16, (N, P).
        saliency: Of each patch, float16, (N, P).
    """

    features: Tensor
    owner: Tensor
    saliency: Tensor

    def __len__(self) -> int:
        return len(self.features)

    def tokens(self, scaling: Scaling, chosen: Tensor) -> Tokens:
        """Return some pictures' tokens as an answerer reads them: their contents, places and sizes.

        Args:
            scaling: Of the answerer.
            chosen: Numbers of B pictures.
        """
        count = self.features.shape[1]
        first = torch.arange(len(chosen))[:, None] * count
        owner = (self.owner[chosen].long() + first).flatten()
        total = len(chosen) * count
        sizes = torch.bincount(owner, minlength=total)[:, None]
        blank = torch.zeros(total, scaling.blank.shape[1])
        blank.index_add_(0, owner, scaling.blank.repeat(len(chosen), 1))
        content = (
            self.features[chosen].float() - (blank / sizes).view(len(chosen), count, -1)
        ) / scaling.scale
        place = places(owner, scaling.middles.repeat(len(chosen), 1), total)
        padding = torch.zeros(content.shape[:2], dtype=torch.bool)
        return Tokens(content, place.view(len(chosen), count, PLACES), padding)

    def content(self, scaling: Scaling, chosen: Tensor) -> Tensor:
        """Return the scaled content of the token of each patch of some pictures, float32, (B, P, D)."""
        spread = self.features[chosen].take_along_dim(self.owner[chosen].long()[..., None], 1)
        return scaling.content(spread)


def merge_pictures(
    tower: MergingTower,
    pictures: Tensor,
    ratio: int,
    changes: Sequence[Change] = (),
    progress: Callable[[int], None] = lambda _done: None,
) -> MergedSet:
    """Return pictures at one ratio.

    Args:
        tower: Gives the tokens.
        pictures: uint8, (N, H, W, 3).
        ratio: Patches that each block merges.
        changes: Of each block's queries and values.
        progress: Called with pictures done.

    Raises:
        EvidenceError: Memory does not suffice.
        PlanError: The ratio is negative.
    """
    parts: list[MergedSet] = []
    try:
        with memory_errors(), torch.no_grad():
            for some in torch.split(pictures, BATCH):
                found = tower(tower.normalised(some), ratio, changes)
                parts.append(MergedSet(found.features.half(), found.owner.short(), found.saliency.half()))
                progress(sum(map(len, parts)))
            return MergedSet(
                *(torch.cat([getattr(one, name) for one in parts]) for name in MergedSet.__slots__)
            )
    except MemoryError as error:
        raise EvidenceError(f"{error}; give fewer pictures with --scenes") from error
