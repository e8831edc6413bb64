"""An answerer on disk: weights and a card, no pickle; and the state that an interrupted training needs."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.answerer import Answerer
from tokcomp_cli.evidence.clips import questions as of_clips
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task import easy_vqa, questions

ANSWERER, STATE = "answerer.safetensors", "training.safetensors"
VOCABULARIES = {"scenes": questions.VOCABULARY, "easy-vqa": easy_vqa.VOCABULARY, "clips": of_clips.VOCABULARY}
Regime = Literal["all", "mixed"]


@dataclass(frozen=True, slots=True)
class Card:
    """What a checkpoint says of itself.

    Attributes:
        encoder: Name of the encoder whose tokens it was trained on.
        encoder_sha256: Of its weights, or empty.
        task: `scenes`, `clips` or `easy-vqa`.
        regime: `all`: trained at all tokens only, as vision-language models are; `mixed`: at random budgets
            by random methods, too.
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
        "sha256": _hash(tensors),
    }
    save_file(tensors, folder / ANSWERER, about)


def load_answerer(path: Path) -> tuple[Answerer, Card, Scaling]:
    """Return an answerer, its card and its scaling.

    Raises:
        EvidenceError: There is none, or it was altered.
    """
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
        card = Card(**json.loads(about["card"]))
        if _hash(tensors) != about["sha256"]:
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


def save_state(folder: Path, card: Card, net: Answerer, optimiser: torch.optim.Optimizer, epoch: int) -> None:
    """Write what an interrupted training needs, whole or not at all."""
    tensors = {f"net.{name}": value for name, value in net.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
    about = {"card": json.dumps(asdict(card)), "epoch": str(epoch)}
    partial = folder / f"{STATE}.partial"
    save_file({name: value.contiguous() for name, value in tensors.items()}, partial, about)
    partial.replace(folder / STATE)


def load_state(folder: Path, card: Card, net: Answerer, optimiser: torch.optim.Optimizer) -> int:
    """Bring back what `save_state` wrote and return the epochs done; 0 where there is nothing.

    Raises:
        EvidenceError: It is of another training.
    """
    path = folder / STATE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        return 0
    with safe_open(path, "pt") as file:
        about = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 not a mapping
    if json.loads(about["card"]) != asdict(card):
        raise EvidenceError(f"{path}: another training is there; name another folder, or the same settings")
    net.load_state_dict({name[4:]: value for name, value in tensors.items() if name.startswith("net.")})
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, field = name.split(".")
            states.setdefault(int(number), {})[field] = value
    optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(about["epoch"])


def _hash(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].contiguous().numpy().tobytes())
    return digest.hexdigest()
