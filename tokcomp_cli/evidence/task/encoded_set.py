"""Scenes encoded once: what the answerer and the methods are given, kept in one file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.evidence.task.judged import judged
from tokcomp_cli.evidence.task.vocabulary import MOST_NAMED, Vocabulary

BATCH = 32


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        kind: One of the vocabulary's.
        about: Numbers of the things it names, at most `MOST_NAMED`.
        answer: Number of the right answer.
        allowed: Numbers of the answers to choose from.
        box: Left, top, right, bottom in pixels of where the answer is, or None.
        look: How the thing stands out: a number, or -1.
    """

    kind: str
    about: tuple[int, ...]
    answer: int
    allowed: tuple[int, ...]
    box: tuple[int, int, int, int] | None = None
    look: int = -1


@dataclass(frozen=True, slots=True)
class EncodedSet:
    """N scenes and Q questions about them; P patches of a picture, or of all frames of a clip.

    Attributes:
        features: Patch tokens, float16, (N, P, D).
        saliency: float16, (N, P).
        keys: Attention keys, float16, (N, P, K), or an empty tensor.
        scene: Scene of each question, int64, (Q,).
        kind: Kind of each question, int64, (Q,).
        about: Things that it names plus 1, 0 where there is none, int64, (Q, MOST_NAMED).
        answer: int64, (Q,).
        allowed: bool, (Q, answers).
        box: Left, top, right, bottom of what it asks about, in pixels, -1 where unknown, int64, (Q, 4).
        look: Number in `LOOKS`, or -1, int64, (Q,).
        handcrafted, pixels: Each patch as the encoder `handcrafted` has it, and its mean colours part by
            part, float16, (N, P, C); empty where it is not for an evaluation.
        score: The reference note's difficulty score, (N,), or empty.
    """

    features: Tensor
    saliency: Tensor
    keys: Tensor
    scene: Tensor
    kind: Tensor
    about: Tensor
    answer: Tensor
    allowed: Tensor
    box: Tensor
    look: Tensor
    handcrafted: Tensor = field(default_factory=lambda: torch.zeros(0))
    pixels: Tensor = field(default_factory=lambda: torch.zeros(0))
    score: Tensor = field(default_factory=lambda: torch.zeros(0))

    def __len__(self) -> int:
        return len(self.features)

    def elsewhere(self, number: int) -> dict[str, Tensor]:
        """Return a picture's patches as others than the encoder have them, by name, float32, (P, C)."""
        others = {"handcrafted": self.handcrafted, "pixels": self.pixels}
        return {name: values[number].float() for name, values in others.items() if len(values)}

    def tensors(self) -> dict[str, Tensor]:
        """Return all fields by name."""
        return {name: getattr(self, name).contiguous() for name in self.__slots__}


def encode_pictures(
    encoder: Encoder,
    picture: Callable[[int], npt.NDArray[np.uint8]],
    count: int,
    questions: Sequence[tuple[int, Question]] | Callable[[], Sequence[tuple[int, Question]]],
    vocabulary: Vocabulary,
    *,
    frames: int = 1,
    to_judge: bool = False,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> EncodedSet:
    """Return pictures, or clips of so many of them, with their tokens and questions.

    Args:
        encoder: Gives the tokens.
        picture: Makes the picture of a number, uint8, (H, W, 3).
        count: Pictures.
        questions: Picture and question; a function is called after all pictures were made.
        vocabulary: Of the questions.
        frames: Pictures that make one scene.
        to_judge: Whether what only an evaluation needs is kept, too.
        progress: Called with pictures done and pictures to do.
    """
    parts: list[dict[str, Tensor]] = []
    for start in range(0, count, BATCH):
        pictures = np.stack([picture(number) for number in range(start, min(start + BATCH, count))])
        tokens = encoder.encode(pictures)
        held = {"features": tokens.features.half(), "saliency": tokens.saliency.half()}
        extra = judged(pictures, tokens, encoder) if to_judge else {"keys": torch.zeros(len(pictures), 0)}
        parts.append(held | extra)
        progress(start + len(pictures), count)
    fields = {name: _joined([one.pop(name) for one in parts], frames) for name in list(parts[0])}
    asked = questions() if callable(questions) else questions
    return EncodedSet(**fields, **table(asked, vocabulary))


def _joined(parts: list[Tensor], frames: int) -> Tensor:
    """Return the parts as one, (N, T * P, ...), of pictures in a row, (B, P, ...) each."""
    whole = torch.cat(parts)
    return whole if frames == 1 else whole.view(len(whole) // frames, -1, *whole.shape[2:])


def table(asked: Sequence[tuple[int, Question]], vocabulary: Vocabulary) -> dict[str, Tensor]:
    """Return pictures and questions as the fields of an `EncodedSet`."""
    allowed = torch.zeros(len(asked), vocabulary.answers, dtype=torch.bool)
    about = torch.zeros(len(asked), MOST_NAMED, dtype=torch.int64)
    for row, (_, question) in enumerate(asked):
        allowed[row, list(question.allowed)] = True
        for place, name in enumerate(question.about):
            about[row, place] = name + 1
    return {
        "scene": torch.tensor([number for number, _ in asked]),
        "kind": torch.tensor([vocabulary.kinds.index(question.kind) for _, question in asked]),
        "about": about,
        "answer": torch.tensor([question.answer for _, question in asked]),
        "allowed": allowed,
        "box": torch.tensor([question.box or (-1, -1, -1, -1) for _, question in asked]),
        "look": torch.tensor([question.look for _, question in asked]),
    }
