"""easy-VQA (PyPI `easy-vqa`, MIT): one coloured shape on a white ground; a check that the answerer works.

Questions and pictures by Victor Zhou, https://github.com/vzhou842/easy-VQA.
"""

import re
from collections.abc import Callable

import numpy as np
from PIL import Image

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, encode_pictures
from tokcomp_cli.evidence.task.vocabulary import Vocabulary

SHAPES = ("circle", "rectangle", "triangle")
COLOURS = ("black", "blue", "brown", "gray", "green", "red", "teal", "yellow")
WORDS = (*SHAPES, *COLOURS)
ANSWERS = (*WORDS, "yes", "no")
KINDS = ("shape", "colour", "is there", "is there not")
VOCABULARY = Vocabulary(KINDS, len(WORDS), len(ANSWERS))


def parse(text: str) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """Return kind, words named and answers allowed of a question, as numbers in `WORDS` and `ANSWERS`."""
    words = re.findall(r"[a-z]+", text.lower())
    about = tuple(WORDS.index(word) for word in words if word in WORDS)
    if words[0] == "what":
        of_colour = "color" in words
        names = COLOURS if of_colour else SHAPES
        return "colour" if of_colour else "shape", about, tuple(ANSWERS.index(name) for name in names)
    negated = bool({"not", "no"} & set(words))
    return (
        "is there not" if negated else "is there",
        about,
        tuple(ANSWERS.index(one) for one in ("yes", "no")),
    )


def easy_vqa(
    encoder: Encoder,
    split: str,
    count: int,
    *,
    to_judge: bool = False,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> EncodedSet:
    """Return pictures and questions of easy-VQA.

    Args:
        encoder: Gives the tokens.
        split: `train` or `held_out` (its test pictures).
        count: Pictures, at most all.
        to_judge: Whether what only an evaluation needs is kept, too.
        progress: Called with pictures done and pictures to do.

    Raises:
        EvidenceError: The package is missing.
    """
    try:
        import easy_vqa as source
    except ModuleNotFoundError as error:
        raise EvidenceError(
            "the check needs the package easy-vqa, which is missing; install it with `pip install easy-vqa`"
        ) from error
    train = split == "train"
    paths = source.get_train_image_paths() if train else source.get_test_image_paths()
    asked = source.get_train_questions() if train else source.get_test_questions()
    chosen = sorted(paths)[:count]
    row = {number: at for at, number in enumerate(chosen)}
    questions: list[tuple[int, Question]] = []
    for text, answer, number in zip(*asked, strict=True):
        if number in row:
            kind, about, allowed = parse(text)
            questions.append((row[number], Question(kind, about, ANSWERS.index(answer), allowed)))

    def picture(at: int) -> np.ndarray:
        side = encoder.facts.input_size[0]
        with Image.open(paths[chosen[at]]) as one:
            return np.asarray(one.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))

    return encode_pictures(
        encoder, picture, len(chosen), questions, VOCABULARY, to_judge=to_judge, progress=progress
    )
