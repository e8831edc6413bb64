"""Questions about a scene, their answers, and which answers are allowed; a blind guesser stays at chance."""

import numpy as np

from tokcomp_cli.evidence.task.encoded_set import Question
from tokcomp_cli.evidence.task.ingredients import GROUNDS, NUM_THINGS
from tokcomp_cli.evidence.task.scene import COLOURS, LOOKS, MOST_COPIES, SIDE, WORDS, Laid, Scene
from tokcomp_cli.evidence.task.vocabulary import Vocabulary, starts_of

ANSWERS = {
    "truth": 2,
    "thing": NUM_THINGS,
    "count": MOST_COPIES + 1,
    "quadrant": 4,
    "colour": len(COLOURS),
    "digit": 10,
    "word": len(WORDS),
    "ground": len(GROUNDS) - 1,
}
"""How many answers of each sort there are; they stand one after the other."""

STARTS = starts_of(ANSWERS)
KINDS = {
    "presence": "truth",
    "which": "thing",
    "count": "count",
    "quadrant": "quadrant",
    "left of": "truth",
    "colour": "colour",
    "digit": "digit",
    "tens": "digit",
    "units": "digit",
    "word": "word",
    "ground": "ground",
}
READING = ("digit", "tens", "units", "word")
VOCABULARY = Vocabulary(tuple(KINDS), NUM_THINGS, sum(ANSWERS.values()), READING)


def ask_about(scene: Scene, rng: np.random.Generator) -> list[Question]:
    """Return one question of each kind that the scene has an answer to."""
    names = sorted({one.name for one in scene.laid if one.name >= 0})
    absent = [name for name in rng.permutation(NUM_THINGS).tolist() if name not in names]
    asked = [*_about_things(scene, names, absent, rng), *_about_writing(scene)]
    if scene.ground != "mixed":
        asked.append(_question("ground", (), list(GROUNDS).index(scene.ground)))
    return asked


def _about_things(
    scene: Scene, names: list[int], absent: list[int], rng: np.random.Generator
) -> list[Question]:
    asked = []
    if names and rng.random() < 0.5:
        name = names[int(rng.integers(len(names)))]
        asked.append(_question("presence", (name,), 1, _only(scene, name)))
    else:
        asked.append(_question("presence", absent[:1], 0))
    single = [name for name in names if len(scene.of(name)) == 1]
    if single:
        name = single[int(rng.integers(len(single)))]
        options = tuple(STARTS["thing"] + one for one in (*absent[1:4], name))
        asked.append(_question("which", (), name, _only(scene, name), options))
        left, top, right, bottom = scene.of(name)[0].box
        if abs(left + right - SIDE) > SIDE // 10 and abs(top + bottom - SIDE) > SIDE // 10:
            quadrant = 2 * (top + bottom > SIDE) + (left + right > SIDE)
            asked.append(_question("quadrant", (name,), quadrant, _only(scene, name)))
    count = int(rng.integers(MOST_COPIES + 1))
    of_count = [name for name in names if len(scene.of(name)) == count] if count else absent[5:6]
    if of_count:
        name = of_count[int(rng.integers(len(of_count)))]
        asked.append(_question("count", (name,), count, _smallest(scene, name)))
    asked += _left_of(scene, single, rng)
    coloured = [name for name in names if scene.of(name)[0].colour >= 0]
    if coloured:
        name = coloured[int(rng.integers(len(coloured)))]
        asked.append(_question("colour", (name,), scene.of(name)[0].colour, _smallest(scene, name)))
    return asked


def _left_of(scene: Scene, single: list[int], rng: np.random.Generator) -> list[Question]:
    if len(single) < 2:
        return []
    first, second = rng.permutation(single).tolist()[:2]
    a, b = scene.of(first)[0], scene.of(second)[0]
    apart = (a.box[0] + a.box[2]) - (b.box[0] + b.box[2])
    if abs(apart) < SIDE // 5:
        return []
    return [_question("left of", (first, second), int(apart < 0), _smallest_of([a, b]))]


def _about_writing(scene: Scene) -> list[Question]:
    asked: list[Question] = []
    for one in scene.of(-1):
        asked += [_question(kind, (), answer, one) for kind, answer in written_answers(one.text)]
    return asked


def written_answers(text: str) -> list[tuple[str, int]]:
    """Return the kinds of questions that some writing has an answer to, with the answers."""
    if text in WORDS:
        return [("word", WORDS.index(text))]
    if len(text) == 1:
        return [("digit", int(text))]
    return [("tens", int(text[0])), ("units", int(text[1]))]


def _only(scene: Scene, name: int) -> Laid | None:
    copies = scene.of(name)
    return copies[0] if len(copies) == 1 else None


def _smallest(scene: Scene, name: int) -> Laid | None:
    return _smallest_of(scene.of(name))


def _smallest_of(laid: list[Laid]) -> Laid | None:
    return min(laid, key=lambda one: (one.box[2] - one.box[0]) * (one.box[3] - one.box[1]), default=None)


def _question(
    kind: str,
    about: tuple[int, ...] | list[int],
    answer: int,
    on: Laid | None = None,
    options: tuple[int, ...] = (),
) -> Question:
    sort = KINDS[kind]
    start = STARTS[sort]
    every = options or tuple(range(start, start + ANSWERS[sort]))
    if on is None:
        return Question(kind, tuple(about), start + answer, every)
    return Question(kind, tuple(about), start + answer, every, on.box, LOOKS.index(on.look))
