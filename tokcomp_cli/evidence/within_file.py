"""Inside one picture: does what is lost over a thing's own patches foretell whether it is still found?"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.evidence.evaluate import Trial
from tokcomp_cli.evidence.statistics import over_pictures, pooled_auc
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.scene import SIDE

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
RESAMPLES = 40


def covered(box: npt.NDArray[np.int64], grid: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Return the patches that a box touches, in raster order.

    Args:
        box: Left, top, right, bottom in pixels of a scene.
        grid: Rows and columns.
    """
    rows, columns = grid
    left, right = box[0] * columns // SIDE, -(-box[2] * columns // SIDE)
    top, bottom = box[1] * rows // SIDE, -(-box[3] * rows // SIDE)
    across, down = np.arange(left, right), np.arange(top, bottom)
    return (down[:, None] * columns + across).ravel()


def within_files(
    scenes: EncodedSet,
    full: Flags,
    trials: Sequence[Trial],
    *,
    floor: float,
    grid: tuple[int, int],
    seed: int,
) -> dict[str, Interval]:
    """Return, for figures of a thing and rivals, the chance that a thing still found has the larger one.

    Pairs are of one method, budget, kind of question and answerer.

    Args:
        scenes: Pictures and questions.
        full: What is answered rightly from all tokens, (A, Q).
        trials: Methods at budgets.
        floor: Least energy of a patch.
        grid: Rows and columns of patches.
        seed: Of the resamples.
    """
    kind, picture, box = scenes.kind.numpy(), scenes.scene.numpy(), scenes.box.numpy()
    there = np.flatnonzero(box[:, 0] >= 0)
    saliency = scenes.saliency.float().numpy()
    patches = [covered(box[row], grid) for row in there]
    cells: dict[str, list[tuple[Array, Flags, npt.NDArray[np.int64]]]] = {}
    size = ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])).astype(np.float64)
    for one in trials:
        local, worst, evenly = (np.zeros(len(kind)) for _ in range(3))
        for row, own in zip(there, patches, strict=True):
            lost, energy = one.lost[picture[row], own], one.energy[picture[row], own]
            counts = saliency[picture[row], own]
            counts = counts / max(float(counts.mean()), 1e-12)
            local[row] = 1 - counts @ lost / max(counts @ energy, floor * len(own))
            evenly[row] = 1 - lost.sum() / max(energy.sum(), floor * len(own))
            worst[row] = (1 - lost / (energy + floor)).min()
        values = {
            "content kept over the thing": local,
            "the same, patches alike": evenly,
            "its weakest patch": worst,
            "size of the thing": size,
            "explained of the file": one.figures["explained"][picture],
        }
        for net in range(len(full)):
            for number in np.unique(kind[there]):
                asked = there[full[net][there] & (kind[there] == number)]
                for name, value in values.items():
                    cells.setdefault(name, []).append((value[asked], one.right[net][asked], picture[asked]))
    return {
        name: over_pictures(partial(pooled_auc, of), len(scenes), seed=seed, resamples=RESAMPLES)
        for name, of in cells.items()
    }
