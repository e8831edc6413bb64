"""Which answers survive which method at which budget, and what every figure says of the same pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tokcomp_cli.compress.base import Method
from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.evidence.answerer import Answerer, Tokens
from tokcomp_cli.evidence.keeping import Keeping
from tokcomp_cli.evidence.places import padded, whole
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.statistics import Array, Flags
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.train import Rows, score

CHUNK = 64


@dataclass(frozen=True, slots=True)
class Trial:
    """One method at one budget over all pictures.

    Attributes:
        method: Its name.
        budget: Tokens kept of each picture.
        right: Whether each question is answered rightly, one row an answerer, (A, Q).
        figures: One value a picture of each figure, (N,).
        lost: What each patch loses, float32, (N, P).
    """

    method: str
    budget: int
    right: Flags
    figures: Mapping[str, Array]
    lost: npt.NDArray[np.float32]


def answered(
    nets: Sequence[Answerer], scenes: EncodedSet, rows: Rows, tokens: Callable[[Tensor], Tokens]
) -> Flags:
    """Return whether each answerer answers each question rightly, (A, Q).

    Args:
        nets: A answerers.
        scenes: N pictures with Q questions.
        rows: Of the scenes.
        tokens: Gives the tokens of some pictures.
    """
    right = np.zeros((len(nets), len(scenes.scene)), dtype=np.bool_)
    with torch.no_grad():
        for chosen in torch.split(torch.arange(len(scenes)), CHUNK):
            given = tokens(chosen)
            for number, net in enumerate(nets):
                scores, answers, there = score(net, scenes, rows, chosen, given)
                right[number, rows.number[chosen][there].numpy()] = (scores.argmax(-1) == answers)[
                    there
                ].numpy()
    return right


def all_tokens(nets: Sequence[Answerer], scenes: EncodedSet, scaling: Scaling) -> Flags:
    """Return what is answered rightly from all patches, (A, Q)."""
    middles = scaling.middles
    return answered(
        nets, scenes, Rows.of(scenes), lambda chosen: whole(scaling.content(scenes.features[chosen]), middles)
    )


def no_tokens(nets: Sequence[Answerer], scenes: EncodedSet, scaling: Scaling) -> Flags:
    """Return what is answered rightly from the tokens of another scene: what the question alone tells."""
    middles = scaling.middles

    def others(chosen: Tensor) -> Tokens:
        return whole(scaling.content(scenes.features[(chosen + len(scenes) // 2) % len(scenes)]), middles)

    return answered(nets, scenes, Rows.of(scenes), others)


def trials(
    nets: Sequence[Answerer],
    scenes: EncodedSet,
    scaling: Scaling,
    keeping: Keeping,
    methods: Sequence[Method],
    budgets: Sequence[int],
) -> Iterator[Trial]:
    """Return the trials of all methods at all budgets, one after the other.

    Args:
        nets: Answerers with one scaling.
        scenes: N pictures or clips.
        scaling: Of the answerers.
        keeping: How methods are put to work on them.
        methods: Methods.
        budgets: Tokens to keep of each.
    """
    rows, middles, blanks = Rows.of(scenes), scaling.middles, scaling.blanks
    for budget, method in product(budgets, methods):
        kept = [keeping.keep(method, at, budget) for at in range(len(scenes))]

        def given(chosen: Tensor, kept: Sequence[Compressed] = kept) -> Tokens:
            return padded([kept[at] for at in chosen.tolist()], blanks, middles, scaling.scale)

        told, lost = zip(*(keeping.measure(at, one) for at, one in enumerate(kept)), strict=True)
        figures = {name: np.array([one[name] for one in told]) for name in told[0]}
        right = answered(nets, scenes, rows, given)
        yield Trial(method.name, budget, right, figures, torch.stack(lost).numpy())
