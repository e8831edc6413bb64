"""What enters a decoder when the visual tokens of its prompt are compressed, and what follows that prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from tokcomp_cli.compress.module import Compress


@dataclass(frozen=True, slots=True)
class DecoderInput:
    """What enters a decoder.

    Attributes:
        embeds: Text and visual tokens, (B, L, D).
        mask: 1 for tokens, 0 for padding, int64, (B, L), or None where nothing is padded.
        positions: Rotary positions, (B or 1, L), or (3 or 4, B or 1, L) in time, row and column, the
            fourth axis leading and counting tokens; None where the decoder counts.
    """

    embeds: Tensor
    mask: Tensor | None
    positions: Tensor | None


@dataclass(frozen=True, slots=True)
class ShortenedPrompt:
    """What became of a prompt, as far as the tokens after it need to know.

    Attributes:
        length: Tokens that came in.
        dropped: Tokens that left each sequence, int64, (B,).
        mask: Of what is left, (B, L).
        masked: Whether the decoder is given the mask.
    """

    length: int
    dropped: Tensor
    mask: Tensor
    masked: bool


def shorten(compress: Compress, came: DecoderInput, visual: Tensor) -> tuple[DecoderInput, ShortenedPrompt]:
    """Return a prompt with compressed visual tokens, and what the tokens after it need to know.

    Sequences of a batch that end up shorter than the longest are padded on the left.

    Args:
        compress: For the visual tokens of each sequence.
        came: The prompt.
        visual: Which of its tokens are visual, bool, (B, L).

    Raises:
        PlanError: `num_keep` is above the visual tokens of a sequence.
    """
    pairs = [_kept(compress, *one) for one in zip(came.embeds, visual, strict=True)]
    rows, keep = [row for row, _ in pairs], torch.stack([kept for _, kept in pairs])
    longest = max(map(len, rows))
    whole = torch.ones_like(keep, dtype=torch.int64) if came.mask is None else came.mask
    prompt = ShortenedPrompt(
        length=keep.shape[1],
        dropped=(~keep).sum(1),
        mask=_gathered(whole, keep, longest),
        masked=came.mask is not None or any(len(row) < longest for row in rows),
    )
    positions = came.positions
    if positions is not None:
        places = _lowered(positions, (~keep).cumsum(1))
        positions = _gathered(places.expand(*places.shape[:-2], *keep.shape), keep, longest)
    embeds = torch.stack([pad(row, (0, 0, longest - len(row), 0)) for row in rows])
    return DecoderInput(embeds, prompt.mask if prompt.masked else None, positions), prompt


def extend(
    prompt: ShortenedPrompt, came: DecoderInput, *, cached: int, counted_from_cache: bool
) -> DecoderInput:
    """Return the tokens after a shortened prompt, with the mask and the positions that belong to it.

    Args:
        prompt: What became of the prompt.
        came: The tokens after it, with mask and positions as if it were whole.
        cached: Tokens in the key-value cache.
        counted_from_cache: Whether positions with axes were counted from the length of that cache, which
            lacks the dropped tokens.
    """
    mask, positions = came.mask, came.positions
    if mask is not None:
        mask = torch.cat([prompt.mask, mask[:, prompt.length :]], 1)
    elif prompt.masked:
        after = cached + came.embeds.shape[1] - prompt.mask.shape[1]
        mask = pad(prompt.mask, (0, after), value=1)
    if positions is not None:
        dropped = prompt.dropped[:, None]
        axes = positions.ndim == 3
        positions = positions + dropped if axes and counted_from_cache else _lowered(positions, dropped)
    return DecoderInput(came.embeds, mask, positions)


def _kept(compress: Compress, embeds: Tensor, visual: Tensor) -> tuple[Tensor, Tensor]:
    """Return what is left of a sequence, (K, D), and which of its places that is, bool, (L,).

    A method that needs saliency gets the norm of each token's deviation from the mean token.
    """
    if not visual.any():
        return embeds, torch.ones_like(visual)
    x, method, prefix = embeds[visual], compress.method, compress.num_prefix_tokens
    saliency = None
    if "saliency" in method.needs:
        patches = x[prefix:].detach().float()
        saliency = patches.sub(patches.mean(0, keepdim=True)).norm(dim=1)
    result = method(
        x, num_keep=compress.num_keep, num_prefix_tokens=prefix, saliency=saliency, seed=compress.seed
    )
    owned = (result.owner >= 0).nonzero().squeeze(1)
    earliest = torch.full_like(result.sizes, len(x)).scatter_reduce(0, result.owner[owned], owned, "amin")
    keep = ~visual
    keep[visual.nonzero().squeeze(1)[earliest]] = True
    return embeds[keep].masked_scatter(visual[keep][:, None], result.features), keep


def _lowered(positions: Tensor, less: Tensor) -> Tensor:
    """Return positions lowered where they count tokens: plain ones, and the leading one of four axes."""
    if positions.ndim == 3 and positions.shape[0] == 3:
        return positions
    counting = positions - less
    return (
        counting if positions.ndim == 2 else torch.cat([counting[:1], positions[1:].expand_as(counting[1:])])
    )


def _gathered(values: Tensor, keep: Tensor, longest: int) -> Tensor:
    """Return the kept entries of (..., B, L), zeros before them where a sequence is shorter."""
    rows: Sequence[Tensor] = [values[..., at, :][..., kept] for at, kept in enumerate(keep)]
    return torch.stack([pad(row, (longest - row.shape[-1], 0)) for row in rows], dim=-2)
