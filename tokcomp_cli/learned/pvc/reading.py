"""Few tokens of each frame, and how well they are read: what PVC is trained on and all ways are judged by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tokcomp_cli.compress import find
from tokcomp_cli.core.tokens import Compressed, grid_tokens
from tokcomp_cli.evidence.answerer import Answerer, Tokens
from tokcomp_cli.evidence.places import padded, places
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.train import Rows, answer_loss
from tokcomp_cli.learned.pvc.clips import TimedClips
from tokcomp_cli.learned.pvc.decoder import Decoder, shares_lost

ASKED, CHUNK = 48, 8
"""Patches of each frame that a step of the training asks for; clips at once where nothing is learned."""


@dataclass(frozen=True, slots=True)
class Short:
    """K tokens of each of the T frames of B clips.

    Attributes:
        content: Scaled, (B, T, K, D).
        place: Where they are, as an answerer is told, (B, T * K, C).
        owner: Token of its frame that stands for each patch, or -1, int64, (B, T, P).
    """

    content: Tensor
    place: Tensor
    owner: Tensor

    def some(self, chosen: Tensor) -> "Short":
        """Return those of some clips, in float32."""
        parts = self.content[chosen].float(), self.place[chosen].float(), self.owner[chosen].long()
        return Short(*parts)

    @property
    def tokens(self) -> Tokens:
        """Return them as an answerer reads them."""
        content = self.content.flatten(1, 2)
        return Tokens(content, self.place, torch.zeros(content.shape[:2], dtype=torch.bool))

    def own(self, asked: Tensor) -> Tensor:
        """Return the content that stands for some patches, (B, T, Q, D); the frame's mean where none does."""
        owner = self.owner[..., asked]
        found = self.content.take_along_dim(owner.clamp(min=0)[..., None], 2)
        return torch.where((owner >= 0)[..., None], found, self.content.mean(2, keepdim=True))


ShortOf = Callable[[Tensor], Short]


def kept_by(name: str, clips: TimedClips, num_keep: int) -> Short:
    """Return what a spatial method keeps of each frame by itself, float16, owners int16."""
    scaling, method = clips.scaling, find("spatial", name)
    frames, made = scaling.frames, []
    for at in range(len(clips)):
        features = clips.scenes.features[at].float().view(frames, len(scaling.blank), -1)
        saliency = clips.scenes.saliency[at].float().view(frames, -1)
        made.append(
            [
                method.run(
                    grid_tokens(features[frame], scaling.grid, saliency=saliency[frame], blank=scaling.blank),
                    num_keep,
                    at * frames + frame,
                )
                for frame in range(frames)
            ]
        )
    owner = torch.stack([torch.stack([one.owner for one in clip]) for clip in made])
    told = [padded([_as_one(clip)], scaling.blanks, scaling.middles, scaling.scale) for clip in made]
    content = torch.cat([one.content.half() for one in told])
    content = content.view(len(clips), frames, num_keep, -1)
    return Short(content, torch.cat([one.place.half() for one in told]), owner.to(torch.int16))


def all_of(clips: TimedClips) -> Short:
    """Return all tokens of each frame, float16, owners int16."""
    scaling, count = clips.scaling, len(clips)
    patches = len(scaling.blank)
    content = torch.cat([clips.content(one).half() for one in torch.split(torch.arange(count), CHUNK)])
    owner = torch.arange(patches, dtype=torch.int16).expand(count, scaling.frames, -1)
    return Short(content, cell_places(torch.arange(patches), scaling).half().expand(count, -1, -1), owner)


def _as_one(frames: Sequence[Compressed]) -> Compressed:
    """Return what is kept of all frames, as one set of tokens."""
    count = len(frames[0].features)
    owner = [torch.where(one.owner < 0, -1, one.owner + at * count) for at, one in enumerate(frames)]
    return Compressed(
        torch.cat([one.features for one in frames]),
        torch.cat([one.sizes for one in frames]),
        torch.cat(owner),
    )


def cell_places(cells: Tensor, scaling: Scaling) -> Tensor:
    """Return the places of the cells of all frames, (T * K, C)."""
    count, frames = int(cells.max()) + 1, scaling.frames
    owner = torch.cat([cells + count * frame for frame in range(frames)])
    return places(owner, scaling.middles, count * frames)


class Reads(nn.Module):
    """What reads few tokens: a decoder, an answerer, or both."""

    def __init__(self, decoder: Decoder | None, answerer: Answerer | None) -> None:
        super().__init__()
        self.decoder, self.answerer = decoder, answerer


class ReadingLoss:
    """Log of the share of the content that a decoder is not told, and the cross-entropy of an answerer.

    The log, since the share is a few per cent: as it is, answers alone would be learned.
    """

    def __init__(self, reads: Reads, clips: TimedClips, short_of: ShortOf) -> None:
        self.reads, self.clips, self.short_of = reads, clips, short_of
        self.rows = Rows.of(clips.scenes)

    def __call__(self, chosen: Tensor, draw: torch.Generator) -> Tensor:
        """Return the loss over some clips; the patches that are asked for are drawn."""
        short, losses = self.short_of(chosen), []
        if self.reads.decoder is not None:
            asked = torch.randperm(short.owner.shape[-1], generator=draw)[:ASKED]
            losses.append(shares(self.reads.decoder, self.clips, short, chosen, asked).mean().log())
        if self.reads.answerer is not None:
            losses.append(
                answer_loss(self.reads.answerer, self.clips.scenes, self.rows, chosen, short.tokens)
            )
        return torch.stack(losses).sum()


def shares(decoder: Decoder | None, clips: TimedClips, short: Short, chosen: Tensor, asked: Tensor) -> Tensor:
    """Return what is not told of each frame, by saliency and evenly, as `shares_lost` has it, (2, B, T).

    Args:
        decoder: Reads the few tokens; None tells the token that stands for a patch.
        clips: A set.
        short: Few tokens of some of its clips.
        chosen: Numbers of these.
        asked: Numbers of the patches that are asked for.
    """
    told = short.own(asked)
    if decoder is not None:
        with torch.autocast("cpu", torch.bfloat16):
            told = decoder(short.tokens, told, asked)
    return shares_lost(told, clips.content(chosen)[:, :, asked], clips.saliency(chosen)[..., asked])
