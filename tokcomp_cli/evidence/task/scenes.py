"""Scenes with questions, encoded: the set that the evidence rests on."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, encode_pictures
from tokcomp_cli.evidence.task.ingredients import Ground, Ingredients
from tokcomp_cli.evidence.task.questions import VOCABULARY, ask_about
from tokcomp_cli.evidence.task.scene import SOME, Fullness, make_scene


@dataclass(frozen=True, slots=True)
class Scenes:
    """Pictures that are made one by one, and the questions about those that were made.

    Attributes:
        given: What scenes are made of.
        grounds: Of a split.
        seed: Decides everything about them.
        rounds: How often questions are drawn of each scene.
        full: How much lies on each.
        asked: Scene and question.
    """

    given: Ingredients
    grounds: dict[str, tuple[Ground, ...]]
    seed: int
    rounds: int
    full: Fullness = SOME
    asked: list[tuple[int, Question]] = field(default_factory=list)

    def picture(self, number: int) -> npt.NDArray[np.uint8]:
        """Return the picture of a number, uint8, (SIDE, SIDE, 3), and add its questions to `asked`."""
        rng = np.random.default_rng([self.seed, number])
        scene = make_scene(self.given, self.grounds, rng, self.full)
        for _ in range(self.rounds):
            self.asked.extend((number, question) for question in ask_about(scene, rng))
        return scene.rgb


def encode_scenes(
    given: Ingredients,
    encoder: Encoder,
    split: str,
    count: int,
    seed: int,
    *,
    rounds: int = 1,
    full: Fullness = SOME,
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
        full: How much lies on each.
        to_judge: Whether what only an evaluation needs is kept, too.
        progress: Called with scenes done and scenes to do.

    Raises:
        EvidenceError: A package is missing.
    """
    scenes = Scenes(given, given.of_split(split), seed, rounds, full)
    return encode_pictures(
        encoder, scenes.picture, count, lambda: scenes.asked, VOCABULARY, to_judge=to_judge, progress=progress
    )
