"""PVC's weights on disk, with a card and a hash."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tensor_file import read_sealed, write_sealed
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.learned.pvc.network import Pvc

AGAIN = "train one with `tokcomp train pvc`"
Figures = Mapping[str, Mapping[str, tuple[float, float, float]]]
"""Of each way to get 64 tokens, figures by name, each with its 95 % interval over clips."""


@dataclass(frozen=True, slots=True)
class PvcCard:
    """What a checkpoint says of itself.

    Attributes:
        encoder: Name of the encoder whose blocks it stands between.
        encoder_sha256: Of its weights.
        dim: Width of a token.
        grid: Rows and columns of patches.
        blocks: Last blocks with attention over time.
        num_keep: Tokens left of a frame.
        frames: Frames of a training clip: the most that it takes at once.
        scale: Root mean square of the content over training clips.
        loss: `both`, `reconstruction` or `answers`.
        seed: Of the training.
        epochs: Passes over the clips.
        clips: Training clips.
        minutes: That training took, without encoding and judging; measured.
        data: Where the clips come from, with licences.
        figures: What was measured on clips for choosing.
    """

    encoder: str
    encoder_sha256: str
    dim: int
    grid: tuple[int, int]
    blocks: int
    num_keep: int
    frames: int
    scale: float
    loss: str
    seed: int
    epochs: int
    clips: int
    minutes: float
    data: tuple[str, ...]
    figures: Figures = field(default_factory=dict)

    def network(self) -> Pvc:
        """Return a network of this shape, not trained."""
        return Pvc(self.dim, self.grid, num_keep=self.num_keep, blocks=self.blocks)

    def check(self, facts: EncoderFacts) -> None:
        """Raise EvidenceError unless this is the encoder that it was trained on, at the same grid."""
        if (facts.name, facts.weights_sha256) != (self.encoder, self.encoder_sha256):
            raise EvidenceError(
                f"this PVC checkpoint was trained on {self.encoder}, and {facts.name} with other weights was "
                f"given; choose that encoder, or {AGAIN}"
            )
        if (facts.dim, facts.grid) != (self.dim, self.grid):
            raise EvidenceError(
                f"this PVC checkpoint was trained on a grid of {_by(self.grid)} tokens {self.dim} wide, and "
                f"the encoder gives {_by(facts.grid)} tokens {facts.dim} wide; {AGAIN}"
            )


def write_pvc(path: Path, net: Pvc, card: PvcCard) -> None:
    """Write a network in half precision with its card and one hash over both.

    Raises:
        PlanError: The path cannot be written.
    """
    write_sealed(path, {name: one.detach().half() for name, one in net.state_dict().items()}, asdict(card))


def read_pvc(path: Path) -> tuple[Pvc, PvcCard]:
    """Return a network and its card.

    Raises:
        EvidenceError: There is none, it is something else, or it was altered.
    """
    tensors, told, _ = read_sealed(path, what="PVC checkpoint", remedy=AGAIN)
    try:
        card = PvcCard(**told)  # what does not fit fails here
        with torch.device("cpu"):
            net = card.network()
        net.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (TypeError, RuntimeError) as error:
        raise EvidenceError(
            f"{path}: a PVC checkpoint was expected, and this is another one; {AGAIN}"
        ) from error
    return net.eval().requires_grad_(False), card


def _by(grid: tuple[int, int]) -> str:
    return " x ".join(map(str, grid))
