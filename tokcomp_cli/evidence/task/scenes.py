"""Scenes with questions, encoded: the set that the evidence rests on."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, encode_pictures
from tokcomp_cli.evidence.task.ingredients import Ingredients
from tokcomp_cli.evidence.task.questions import VOCABULARY, ask_about
from tokcomp_cli.evidence.task.scene import make_scene


def encode_scenes(
    given: Ingredients,
    encoder: Encoder,
    split: str,
    count: int,
    seed: int,
    *,
    rounds: int = 1,
    to_judge: bool,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> EncodedSet:
    """Return scenes of a split with their tokens.

    Args:
        given: What scenes are made of.
        encoder: Gives the tokens.
        split: Whose grounds are used.
        count: Scenes.
        seed: Decides everything about them.
        rounds: How often questions are drawn of each scene: many for training.
        to_judge: Whether what only an evaluation needs is kept, too.
        progress: Called with scenes done and scenes to do.

    Raises:
        EvidenceError: A package is missing.
    """
    grounds = given.of_split(split)
    asked: list[tuple[int, Question]] = []

    def picture(number: int) -> npt.NDArray[np.uint8]:
        rng = np.random.default_rng([seed, number])
        scene = make_scene(given, grounds, rng)
        for _ in range(rounds):
            asked.extend((number, question) for question in ask_about(scene, rng))
        return scene.rgb

    return encode_pictures(
        encoder, picture, count, lambda: asked, VOCABULARY, to_judge=to_judge, progress=progress
    )
