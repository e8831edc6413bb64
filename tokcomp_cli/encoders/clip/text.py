"""The text tower with the model's own tokenizer, from files on disk only."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.encoders.clip.source import LOCAL, PREFIX, ClipSource
from tokcomp_cli.encoders.registry.weights_on_disk import TOKENIZER_FILES
from tokcomp_cli.errors import EncoderError

CONTEXT_LENGTH, VOCABULARY = 77, 49408  # open_clip's defaults
KEPT_TEXTS = 16


class TextTower:
    """Text embeddings of an open_clip model."""

    def __init__(self, model: Any, source: ClipSource, *, device: str) -> None:
        self._model, self._source, self._device = model, source, device
        self._tokenizer: Callable[[str], Tensor] | None = None
        self._kept = lru_cache(maxsize=KEPT_TEXTS)(self._embed)

    def embed(self, text: str) -> Tensor:
        """Return the unit-norm embedding of a text, float32, (E,); the last texts are kept.

        Raises:
            EncoderError: The tokenizer's files are not on disk, or it is another model's.
        """
        return self._kept(text)

    @torch.no_grad()
    def _embed(self, text: str) -> Tensor:
        if self._tokenizer is None:
            self._tokenizer = tokenizer_of(self._source)
        tokens = self._tokenizer(text)
        size = int(self._source.config["text_cfg"].get("vocab_size") or VOCABULARY)
        if int(tokens.max()) >= size:
            raise EncoderError(
                f"the tokenizer of {self._source.name} gives number {int(tokens.max())}, the text tower "
                f"knows {size}; put the model's own tokenizer files into its folder and name it in text_cfg"
            )
        embedded: Tensor = self._model.encode_text(tokens.to(self._device))
        return F.normalize(embedded[0].float(), dim=0).cpu()


def tokenizer_of(source: ClipSource) -> Callable[[str], Tensor]:
    """Return the model's tokenizer.

    Raises:
        EncoderError: Its files are not on disk, or the package that reads them is missing.
    """
    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

    config: dict[str, Any] = source.config["text_cfg"]
    length = int(config.get("context_length") or CONTEXT_LENGTH)
    options = dict(config.get("tokenizer_kwargs") or {})
    repo = str(config.get("hf_tokenizer_name") or "")
    if not repo:
        simple: Callable[[str], Tensor] = SimpleTokenizer(context_length=length, **options)
        return simple
    where = str(source.folder) if source.name.startswith(PREFIX + LOCAL) else repo
    try:
        theirs: Callable[[str], Tensor] = HFTokenizer(
            where,
            context_length=length,
            tokenizer_mode=config.get("tokenizer_mode"),
            local_files_only=True,
            **options,
        )
    except ImportError as error:
        raise EncoderError(
            f"the tokenizer of {source.name} needs the package transformers; run `pip install 'tokcomp[vlm]'`"
        ) from error
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise EncoderError(
            f"the tokenizer of {source.name} ({where}) is not on disk; run `tokcomp models pull "
            f"{source.name}`, or put {TOKENIZER_FILES[0]} into the model's folder"
        ) from error
    return theirs
