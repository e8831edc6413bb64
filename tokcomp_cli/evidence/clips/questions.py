"""Questions about a clip, most of them about when; a blind guesser stays at chance."""

import numpy as np

from tokcomp_cli.evidence.clips.clip import FRAMES, MOST_TIMES, Clip
from tokcomp_cli.evidence.task import questions as of_pictures
from tokcomp_cli.evidence.task.encoded_set import Question
from tokcomp_cli.evidence.task.ingredients import GROUNDS, NUM_THINGS
from tokcomp_cli.evidence.task.questions import written_answers
from tokcomp_cli.evidence.task.vocabulary import Vocabulary, starts_of

QUARTERS = 4
ANSWERS = {
    "truth": 2,
    "thing": NUM_THINGS,
    "count": MOST_TIMES + 1,
    "quarter": QUARTERS,
    **{sort: of_pictures.ANSWERS[sort] for sort in ("colour", "digit", "word", "ground")},
}
STARTS = starts_of(ANSWERS)
KINDS = {
    "ever there": "truth",
    "which": "thing",
    "which comes first": "truth",
    "when it comes": "quarter",
    "how often": "count",
    "there at the end": "truth",
    "moves right": "truth",
    "colour": "colour",
    "digit": "digit",
    "tens": "digit",
    "units": "digit",
    "word": "word",
    "ground": "ground",
}
TIME = ("which comes first", "when it comes", "how often", "there at the end", "moves right")
VOCABULARY = Vocabulary(tuple(KINDS), NUM_THINGS, sum(ANSWERS.values()), of_pictures.READING, TIME, FRAMES)


def ask_about(clip: Clip, rng: np.random.Generator) -> list[Question]:
    """Return one question of each kind that the clip has an answer to."""
    names = sorted({one.name for one in clip.shown if one.name >= 0})
    absent = [name for name in rng.permutation(NUM_THINGS).tolist() if name not in names]
    single = [name for name in names if len(clip.of(name)) == 1]
    asked = [*_about_presence(names, single, absent, rng), *_about_time(clip, names, single, absent, rng)]
    coloured = [name for name in names if clip.of(name)[0].colour >= 0]
    if coloured:
        name = _one(coloured, rng)
        asked.append(_question("colour", (name,), clip.of(name)[0].colour))
    for one in clip.of(-1):
        asked += [_question(kind, (), answer) for kind, answer in written_answers(one.text)]
    if clip.ground != "mixed":
        asked.append(_question("ground", (), list(GROUNDS).index(clip.ground)))
    return asked


def _about_presence(
    names: list[int], single: list[int], absent: list[int], rng: np.random.Generator
) -> list[Question]:
    there = bool(names) and rng.random() < 0.5
    asked = [_question("ever there", (_one(names, rng) if there else absent[0],), int(there))]
    if single:
        name = _one(single, rng)
        options = tuple(STARTS["thing"] + one for one in (*absent[1:4], name))
        asked.append(_question("which", (), name, options))
    return asked


def _about_time(
    clip: Clip, names: list[int], single: list[int], absent: list[int], rng: np.random.Generator
) -> list[Question]:
    asked, stays = [], {name: clip.of(name)[0] for name in single}
    if single:
        name = _one(single, rng)
        asked.append(_question("when it comes", (name,), stays[name].first * QUARTERS // FRAMES))
    if len(single) > 1:
        first, second = rng.permutation(single).tolist()[:2]
        if stays[first].first != stays[second].first:
            earlier = int(stays[first].first < stays[second].first)
            asked.append(_question("which comes first", (first, second), earlier))
    count = int(rng.integers(MOST_TIMES + 1))
    of_count = [name for name in names if len(clip.of(name)) == count] if count else absent[5:6]
    if of_count:
        asked.append(_question("how often", (_one(of_count, rng),), count))
    at_end = bool(rng.random() < 0.5)
    fitting = [name for name in names if (clip.of(name)[-1].last == FRAMES - 1) == at_end]
    if fitting:
        asked.append(_question("there at the end", (_one(fitting, rng),), int(at_end)))
    moving = [name for name, one in stays.items() if one.shift]
    if moving:
        name = _one(moving, rng)
        asked.append(_question("moves right", (name,), int(stays[name].shift > 0)))
    return asked


def _one(names: list[int], rng: np.random.Generator) -> int:
    return names[int(rng.integers(len(names)))]


def _question(kind: str, about: tuple[int, ...], answer: int, options: tuple[int, ...] = ()) -> Question:
    start = STARTS[KINDS[kind]]
    every = options or tuple(range(start, start + ANSWERS[KINDS[kind]]))
    return Question(kind, about, start + answer, every)
