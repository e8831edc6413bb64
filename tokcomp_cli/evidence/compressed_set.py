"""Every training scene once more at a random budget by a random method, so that merged tokens are known."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from tokcomp_cli.compress.base import Method
from tokcomp_cli.evidence.answerer import Tokens
from tokcomp_cli.evidence.keeping import Keeping
from tokcomp_cli.evidence.places import padded
from tokcomp_cli.evidence.scaling import Scaling


def compress_scenes(
    keeping: Keeping,
    count: int,
    scaling: Scaling,
    methods: Sequence[Method],
    budgets: tuple[int, int],
    *,
    seed: int,
    progress: Callable[[int, int | None], None] = lambda _done, _total: None,
) -> Tokens:
    """Return each scene's tokens after a random method at a random budget, float16, padded to the most.

    Args:
        keeping: Methods on the scenes.
        count: Scenes.
        scaling: Of the answerer.
        methods: Drawn from.
        budgets: Fewest and most tokens.
        seed: Decides methods and budgets.
        progress: Called with scenes done and scenes to do.
    """
    rng, middles, blanks = np.random.default_rng(seed), scaling.middles, scaling.blanks
    fewest, most = budgets
    content = torch.zeros(count, most, blanks.shape[1], dtype=torch.float16)
    place = torch.zeros(count, most, middles.shape[1] + 3, dtype=torch.float16)
    padding = torch.ones(count, most, dtype=torch.bool)
    for number in range(count):
        num_keep = min(int(np.exp(rng.uniform(np.log(fewest), np.log(most + 1)))), len(middles))
        kept = keeping.keep(methods[int(rng.integers(len(methods)))], number, num_keep)
        tokens = padded([kept], blanks, middles, scaling.scale)
        found = tokens.content.shape[1]
        content[number, :found], place[number, :found] = tokens.content[0].half(), tokens.place[0].half()
        padding[number, :found] = False
        progress(number + 1, count)
    return Tokens(content, place, padding)
