"""Inside one picture: does what is lost over a thing's own patches predict whether it is still found?"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.evidence.evaluate import Trial
from tokcomp_cli.evidence.statistics import Array, Cell, Flags, Numbers, interval, pooled_auc
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.evidence.task.scene import SIDE
from tokcomp_cli.fidelity.metrics import explained, patch_weights


def covered(box: Numbers, grid: tuple[int, int]) -> Numbers:
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
    energy: npt.NDArray[np.float32],
    weights: Array,
    *,
    floor: float,
    grid: tuple[int, int],
) -> dict[str, Interval]:
    """Return, for figures of a thing and rivals, the chance that a thing still found has the larger one.

    Pairs are of one method, budget, kind of question and answerer.

    Args:
        scenes: Pictures and questions.
        full: What is answered rightly from all tokens, (A, Q).
        trials: Methods at budgets.
        energy: Of each patch, (N, P).
        weights: How often each picture counts, (R, N).
        floor: Least energy of a patch.
        grid: Rows and columns of patches.
    """
    kind, picture, box = scenes.kind.numpy(), scenes.scene.numpy(), scenes.box.numpy()
    there = np.flatnonzero(box[:, 0] >= 0)
    patches = [covered(box[row], grid) for row in there]
    counts = [
        patch_weights(scenes.saliency[picture[row], own].float()).double().numpy()
        for row, own in zip(there, patches, strict=True)
    ]
    cells: dict[str, list[Cell]] = {}
    size = ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])).astype(np.float64)
    for one in trials:
        local, worst, evenly = (np.zeros(len(kind)) for _ in range(3))
        for row, own, count in zip(there, patches, counts, strict=True):
            lost, whole = one.lost[picture[row], own], energy[picture[row], own]
            local[row] = explained(count @ lost, count @ whole, floor=floor, patches=len(own))
            evenly[row] = explained(float(lost.sum()), float(whole.sum()), floor=floor, patches=len(own))
            worst[row] = (1 - lost / (whole + floor)).min()
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
    return {name: interval(pooled_auc(of, weights)) for name, of in cells.items()}
