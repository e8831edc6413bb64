"""The sets of a training or an evaluation, made once and kept in a folder that the user named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError, PlanError
from tokcomp_cli.evidence.answerer import Tokens
from tokcomp_cli.evidence.compressed_set import Scaling, compress_scenes
from tokcomp_cli.evidence.task.easy_vqa import easy_vqa
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.ingredients import Ingredients
from tokcomp_cli.evidence.task.scenes import encode_scenes

Progress = Callable[[int, int | None], None]
SEEDS = {"train": 10, "validation": 2, "held_out": 3}
ROUNDS = {"train": 4, "validation": 1, "held_out": 1}
GENERATION = 1
"""Raised when scenes or questions change: sets of another generation are made anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which set.

    Attributes:
        task: `scenes` or `easy-vqa`.
        split: `train`, `validation` or `held_out`.
        count: Pictures.
        data: Folder that the packages with pictures are unpacked in.
    """

    task: str
    split: str
    count: int
    data: str = "/"

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            PlanError: The first one that is wrong.
        """
        if self.count < 100:
            raise PlanError(f"`scenes` takes at least 100 pictures, got {self.count}")


def encoded(wanted: Wanted, encoder: Encoder, folder: Path, progress: Progress) -> EncodedSet:
    """Return a set, read from the folder where it is there, else made and kept in it.

    Args:
        wanted: Which set.
        encoder: Gives the tokens.
        folder: Where it is kept.
        progress: Called with pictures done and pictures to do.

    Raises:
        EvidenceError: A package is missing.
    """
    facts = encoder.facts
    about = {
        "generation": GENERATION,
        "task": wanted.task,
        "split": wanted.split,
        "count": wanted.count,
        "encoder": facts.name,
        "weights": facts.weights_sha256,
        "dtype": facts.dtype,
    }
    path = folder / f"{wanted.task}-{wanted.split}.safetensors"
    if _about(path) == about:
        return EncodedSet(**load_file(path))
    keys = wanted.split != "train"
    if wanted.task == "easy-vqa":
        made = easy_vqa(encoder, wanted.split, wanted.count, progress=progress)
    else:
        made = encode_scenes(
            Ingredients(Path(wanted.data)),
            encoder,
            wanted.split,
            wanted.count,
            SEEDS[wanted.split],
            rounds=ROUNDS[wanted.split],
            keys=keys,
            progress=progress,
        )
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    save_file(made.tensors(), partial, {"about": json.dumps(about)})
    partial.replace(path)
    return made


def compressed(scenes: EncodedSet, scaling: Scaling, folder: Path, progress: Progress) -> Tokens:
    """Return training scenes at random budgets, read from the folder or made and kept in it."""
    path = folder / "compressed.safetensors"
    if path.exists():
        held = Tokens(**load_file(path))
        if len(held.content) == len(scenes):
            return held
    made = compress_scenes(scenes, scaling, seed=SEEDS["train"], progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"content": made.content, "place": made.place, "padding": made.padding}, path)
    return made


def _about(path: Path) -> object:
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {}).get("about", "null"))
    except Exception as error:
        raise EvidenceError(f"{path}: a set of scenes was expected, and this is none; remove it") from error
