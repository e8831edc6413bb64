"""HoliTom: windows of frames chosen so that most patches stand still."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.video import join_runs, neighbour_cosines, saliency_needed
from tokcomp_cli.core.lazy import Tensor, np, npt, torch
from tokcomp_cli.core.tokens import Compressed

TAU = 0.8
LONGEST = 1024


def windows(still: npt.NDArray[np.bool_], longest: int = LONGEST) -> tuple[list[tuple[int, int]], int]:
    """Return the windows of frames that save most, first and last frame of each, and the patches saved.

    A window of n frames saves n - 1 patches at each position that stands still all through it. Dynamic
    programme over the last window's start; ties go to the later start.

    Args:
        still: Whether each patch equals the one before, bool, (T - 1, P).
        longest: Most frames in a window.
    """
    count = len(still) + 1
    saved = np.zeros(count + 1, dtype=np.int64)
    start = np.zeros(count + 1, dtype=np.int64)
    for end in range(1, count + 1):
        earliest = max(0, end - longest)
        # Row k: positions still over the last k + 1 steps, so for the window that starts k + 2 before end.
        steady = np.logical_and.accumulate(still[earliest : end - 1][::-1], axis=0).sum(1)
        lengths = np.arange(len(steady) + 1)
        value = saved[earliest:end][::-1] + lengths * np.concatenate([[0], steady])
        best = int(value.argmax())
        saved[end], start[end] = value[best], end - 1 - best
    found = []
    end = count
    while end > 0:
        found.append((int(start[end]), end - 1))
        end = int(start[end])
    return found[::-1], int(saved[count])


def compress_video(features: Tensor, *, num_keep: int, saliency: Tensor | None) -> Compressed:
    """Return still patches of each window as their means, the least salient tokens pruned."""
    salient = saliency_needed(saliency, METHOD.name)
    alike = neighbour_cosines(features)
    still = alike > TAU
    allowed = torch.zeros_like(still)
    for first, last in windows(still.cpu().numpy())[0]:
        allowed[first:last] = still[first:last].all(0)
    return join_runs(features, alike, allowed, num_keep=num_keep, saliency=salient)


METHOD = Method(
    name="holitom",
    stage="temporal",
    rule="cut the video into windows that save most, merge what stands still, prune the least salient",
    paper="arXiv 2505.21334 (HoliTom, NeurIPS 2025), its temporal half",
    compress_video=compress_video,
    needs=frozenset({"saliency"}),
    defaults=(f"tau {TAU:g}", f"longest window {LONGEST}"),
    deviations=(
        "lands on the asked count: the most similar still patches are merged first, and pruning by saliency "
        "takes the place of its merging inside a frame",
    ),
)
