"""What an adapter offers, and what travels between loading, prompting and answering."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is shown to a model.

    Attributes:
        rgb: Pictures as displayed, uint8, each (H, W, 3); one for an image.
        pts_seconds: Presentation time of each.
        video: Whether they are frames of one clip.
        duration_seconds: Length of the clip; 0 for an image.
    """

    rgb: tuple[npt.NDArray[np.uint8], ...]
    pts_seconds: tuple[float, ...] = (0.0,)
    video: bool = False
    duration_seconds: float = 0.0

    def chosen(self, ordinals: tuple[int, ...]) -> "Pictures":
        """Return some of the pictures, in the order given."""
        rgb = tuple(self.rgb[ordinal] for ordinal in ordinals)
        pts = tuple(self.pts_seconds[ordinal] for ordinal in ordinals)
        return Pictures(rgb, pts, self.video, self.duration_seconds)


@dataclass(frozen=True, slots=True)
class Block:
    """A grid among a model's visual tokens: a picture, a tile of one, or a frame.

    Attributes:
        grid: Rows and columns.
        first: Its first token among all visual tokens; the others follow in raster order.
        stride: Visual tokens from one row to the next, the columns and what separates rows; None for columns.
    """

    grid: tuple[int, int]
    first: int
    stride: int | None = None

    @property
    def slots(self) -> Tensor:
        """Return the place of each of its tokens among all visual tokens, int64, (P,)."""
        rows, columns = self.grid
        start = self.first + torch.arange(rows) * (self.stride or columns)
        return (start[:, None] + torch.arange(columns)).flatten()


@dataclass(frozen=True, slots=True)
class Adapter:
    """What a family of models does in its own way.

    Attributes:
        family: In words.
        model_types: `model_type` of the configs it is for.
        features: From the model and the processor's output to the visual tokens as they enter the language
            model, in the order of their placeholders, (V, D).
        blocks: From the model's config and the processor's output to the grids among the visual tokens; a
            visual token in no grid is always kept.
        video_parts: Whether a clip is one video to the processor; else its frames are pictures one by one.
        positions: From the model, the processor's output and the times of the frames to rotary positions,
            int64, (3, S); None where positions simply count up.
    """

    family: str
    model_types: tuple[str, ...]
    features: Callable[[Any, Mapping[str, Any]], Tensor]
    blocks: Callable[[Any, Mapping[str, Any]], tuple[Block, ...]]
    video_parts: bool = False
    positions: Callable[[Any, Mapping[str, Any], tuple[float, ...]], Tensor] | None = None


@dataclass(frozen=True, slots=True)
class Vlm:
    """A loaded model.

    Attributes:
        name: As asked for.
        adapter: For its family.
        model: In evaluation mode.
        processor: Of the same folder.
        parameters: Number of weights.
    """

    name: str
    adapter: Adapter
    model: Any
    processor: Any
    parameters: int

    @property
    def text_config(self) -> Any:
        """Return the config of the language model."""
        return self.model.config.get_text_config()

    @property
    def decoder(self) -> Any:
        """Return the stack of decoder layers."""
        return self.model.get_decoder()

    @property
    def layers(self) -> int:
        """Return the number of decoder layers."""
        return int(self.text_config.num_hidden_layers)

    @property
    def device(self) -> torch.device:
        """Return where it runs."""
        device: torch.device = next(iter(self.model.parameters())).device
        return device

    @property
    def context(self) -> int | None:
        """Return the most tokens it can take, or None where its config does not say.

        A sliding window counts as the end: within it, sliding and full attention are the same.
        """
        config = self.text_config
        sliding = getattr(config, "sliding_window", None)
        if not getattr(config, "use_sliding_window", True):
            sliding = None
        known = [one for one in (getattr(config, "max_position_embeddings", None), sliding) if one]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question with its pictures, ready for a model.

    Attributes:
        ids: Tokens with placeholders for the visual ones, int64, (S,).
        visual: Which of them are visual, bool, (S,).
        positions: Rotary positions, int64, (1, S), or (3, S) where they have three axes.
        inputs: The processor's output.
        blocks: Grids among the visual tokens.
        pictures: How many pictures are in it.
    """

    ids: Tensor
    visual: Tensor
    positions: Tensor
    inputs: Mapping[str, Any]
    blocks: tuple[Block, ...]
    pictures: int

    @property
    def visual_tokens(self) -> int:
        """Return the number of visual tokens."""
        return int(self.visual.sum())


@dataclass(frozen=True, slots=True)
class LlmInput:
    """What enters the language model.

    Attributes:
        embeds: Text and visual tokens in order, (L, D).
        visual: Which of them are visual, bool, (L,).
        positions: Rotary positions, int64, (1, L) or (3, L).
    """

    embeds: Tensor
    visual: Tensor
    positions: Tensor

    @property
    def visual_tokens(self) -> int:
        """Return the number of visual tokens."""
        return int(self.visual.sum())

    def __len__(self) -> int:
        return self.embeds.shape[0]


@dataclass(frozen=True, slots=True)
class DropPlan:
    """Visual tokens that enter each layer of the decoder.

    Attributes:
        tokens: One count a layer, never rising; the first may be below what comes in.
        look_back: Layers before the dropping one from which attention is read: 0 for its own q and k, as
            PyramidDrop does, 1 for the layer before, as FastV does.
    """

    tokens: tuple[int, ...]
    look_back: int = 0
