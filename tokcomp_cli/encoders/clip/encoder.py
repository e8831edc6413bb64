"""`clip:` encoders: a picture to patch tokens, saliency, keys, pooled embedding and text features."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders import calibration
from tokcomp_cli.encoders.calibration import LEAST_ALIKE
from tokcomp_cli.encoders.choice import EncoderChoice
from tokcomp_cli.encoders.clip.build import Built, build
from tokcomp_cli.encoders.clip.open_tower import open_tower
from tokcomp_cli.encoders.clip.source import ClipSource, find
from tokcomp_cli.encoders.clip.text import TextTower
from tokcomp_cli.encoders.clip.tower import Tower
from tokcomp_cli.encoders.geometry import blank_frames, check_finite, fitted
from tokcomp_cli.encoders.memory import memory_errors
from tokcomp_cli.encoders.precision import check_device, choose
from tokcomp_cli.encoders.registry.weights_on_disk import sha256_of

# uncalibrated guesses: on the scale of similarity, 0 unrelated and 1 the same; floor over blank energy
FLOOR_OVER_BLANK = 10.0


class ClipEncoder:
    """An open_clip model whose patch tokens are read."""

    def __init__(
        self, source: ClipSource, built: Built, choice: EncoderChoice, *, weights_sha256: str
    ) -> None:
        """Take a built model.

        Raises:
            EncoderError: Its tower yields no patch grid, or nothing finite.
            PlanError: There is no such block, device or number format.
        """
        self._device = check_device(choice.device)
        self._dtype = choose(choice.precision, self._device)
        self._choice, self._source, self._size = choice, source, built.input_size
        self._model = built.model.to(self._device)
        if self._dtype is torch.bfloat16:
            from open_clip import convert_weights_to_lp

            convert_weights_to_lp(self._model, dtype=torch.bfloat16)
        self._tower: Tower = open_tower(built.model.visual, layer=choice.layer, name=source.name)
        self._text = TextTower(built.model, source, device=self._device) if built.text else None
        expects = source.preprocessing
        self._mean = torch.tensor(expects.mean, device=self._device).view(3, 1, 1) * 255
        self._std = torch.tensor(expects.std, device=self._device).view(3, 1, 1) * 255
        self.facts = self._stated(built, weights_sha256)
        self._blank, self.facts = self._calibrated(self.facts)

    @property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, (P, D)."""
        return self._blank

    @torch.no_grad()
    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: The tower returned values that are not finite.
            MemoryError: Memory does not suffice for so many frames.
        """
        expects = self._source.preprocessing
        pictures = fitted(
            rgb, self._size, fit=self._choice.fit, interpolation=expects.interpolation, fill=expects.fill
        )
        shown = (pictures.to(self._device).float() - self._mean) / self._std
        with memory_errors(), self._format():
            # plane by plane: pictures come pixel by pixel, an order in which FastViT takes a tenth longer
            read = self._tower.read(shown.contiguous(), text=self._text is not None)
        check_finite(read.features, self.facts)
        check_finite(read.pooled, self.facts)
        return read.cpu()

    def encode_text(self, text: str) -> Tensor | None:
        """Return the unit-norm embedding of a text, float32, (E,), or None without a text tower.

        Raises:
            EncoderError: The tokenizer's files are not on disk.
        """
        if self._text is None:
            return None
        with self._format():
            return self._text.embed(text)

    def at_grid(self, grid: tuple[int, int]) -> "ClipEncoder":
        """Return the same tower for another input size, its positions interpolated.

        Args:
            grid: Rows and columns of patches.

        Raises:
            EncoderError: The tower cannot take another size.
        """
        side = self.facts.patch_size
        size = (grid[0] * side, grid[1] * side)
        return make(replace(self._choice, resolution=size, fit="squash", offline=True))

    def _format(self) -> AbstractContextManager[None]:
        """Return the context that runs a pass in the chosen number format."""
        if self._dtype is torch.float32:
            return nullcontext()
        return torch.autocast(torch.device(self._device).type, dtype=self._dtype)

    def _stated(self, built: Built, weights_sha256: str) -> EncoderFacts:
        tower, expects = self._tower.facts, self._source.preprocessing
        return EncoderFacts(
            name=self._source.name,
            architecture=tower.family + (", quick-GELU" if self._source.config.get("quick_gelu") else ""),
            weights_sha256=weights_sha256,
            grid=tower.grid,
            patch_size=tower.patch_size,
            input_size=built.input_size,
            dim=tower.dim,
            layer=tower.layer,
            saliency=tower.saliency,
            preprocessing=expects.words(built.input_size, self._choice.fit),
            text=built.text,
            floor=0.0,
            threshold=LEAST_ALIKE,
            similarity="mean",
            calibrated=False,
            dtype=str(self._dtype).removeprefix("torch."),
            device=self._device,
            fit=self._choice.fit,
            interpolation=expects.interpolation,
            fill=expects.fill,
            notes=built.notes,
        )

    def _calibrated(self, facts: EncoderFacts) -> tuple[Tensor, EncoderFacts]:
        """Return the blank response and the facts, from a kept calibration or guessed from blank frames."""
        kept = calibration.load(facts)
        if kept is not None:
            return kept.blank, replace(
                facts, floor=kept.floor, threshold=kept.threshold, similarity=kept.similarity, calibrated=True
            )
        response = self.encode(blank_frames(self._size)).features
        floor = FLOOR_OVER_BLANK * max(calibration.blank_energy(response), calibration.LEAST_ENERGY)
        return response.mean(0), replace(facts, floor=calibration.floor_within(floor, response))


def make(choice: EncoderChoice) -> ClipEncoder:
    """Return the encoder of a `clip:` name.

    Raises:
        PlanError: There is no such model, tag, block, device or number format.
        EncoderError: Its weights or its config are missing, altered or unfit.
    """
    choose(choice.precision, check_device(choice.device))
    source = find(choice.name, offline=choice.offline)
    built = build(source, resolution=choice.resolution)
    return ClipEncoder(source, built, choice, weights_sha256=sha256_of(source.weights))
