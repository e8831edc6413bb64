"""Compress visual tokens inside a loaded model: `with patch(model, Compress("divprune", 64)): ...`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import torch
from torch import Tensor

from tokcomp_cli.compress.module import Compress
from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.vlm.base import Vlm
from tokcomp_cli.vlm.families import adapter_for
from tokcomp_cli.vlm.shorten import DecoderInput, ShortenedPrompt, extend, shorten

PICTURES = ("pixel_values", "pixel_values_videos", "mm_encoder_outputs")
"""Arguments of a model that bring visual tokens."""
Arguments = dict[str, Any]


@contextmanager
def patch(model: Any, compress: Compress) -> Iterator[None]:
    """Compress the visual tokens of every prompt that a model reads inside the `with` block.

    All visual tokens of a sequence are compressed together, whatever the number of pictures, after the
    model's own projector. The language model reads `num_keep` of them, each at the earliest place that it
    stands for; the other placeholders leave the sequence and its mask. Plain positions count up over what
    is left, positions in time, row and column stay. `generate` returns the whole prompt, as without a patch.

    Args:
        model: A `transformers` model of a family that `ask` knows, or one from `load_vlm`.
        compress: With a spatial method that needs no more than the tokens and their saliency, for which the
            norm of each token's deviation from the mean token stands in, as in `ask`.

    Raises:
        ModelError: The model is of an unknown family, or has no vision tower.
        PlanError: The method needs more, or the model is patched already. Inside the block: `num_keep` is
            above the visual tokens of a sequence, `labels` are given, or a prompt with pictures comes
            without `input_ids`, with a filled cache, or with a mask that is not (batch, tokens).

    Reference: The form of NVIDIA's kvpress, `with press(model):`, hooks that go when the block ends.
    """
    model = model.model if isinstance(model, Vlm) else model
    decoder = _decoder_of(model)
    _check_method(compress)
    hooks = _Hooks(compress, model.config)
    handles = [
        model.register_forward_pre_hook(hooks.refuse_labels, with_kwargs=True),
        model.base_model.register_forward_pre_hook(hooks.before_model, with_kwargs=True),
        decoder.register_forward_pre_hook(hooks.before_decoder, with_kwargs=True),
        decoder.register_forward_hook(hooks.after_decoder),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Hooks:
    """Shortens a prompt on its way into the decoder, then fits the tokens after it to what is left."""

    def __init__(self, compress: Compress, config: Any) -> None:
        known = (getattr(config, name, None) for name in ("image_token_id", "video_token_id"))
        self._placeholders = torch.tensor([one for one in known if one is not None])
        self._compress = compress
        self._visual: Tensor | None = None
        self._positions_given = False
        self._passing: ShortenedPrompt | None = None
        self._last: tuple[ref[Any], ShortenedPrompt] | None = None

    def refuse_labels(self, _model: Any, _args: tuple[Any, ...], given: Arguments) -> None:
        """Raise PlanError where labels would be compared with the logits of fewer tokens."""
        if given.get("labels") is not None:
            raise PlanError("a patched model reads fewer tokens than `labels` has; leave them out")

    def before_model(self, _model: Any, args: tuple[Any, ...], given: Arguments) -> None:
        """Note which tokens of the pass are visual."""
        self._positions_given = given.get("position_ids") is not None
        self._visual = None
        brought = [given.get(name) for name in PICTURES]
        if all(one is None or (isinstance(one, dict) and not one) for one in brought):
            return
        ids = given.get("input_ids", args[0] if args else None)
        if ids is None:
            raise PlanError("a patched model finds visual tokens by `input_ids`; pass them with the pictures")
        visual = torch.isin(ids, self._placeholders.to(ids.device))
        self._visual = visual if visual.any() else None

    def before_decoder(
        self, _decoder: Any, args: tuple[Any, ...], given: Arguments
    ) -> tuple[Any, Arguments] | None:
        """Return the decoder's arguments for a prompt with pictures or for tokens after one, else None."""
        visual, self._visual, self._passing = self._visual, None, None
        if "inputs_embeds" not in given:
            return None
        cache = given.get("cache")
        cached = 0 if cache is None else cache.get_seq_length()
        came = DecoderInput(given["inputs_embeds"], given.get("attention_mask"), given.get("position_ids"))
        if visual is not None:
            _check_pass(came.mask, cached)
            fitted, self._passing = shorten(self._compress, came, visual.to(came.embeds.device))
        elif (prompt := self._prompt_in(cache)) is not None:
            fitted = extend(prompt, came, cached=cached, counted_from_cache=not self._positions_given)
        else:
            return None
        return args, given | {
            "inputs_embeds": fitted.embeds,
            "attention_mask": fitted.mask,
            "position_ids": fitted.positions,
        }

    def after_decoder(self, _decoder: Any, _args: tuple[Any, ...], output: Any) -> None:
        """Remember the cache of a prompt, by which the tokens after it are known."""
        cache = getattr(output, "cache", None)
        if self._passing is not None and cache is not None:
            self._last = ref(cache), self._passing

    def _prompt_in(self, cache: Any) -> ShortenedPrompt | None:
        """Return the shortened prompt that a cache holds, or None where it holds another."""
        if self._last is None or cache is None or self._last[0]() is not cache:
            return None
        return self._last[1]


def _decoder_of(model: Any) -> Any:
    """Return the stack of decoder layers.

    Raises:
        ModelError: The model is of an unknown family, or has no vision tower.
        PlanError: It is patched already.
    """
    name, config = type(model).__name__, getattr(model, "config", None)
    if config is None or not hasattr(config, "model_type"):
        raise ModelError(f"`patch` takes a model of transformers; got {name}")
    if not hasattr(config, "vision_config"):
        raise ModelError(f"{name} has no vision tower, so no visual tokens; name a model that takes pictures")
    adapter_for(config.model_type, name)
    decoder = model.get_decoder()
    owners = (getattr(hook, "__self__", None) for hook in decoder._forward_pre_hooks.values())
    if any(isinstance(owner, _Hooks) for owner in owners):
        raise PlanError(f"{name} is patched already; leave that `with` block first")
    return decoder


def _check_method(compress: Compress) -> None:
    """Check that a method can work on visual tokens alone.

    Raises:
        PlanError: It cannot.
    """
    method = compress.method
    lacking = [f"`{name}`" for name in method.reads if name != "saliency"]
    if method.stage != "spatial":
        lacking.append("the frames of a clip")
    if lacking:
        raise PlanError(
            f"method {method.name} needs {' and '.join(lacking)}, which tokens inside a model do not have; "
            "choose ward, tome or divprune"
        )


def _check_pass(mask: Any, cached: int) -> None:
    """Check that a prompt with pictures can be shortened.

    Raises:
        PlanError: It cannot.
    """
    if cached:
        raise PlanError(
            f"a patched model reads a prompt with pictures as a whole, and its `cache` holds {cached} tokens "
            "already; pass the whole conversation without a cache"
        )
    if mask is not None and not (isinstance(mask, Tensor) and mask.ndim == 2):
        raise PlanError("a patched model takes an `attention_mask` of (batch, tokens); use a dynamic cache")
