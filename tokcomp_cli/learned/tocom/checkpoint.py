"""Adapters on disk: one safetensors file with a card and one hash over both."""

from dataclasses import asdict, dataclass
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tensor_file import read_sealed, write_sealed
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.learned.tocom.adapters import Adapters

AGAIN = "train some with `tokcomp train tocom`"


@dataclass(frozen=True, slots=True)
class ToComCard:
    """What a checkpoint says of itself.

    Attributes:
        encoder: Name of the encoder whose queries and values it changes.
        encoder_sha256: Of its weights.
        dim: Width of a token.
        most: Highest merge ratio in training; the lowest is 0.
        rank: Of each group.
        seed: Of the training.
        epochs: Passes over the pictures.
        scenes: Training pictures.
        precision: Number format of the products in training.
        minutes: That training took, without the pictures; measured.
        data: Where the training pictures come from, with licences.
        figures: What was measured on pictures that no training saw, by name; over the seeds `judged`.
        judged: Seeds that the figures are of.
    """

    encoder: str
    encoder_sha256: str
    dim: int
    most: int
    rank: int
    seed: int
    epochs: int
    scenes: int
    precision: str
    minutes: float
    data: tuple[str, ...]
    figures: dict[str, float]
    judged: tuple[int, ...] = ()

    def check(self, facts: EncoderFacts) -> None:
        """Raise EvidenceError unless this is the encoder that the adapters were trained for."""
        if (facts.name, facts.weights_sha256 or "", facts.dim) != (
            self.encoder,
            self.encoder_sha256,
            self.dim,
        ):
            raise EvidenceError(
                f"the adapters were trained for {self.encoder}, {self.dim} wide, and {facts.name}, "
                f"{facts.dim} wide, with other weights was given; choose that encoder, or {AGAIN}"
            )


def write_adapters(path: Path, adapters: Adapters, card: ToComCard) -> None:
    """Write adapters in half precision with their card.

    Raises:
        PlanError: The path cannot be written.
    """
    tensors = {name: value.detach().half() for name, value in adapters.state_dict().items()}
    write_sealed(path, tensors, asdict(card))


def read_adapters(path: Path) -> tuple[Adapters, ToComCard]:
    """Return adapters, frozen, and their card.

    Raises:
        EvidenceError: There are none, or they were altered.
    """
    tensors, told, _ = read_sealed(path, what="ToCom checkpoint", remedy=AGAIN)
    try:
        card = ToComCard(**told)  # what does not fit fails here
        adapters = Adapters(card.most, card.rank, depth=tensors["down"].shape[1], width=card.dim)
        adapters.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (TypeError, KeyError, IndexError, RuntimeError) as error:
        raise EvidenceError(
            f"{path}: a ToCom checkpoint was expected, and this is another one; {AGAIN}"
        ) from error
    return adapters.eval().requires_grad_(False), card
