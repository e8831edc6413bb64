"""A question with its pictures in a model's own format, and what enters the language model."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.errors import ModelError, PlanError, first_line
from tokcomp_cli.vlm.base import LlmInput, Pictures, Prompt, Vlm

TICKS = 1000
"""Frame times are given to processors as so many ticks a second, since they take whole frame numbers."""


def prompt_of(vlm: Vlm, pictures: Pictures, question: str) -> Prompt:
    """Return a question with its pictures, ready for a model.

    A clip goes in as one video where the model has a format for that, with the frames' own times, else as
    pictures one by one.

    Args:
        vlm: The model.
        pictures: At least one.
        question: Plain text.

    Raises:
        PlanError: The question is empty, no text, or holds tokens of the template.
        ModelError: The processor cannot make a prompt of them.
    """
    check_question(vlm, question)
    as_video = pictures.video and vlm.adapter.video_parts
    parts = [{"type": "video"}] if as_video else [{"type": "image"} for _ in pictures.rgb]
    turn = {"role": "user", "content": [*parts, {"type": "text", "text": question}]}
    try:
        text = vlm.processor.apply_chat_template([turn], add_generation_prompt=True)
        inputs = _processed(vlm, text, pictures, as_video=as_video)
    except (ValueError, TypeError, KeyError, IndexError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"the processor of '{vlm.name}' cannot take these pictures ({first_line(error)})"
        ) from error
    ids = inputs["input_ids"][0]
    visual = ids == _placeholder(vlm, as_video=as_video)
    if not visual.any():
        raise ModelError(f"the processor of '{vlm.name}' left no place for visual tokens in its prompt")
    adapter = vlm.adapter
    positions = torch.arange(len(ids))[None]
    if adapter.positions is not None:
        positions = adapter.positions(vlm.model, inputs, pictures.pts_seconds)
    return Prompt(
        ids=ids,
        visual=visual,
        positions=positions,
        inputs=inputs,
        blocks=adapter.blocks(vlm.model.config, inputs),
        pictures=len(pictures.rgb),
    )


def check_question(vlm: Vlm, question: str) -> None:
    """Check that a question is plain text to a model.

    Raises:
        PlanError: It is empty, no text, or holds tokens of the template.
    """
    if not question.strip():
        raise PlanError("the question is empty; write one, in quotes")
    try:
        question.encode()
    except UnicodeEncodeError:
        raise PlanError("the question is no valid text; write it in UTF-8") from None
    processor, words = vlm.processor, vlm.processor.tokenizer
    special = {entry.content for entry in words.added_tokens_decoder.values() if entry.special}
    special |= {getattr(processor, name, None) or "" for name in ("image_token", "video_token")} - {""}
    found = sorted(token for token in special if token in question)
    if found:
        raise PlanError(
            f"the question holds {', '.join(map(repr, found))}, which the model reads as part of its "
            "template; leave it out"
        )


def check_context(vlm: Vlm, prompt: Prompt, max_new_tokens: int) -> None:
    """Check that a prompt and an answer fit into what a model can take.

    Raises:
        PlanError: They do not.
    """
    whole = len(prompt.ids) + max_new_tokens
    if vlm.context is None or whole <= vlm.context:
        return
    advice = "ask for fewer new tokens, or ask about a smaller picture"
    if len(prompt.ids) - prompt.visual_tokens > vlm.context:
        advice = "shorten the question"
    elif prompt.pictures > 1:
        text = len(prompt.ids) - prompt.visual_tokens
        a_picture = len(prompt.ids) / prompt.pictures
        fit = int((vlm.context - max_new_tokens - min(text, 64)) / a_picture)
        advice = f"set `frames` to {max(1, fit)} or fewer" if fit else advice
    raise PlanError(
        f"'{vlm.name}' takes {vlm.context:,} tokens, and {prompt.visual_tokens:,} visual ones, "
        f"{len(prompt.ids) - prompt.visual_tokens:,} of text and {max_new_tokens:,} new ones are "
        f"{whole:,}; {advice}"
    )


def features_of(vlm: Vlm, prompt: Prompt) -> Tensor:
    """Return the visual tokens of a prompt as its model makes them, after its own projector, (V, D).

    Raises:
        ModelError: They are more or fewer than the prompt has places for, or not finite.
    """
    with torch.inference_mode():
        features = vlm.adapter.features(vlm.model, _moved(prompt.inputs, vlm))
    if len(features) != prompt.visual_tokens:
        raise ModelError(
            f"'{vlm.name}' made {len(features)} visual tokens where its processor left room for "
            f"{prompt.visual_tokens}; its processor and its weights do not belong together"
        )
    if not torch.isfinite(features).all():
        raise ModelError(f"'{vlm.name}' made visual tokens that are not finite; set `precision` to float32")
    return features


def llm_input(vlm: Vlm, prompt: Prompt, features: Tensor, slots: Tensor | None = None) -> LlmInput:
    """Return what enters the language model: all text, and visual tokens at their places.

    Where positions count up, they do so over what is left, as in VisionZip and DivPrune; positions with
    three axes stay those of the places.

    Args:
        vlm: The model.
        prompt: The question with its pictures.
        features: Visual tokens, (K, D).
        slots: Place of each among all visual tokens, rising, int64, (K,); None for all of them.
    """
    kept = torch.ones_like(prompt.visual)
    if slots is not None:
        kept[prompt.visual] = False
        kept[prompt.visual.nonzero().squeeze(1)[slots]] = True
    visual = prompt.visual[kept]
    with torch.inference_mode():
        embeds = vlm.model.get_input_embeddings()(prompt.ids[kept].to(vlm.device))
        embeds = embeds.clone()
        embeds[visual.to(vlm.device)] = features.to(embeds)
    positions = prompt.positions[:, kept]
    if vlm.adapter.positions is None:
        positions = torch.arange(len(visual))[None]
    return LlmInput(embeds, visual, positions)


def _processed(vlm: Vlm, text: str, pictures: Pictures, *, as_video: bool) -> Mapping[str, Any]:
    """Return the processor's output for one sequence."""
    begins = vlm.processor.tokenizer.bos_token
    settings: dict[str, Any] = {"text": [text], "return_tensors": "pt"}
    if begins and text.startswith(begins):
        settings["add_special_tokens"] = False
    if not as_video:
        found: Mapping[str, Any] = vlm.processor(images=[np.array(one) for one in pictures.rgb], **settings)
        return found
    about = {
        "fps": float(TICKS),
        "total_num_frames": max(1, round(pictures.duration_seconds * TICKS)),
        "duration": pictures.duration_seconds,
        "frames_indices": [round(pts * TICKS) for pts in pictures.pts_seconds],
    }
    clip = np.stack(pictures.rgb)
    shown: Mapping[str, Any] = vlm.processor(
        videos=[clip], video_metadata=[about], do_sample_frames=False, **settings
    )
    return shown


def _placeholder(vlm: Vlm, *, as_video: bool) -> int:
    """Return the token that stands for a visual one; SmolVLM has the same for pictures and clips."""
    config = vlm.model.config
    video = getattr(config, "video_token_id", None)
    return int(video if as_video and video is not None else config.image_token_id)


def _moved(inputs: Mapping[str, Any], vlm: Vlm) -> dict[str, Any]:
    """Return the inputs on the model's device, pictures in its number format."""
    dtype = next(iter(vlm.model.parameters())).dtype
    return {
        name: value.to(vlm.device, dtype if value.is_floating_point() else None)
        if isinstance(value, Tensor)
        else value
        for name, value in inputs.items()
    }
