"""How much each patch answers a text, beyond what it answers to a text that says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokcomp_cli.core.lazy import F, Tensor, torch

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder

EMPTY_PROMPTS = ("", "a photo.", "a picture.", "an image.")


def asked(encoder: Encoder, text: str) -> Tensor | None:
    """Return a text's embedding minus the mean embedding of empty prompts, (E,), float32.

    A patch may be near to every text; what it answers to empty prompts tells how near.

    Returns:
        None without a text tower.

    Raises:
        EncoderError: The tokenizer's files are not on disk.
    """
    embedded = encoder.encode_text(text)
    if embedded is None:
        return None
    empty = [one for prompt in EMPTY_PROMPTS if (one := encoder.encode_text(prompt)) is not None]
    return embedded - torch.stack(empty).mean(0)


def relevance(text_features: Tensor, question: Tensor) -> Tensor:
    """Return the cosine of each patch with a text minus its mean cosine with empty prompts, in [-2, 2].

    Args:
        text_features: Patches projected into the space of the text embedding, (..., P, E).
        question: As `asked` returns it, (E,).
    """
    return F.normalize(text_features, dim=-1) @ question.to(text_features.dtype)
