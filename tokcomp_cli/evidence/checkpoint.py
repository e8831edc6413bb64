"""An answerer on disk: weights and a card, no pickle."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from tokcomp_cli.core.tensor_file import read_tensors, tensor_hash
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.clips import questions as of_clips
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task import easy_vqa, questions

ANSWERER = "answerer.safetensors"
VOCABULARIES = {
    "scenes": questions.VOCABULARY,
    "crowded": questions.VOCABULARY,
    "easy-vqa": easy_vqa.VOCABULARY,
    "clips": of_clips.VOCABULARY,
}
Regime = Literal["all", "mixed", "joint"]


@dataclass(frozen=True, slots=True)
class Card:
    """What a checkpoint says of itself.

    Attributes:
        encoder: Name of the encoder whose tokens it was trained on.
        encoder_sha256: Of its weights, or empty.
        task: `scenes`, `clips` or `easy-vqa`.
        regime: `all`: trained at all tokens only, as vision-language models are; `mixed`: at random budgets
            by random methods, too; `joint`: along with a learned compressor, at what that makes, too.
        seed: Of the training.
        epochs: In all.
        scenes: Training pictures or clips.
        start: Hash of the weights of the answerer that it started from, or empty.
    """

    encoder: str
    encoder_sha256: str
    task: str
    regime: Regime
    seed: int
    epochs: int
    scenes: int
    start: str = ""

    def check(self, encoder: Encoder) -> None:
        """Raise EvidenceError unless this is the encoder that the answerer was trained on."""
        facts = encoder.facts
        if (facts.name, facts.weights_sha256 or "") != (self.encoder, self.encoder_sha256):
            raise EvidenceError(
                f"the answerer was trained on tokens of {self.encoder}, and {facts.name} with other weights "
                "was given; train one for it with `tokcomp eval train`"
            )


def save_answerer(folder: Path, card: Card, net: Answerer, scaling: Scaling) -> None:
    """Write an answerer with the hash of its weights."""
    tensors = {name: value.detach().half().contiguous() for name, value in net.state_dict().items()}
    tensors |= {"scaling.blank": scaling.blank.half(), "scaling.scale": torch.tensor(scaling.scale)}
    about = {
        "card": json.dumps(asdict(card)),
        "grid": json.dumps((*scaling.grid, scaling.frames)),
        "sha256": tensor_hash(tensors),
    }
    save_file(tensors, folder / ANSWERER, about)


def load_answerer(path: Path) -> tuple[Answerer, Card, Scaling]:
    """Return an answerer, its card and its scaling.

    Raises:
        EvidenceError: There is none, or it was altered.
    """
    try:
        tensors, about = read_tensors(path)
        card = Card(**json.loads(about["card"]))
        if tensor_hash(tensors) != about["sha256"]:
            raise EvidenceError(f"{path}: the answerer was altered since it was written; train it again")
        rows, columns, *frames = json.loads(about["grid"])
        scaling = Scaling(
            tensors.pop("scaling.blank").float(),
            float(tensors.pop("scaling.scale")),
            (rows, columns),
            *frames,
        )
        net = Answerer(scaling.blank.shape[1], VOCABULARIES[card.task])
        net.load_state_dict({name: value.float() for name, value in tensors.items()})
    except FileNotFoundError as error:
        raise EvidenceError(f"{path}: no answerer is there; train one with `tokcomp eval train`") from error
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise EvidenceError(
            f"{path}: an answerer was expected, and this is not one; train it again"
        ) from error
    return net.eval(), card, scaling
