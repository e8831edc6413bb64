"""Clips with questions, encoded."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.evidence.clips.clip import FRAMES, Clip, make_clip
from tokcomp_cli.evidence.clips.questions import VOCABULARY, ask_about
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, encode_pictures
from tokcomp_cli.evidence.task.ingredients import Ingredients, Rgb


def encode_clips(
    given: Ingredients,
    encoder: Encoder,
    split: str,
    count: int,
    seed: int,
    *,
    rounds: int = 1,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> EncodedSet:
    """Return clips of a split with their tokens, frame after frame; arguments as in `encode_scenes`.

    Raises:
        EvidenceError: A package is missing.
    """
    grounds = given.of_split(split)
    asked: list[tuple[int, Question]] = []

    @lru_cache(maxsize=1)
    def clip(number: int) -> Clip:
        rng = np.random.default_rng([seed, number])
        made = make_clip(given, grounds, rng)
        for _ in range(rounds):
            asked.extend((number, question) for question in ask_about(made, rng))
        return made

    def frame(number: int) -> Rgb:
        picture: Rgb = clip(number // FRAMES).rgb[number % FRAMES]
        return picture

    def done(frames: int, _: int | None) -> None:
        progress(frames // FRAMES, count)

    return encode_pictures(
        encoder, frame, count * FRAMES, lambda: asked, VOCABULARY, frames=FRAMES, progress=done
    )
