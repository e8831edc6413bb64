"""Decoders of well-known models with random weights, so that speed can be measured without a download."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.rounding import readable_bytes
from tokcomp_cli.errors import ModelError, PlanError, near


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """A decoder's sizes as its published config states them.

    Attributes:
        name: As users write it.
        model_type: Of the language model's config.
        layers: Of the published model.
        measured_layers: How many are built unless the user says otherwise.
        visual_tokens: What one picture usually comes to in this model.
        sizes: For the config.
        axes: Of the rotary positions.
    """

    name: str
    model_type: str
    layers: int
    measured_layers: int
    visual_tokens: int
    sizes: Mapping[str, Any] = field(default_factory=dict)
    axes: int = 1


SHAPES = (
    DecoderShape(
        name="smolvlm2-256m",
        model_type="llama",
        layers=30,
        measured_layers=30,
        visual_tokens=1088,  # 4 x 4 tiles and the whole picture, 64 each
        sizes={
            "hidden_size": 576,
            "intermediate_size": 1536,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
        },
    ),
    DecoderShape(
        name="llava-1.5-7b",
        model_type="llama",
        layers=32,
        measured_layers=2,
        visual_tokens=576,
        sizes={
            "hidden_size": 4096,
            "intermediate_size": 11008,
            "num_attention_heads": 32,
            "num_key_value_heads": 32,
        },
    ),
    DecoderShape(
        name="qwen2.5-vl-3b",
        model_type="qwen2_5_vl_text",
        layers=36,
        measured_layers=3,
        visual_tokens=1280,  # a picture at the class default of 28 * 28 * 1280 pixels
        sizes={
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1_000_000.0,
                "mrope_section": [16, 24, 24],
            },
        },
        axes=3,
    ),
)


def find_shape(name: str) -> DecoderShape:
    """Return a shape.

    Raises:
        PlanError: There is none of that name.
    """
    for shape in SHAPES:
        if shape.name == name:
            return shape
    known = [shape.name for shape in SHAPES]
    raise PlanError(f"unknown shape {name!r}{near(name, known)}; known: {', '.join(known)}")


def build_decoder(shape: DecoderShape, layers: int) -> nn.Module:
    """Return a decoder with random weights, float32, in evaluation mode, with a vocabulary of a few words.

    Args:
        shape: Its sizes.
        layers: How many to build.

    Raises:
        PlanError: The model has fewer layers.
        ModelError: transformers is not there, or there is no room.
    """
    try:
        from transformers import AutoConfig, AutoModel
    except ImportError as error:
        raise ModelError(
            f"bench vlm needs transformers ({error}); install it with: pip install 'tokcomp[vlm]'"
        ) from error
    if not 1 <= layers <= shape.layers:
        raise PlanError(f"`layers` takes 1 to {shape.layers} for {shape.name}; got {layers}")
    config = AutoConfig.for_model(
        shape.model_type,
        vocab_size=8,
        num_hidden_layers=layers,
        max_position_embeddings=32768,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
        **shape.sizes,
    )
    with torch.device("meta"):
        weights = sum(weight.numel() for weight in AutoModel.from_config(config).parameters())
    room, needed = available_bytes(), 4 * weights
    if room is not None and needed > room:
        raise ModelError(
            f"{layers} layers of {shape.name} need {readable_bytes(needed)} and {readable_bytes(room)} can "
            "be had; use fewer `layers`"
        )
    config._attn_implementation = "sdpa"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        decoder: nn.Module = AutoModel.from_config(config)
        return decoder.eval()
