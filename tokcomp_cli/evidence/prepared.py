"""The sets of a training or an evaluation, made once and kept in a folder that the user named."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from tokcomp_cli.core.memory import available_bytes
from tokcomp_cli.core.rounding import readable_bytes
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError, PlanError, first_line
from tokcomp_cli.evidence.answerer import Tokens
from tokcomp_cli.evidence.clips.clip import FRAMES
from tokcomp_cli.evidence.clips.encode_clips import encode_clips
from tokcomp_cli.evidence.clips.on_clips import OnClips
from tokcomp_cli.evidence.compressed_set import compress_scenes
from tokcomp_cli.evidence.keeping import USUAL, Keeping, find_on
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.easy_vqa import easy_vqa
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, table
from tokcomp_cli.evidence.task.ingredients import Ingredients
from tokcomp_cli.evidence.task.on_pictures import OnPictures
from tokcomp_cli.evidence.task.questions import VOCABULARY
from tokcomp_cli.evidence.task.scene import CROWDED, SIDE, SOME
from tokcomp_cli.evidence.task.scenes import Scenes, encode_scenes

Progress = Callable[[float, int | None], None]
SEEDS = {"train": 10, "validation": 2, "held_out": 3}
ROUNDS = {"train": 4, "validation": 1, "held_out": 1}
FULL = {"scenes": SOME, "crowded": CROWDED}
FEWEST = 100
GENERATION = 2
"""Raised when scenes or questions change: sets of another generation are made anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which set.

    Attributes:
        task: `scenes`, `crowded`, `clips` or `easy-vqa`.
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
        if self.count < FEWEST:
            raise PlanError(f"--scenes takes a whole number, at least {FEWEST}; got {self.count}")


def encoded(wanted: Wanted, encoder: Encoder, folder: Path | None, progress: Progress) -> EncodedSet:
    """Return a set, read from the folder where it is there, else made and kept in it.

    Args:
        wanted: Which set.
        encoder: Gives the tokens.
        folder: Where it is kept; None keeps nothing.
        progress: Called with pictures done and pictures to do.

    Raises:
        EvidenceError: A package is missing, what is in the folder is no set, or memory does not suffice.
        PlanError: The folder cannot be written.
    """
    to_judge = wanted.split != "train"
    pictures = wanted.count * (FRAMES if wanted.task == "clips" else 1)
    # In float16, held twice while they are joined.
    check_memory(2 * 2 * pictures * encoder.facts.num_patches * encoder.facts.dim)

    def make() -> dict[str, Tensor]:
        if wanted.task == "easy-vqa":
            return easy_vqa(
                encoder, wanted.split, wanted.count, to_judge=to_judge, progress=progress
            ).tensors()
        given, seed, rounds = Ingredients(Path(wanted.data)), SEEDS[wanted.split], ROUNDS[wanted.split]
        asked = (given, encoder, wanted.split, wanted.count, seed)
        if wanted.task == "clips":
            return encode_clips(*asked, rounds=rounds, progress=progress).tensors()
        full = FULL[wanted.task]
        return encode_scenes(*asked, rounds=rounds, full=full, to_judge=to_judge, progress=progress).tensors()

    path = None if folder is None else folder / f"{wanted.task}-{wanted.split}.safetensors"
    return EncodedSet(**kept(path, about_set(wanted, encoder), make, wanted.count, progress))


def pictured(wanted: Wanted, folder: Path | None, progress: Progress) -> tuple[Tensor, EncodedSet]:
    """Return the pictures of a set of scenes, uint8, (N, H, W, 3), and their questions: a set without tokens.

    They are kept as in `encoded`, whose arguments and errors these are.
    """
    check_memory(2 * wanted.count * SIDE * SIDE * 3, "pixels")

    def make() -> dict[str, Tensor]:
        given = Ingredients(Path(wanted.data))
        split = wanted.split
        scenes = Scenes(given, given.of_split(split), SEEDS[split], ROUNDS[split])
        pictures = torch.empty(wanted.count, SIDE, SIDE, 3, dtype=torch.uint8)
        for number in range(wanted.count):
            pictures[number] = torch.from_numpy(scenes.picture(number))
            progress(number + 1, wanted.count)
        return {"pictures": pictures, **table(scenes.asked, VOCABULARY)}

    path = None if folder is None else folder / f"{wanted.task}-{wanted.split}-pictures.safetensors"
    found = kept(path, about_set(wanted), make, wanted.count, progress)
    pictures, none = found.pop("pictures"), torch.zeros(wanted.count, 0)
    return pictures, EncodedSet(features=none[..., None], saliency=none, keys=none, **found)


def keeping_on(task: str, scenes: EncodedSet, scaling: Scaling, encoder: Encoder) -> Keeping:
    """Return how methods are put to work on the scenes of a task."""
    if task == "clips":
        return OnClips(scenes, scaling, encoder.facts)
    return OnPictures(scenes, scaling, encoder.facts.floor)


def compressed(
    wanted: Wanted, scenes: EncodedSet, scaling: Scaling, encoder: Encoder, folder: Path, progress: Progress
) -> Tokens:
    """Return training scenes at random budgets, read or made as in `encoded`."""

    def make() -> dict[str, Tensor]:
        keeping = keeping_on(wanted.task, scenes, scaling, encoder)
        usual = USUAL[wanted.task]
        methods = [find_on(wanted.task, name) for name in usual.compressed]
        made = compress_scenes(
            keeping, len(scenes), scaling, methods, usual.between, seed=SEEDS["train"], progress=progress
        )
        return {"content": made.content, "place": made.place, "padding": made.padding}

    path = folder / f"{wanted.task}-compressed.safetensors"
    return Tokens(**kept(path, about_set(wanted, encoder), make, wanted.count, progress))


def check_memory(needed: int, what: str = "tokens", option: str = "--scenes") -> None:
    """Raise EvidenceError where fewer bytes are free than pictures need."""
    free = available_bytes()
    if free is not None and needed > free:
        raise EvidenceError(
            f"the {what} of these pictures take {readable_bytes(needed)} of memory (estimated), and "
            f"{readable_bytes(free)} are free; give fewer with {option}"
        )


def about_set(wanted: Wanted, encoder: Encoder | None = None) -> dict[str, str | int | None]:
    """Return what a kept set was made of."""
    about: dict[str, str | int | None] = {
        "generation": GENERATION,
        "task": wanted.task,
        "split": wanted.split,
        "count": wanted.count,
    }
    if encoder is None:
        return about
    facts = encoder.facts
    return about | {"encoder": facts.name, "weights": facts.weights_sha256, "dtype": facts.dtype}


def kept(
    path: Path | None,
    about: Mapping[str, str | int | None],
    make: Callable[[], dict[str, Tensor]],
    wanted: int,
    progress: Progress,
) -> dict[str, Tensor]:
    """Return tensors from a file where it was made of the same, else made now and kept there."""
    if path is not None and path.exists() and _stated(path) == about:
        for done in (0, wanted):  # a phase that is over at once
            progress(done, wanted)
        return load_file(path)
    made = make()
    if path is None:
        return made
    partial = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(made, partial, {"about": json.dumps(about)})
        partial.replace(path)
    except (OSError, SafetensorError) as error:
        with suppress(OSError):
            partial.unlink()
        raise PlanError(
            f"cannot keep '{path}' ({first_line(error)}); name a folder with more room"
        ) from error
    return made


def _stated(path: Path) -> object:
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {}).get("about", "null"))
    except (OSError, SafetensorError, ValueError) as error:
        raise EvidenceError(f"{path}: a set of scenes was expected, and this is none; remove it") from error
