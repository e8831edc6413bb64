"""The loop that trains: what is interrupted goes on to the same result."""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from tokcomp_cli.core.tensor_file import read_tensors
from tokcomp_cli.errors import EvidenceError

STATE = "training.safetensors"
BATCH, WARM_UP, RATE, DECAY = 32, 300, 1.5e-3, 0.05


@dataclass(frozen=True, slots=True)
class Course:
    """How long a training goes on and what it draws from.

    Attributes:
        examples: Of the training set.
        epochs: Passes over them.
        seed: Each epoch draws from (seed, epoch) alone.
        rate: Largest learning rate.
        batch: Examples a step.
    """

    examples: int
    epochs: int
    seed: int
    rate: float = RATE
    batch: int = BATCH


def run_course(
    net: nn.Module,
    course: Course,
    card: Mapping[str, object],
    folder: Path,
    loss_of: Callable[[Tensor, torch.Generator], Tensor],
    *,
    minutes: float = math.inf,
    progress: Callable[[float], None] = lambda _epochs: None,
) -> float | None:
    """Train in place and return the minutes it took in all, or None where time was up before the end.

    What is in the folder is gone on with.

    Args:
        net: Whose weights are learned, as it is at the start.
        course: How long, and from which seed.
        card: What tells this training from others.
        folder: Gets the state after every epoch.
        loss_of: Returns the loss of examples, int64 (B,), that may draw from the generator.
        minutes: After an epoch that ends later, training stops.
        progress: Called with the epochs done, in parts.

    Raises:
        EvidenceError: The folder holds another training.
    """
    start = time.monotonic()
    trained = [one for one in net.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(trained, course.rate, weight_decay=DECAY, betas=(0.9, 0.98))
    epoch, before = load_state(folder, card, net, optimiser)
    each = math.ceil(course.examples / course.batch)
    while epoch < course.epochs:
        draw = torch.Generator().manual_seed(course.seed * 100_003 + epoch)
        order = torch.randperm(course.examples, generator=draw)
        for at, chosen in enumerate(torch.split(order, course.batch)):
            progress(epoch + at * course.batch / course.examples)
            for group in optimiser.param_groups:
                group["lr"] = _rate(epoch * each + at, course.epochs * each, course.rate)
            loss = loss_of(chosen, draw)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimiser.step()
        epoch += 1
        spent = (time.monotonic() - start) / 60
        save_state(folder, card, net, optimiser, epoch, before + spent)
        progress(epoch)
        if spent > minutes:
            break
    return before + (time.monotonic() - start) / 60 if epoch >= course.epochs else None


def save_state(
    folder: Path,
    card: Mapping[str, object],
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    epoch: int,
    minutes: float,
) -> None:
    """Write what an interrupted training needs, whole or not at all."""
    tensors = {f"net.{name}": value for name, value in net.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
    about = {"card": json.dumps(card), "epoch": str(epoch), "minutes": str(minutes)}
    partial = folder / f"{STATE}.partial"
    save_file({name: value.contiguous() for name, value in tensors.items()}, partial, about)
    partial.replace(folder / STATE)


def load_state(
    folder: Path, card: Mapping[str, object], net: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, float]:
    """Bring back what `save_state` wrote and return epochs and minutes done; 0 where there is nothing.

    Raises:
        EvidenceError: It is of another training.
    """
    path = folder / STATE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        return 0, 0.0
    tensors, about = read_tensors(path)
    if json.loads(about["card"]) != json.loads(json.dumps(card)):
        raise EvidenceError(f"{path}: another training is there; name another folder, or the same settings")
    net.load_state_dict({name[4:]: value for name, value in tensors.items() if name.startswith("net.")})
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, field = name.split(".")
            states.setdefault(int(number), {})[field] = value
    optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})
    return int(about["epoch"]), float(about.get("minutes", 0))


def _rate(step: int, steps: int, most: float) -> float:
    warm = min(1.0, step / min(WARM_UP, max(1, steps // 10)))
    return most * warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))) + 1e-5
