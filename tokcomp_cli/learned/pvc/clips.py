"""Clips as PVC is given them: their tokens, and those of the blocks before attention over time begins."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.embedded import EmbeddedEncoder
from tokcomp_cli.encoders.memory import memory_errors
from tokcomp_cli.evidence.clips.clip import FRAMES, FRAMES_A_SECOND
from tokcomp_cli.evidence.clips.encode_clips import encode_clips
from tokcomp_cli.evidence.prepared import ROUNDS, SEEDS, Progress, Wanted, about_set, check_memory, kept
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.ingredients import Ingredients

BEGUN = "begun"


@dataclass(frozen=True, slots=True)
class TimedClips:
    """N clips of T frames.

    Attributes:
        scenes: Tokens of all frames, and questions.
        begun: Class and patch tokens after the blocks without attention over time, float16, (N, T, 1 + P, D).
        scaling: Of the training clips.
    """

    scenes: EncodedSet
    begun: Tensor
    scaling: Scaling

    def __len__(self) -> int:
        return len(self.scenes)

    @property
    def seconds(self) -> Tensor:
        """Return the time of each frame, float32, (T,)."""
        return torch.arange(self.scaling.frames) / FRAMES_A_SECOND

    def content(self, chosen: Tensor) -> Tensor:
        """Return the scaled content of some clips, float32, (B, T, P, D)."""
        found = self.scaling.content(self.scenes.features[chosen])
        return found.view(len(found), self.scaling.frames, -1, found.shape[-1])

    def saliency(self, chosen: Tensor) -> Tensor:
        """Return the saliency of some clips' patches, float32, (B, T, P)."""
        found = self.scenes.saliency[chosen].float()
        return found.view(len(found), self.scaling.frames, -1)


class Recording:
    """The embedded encoder, which also keeps what its first blocks return.

    Attributes:
        facts: Of the encoder.
        blank: Its blank response, (P, D).
        begun: Class and patch tokens after so many blocks, float16, (T, 1 + P, D) a call.
    """

    def __init__(self, encoder: EmbeddedEncoder, blocks: int) -> None:
        self.facts: EncoderFacts = encoder.facts
        self.blank: Tensor = encoder.blank
        self.begun: list[Tensor] = []
        self._encoder, self._blocks = encoder, blocks

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame, as the encoder does."""
        tower = self._encoder.tower
        with memory_errors(), torch.no_grad():
            begun = tower.begun(self._encoder.normalised(rgb), self._blocks)
            self.begun.append(begun.half().cpu())
            return tower.finished(begun, self._blocks).cpu()

    def encode_text(self, text: str) -> Tensor | None:  # noqa: ARG002
        """Return None: this encoder has no text tower."""
        return None


def timed_clips(
    wanted: Wanted,
    encoder: EmbeddedEncoder,
    blocks: int,
    folder: Path,
    progress: Progress,
    scaling: Scaling | None = None,
) -> TimedClips:
    """Return clips with questions, read from the folder where they are there, else made and kept in it.

    Args:
        wanted: Which clips.
        encoder: Gives the tokens.
        blocks: Blocks of the tower without attention over time.
        folder: Where they are kept.
        progress: Called with clips done and clips to do.
        scaling: Of the training clips; None where these are they.

    Raises:
        EvidenceError: A package is missing, what is in the folder is no such set, or memory does not suffice.
        PlanError: The folder cannot be written.
    """
    facts = encoder.facts
    values = wanted.count * FRAMES * (2 * facts.num_patches + 1) * facts.dim
    check_memory(2 * 2 * values, option="--clips")

    def make() -> dict[str, Tensor]:
        given, recording = Ingredients(Path(wanted.data)), Recording(encoder, blocks)
        seed, rounds = SEEDS[wanted.split], ROUNDS[wanted.split]
        made = encode_clips(
            given, recording, wanted.split, wanted.count, seed, rounds=rounds, progress=progress
        ).tensors()
        begun = torch.cat(recording.begun)
        return made | {BEGUN: begun.view(wanted.count, FRAMES, *begun.shape[1:])}

    path = folder / f"{wanted.task}-{wanted.split}-{blocks}-blocks.safetensors"
    tensors = kept(path, about_set(wanted, encoder) | {"blocks": blocks}, make, wanted.count, progress)
    begun = tensors.pop(BEGUN)
    scenes = EncodedSet(**tensors)
    if scaling is None:
        scaling = Scaling.of(scenes.features, encoder.blank, facts.grid)
    return TimedClips(scenes, begun, scaling)
