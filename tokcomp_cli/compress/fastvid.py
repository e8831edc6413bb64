"""FastVID: segments at scene changes; in each, salient patches and density anchors."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.precision import detached
from tokcomp_cli.compress.selection import top
from tokcomp_cli.compress.similarity import nearest
from tokcomp_cli.compress.video import apportion, grouped, saliency_needed
from tokcomp_cli.core.lazy import F, Tensor, torch
from tokcomp_cli.core.tokens import Compressed

SIMILAR = 0.9
LOWEST = 7
SALIENT = 0.6
ANCHOR_EVERY = 4
NEIGHBOURS = 4


def segments(features: Tensor, most: int) -> list[tuple[int, int]]:
    """Return runs of frames, first and last of each: cuts where neighbours are unlike, and the lowest seven.

    Args:
        features: (T, P, D); a frame is the mean of its patches.
        most: Largest number of segments; beyond it only the lowest similarities cut.
    """
    frame = features.mean(1)
    alike = F.cosine_similarity(frame[1:], frame[:-1], dim=-1)
    wanted = max(int((alike < SIMILAR).sum()), min(LOWEST, len(alike)))
    cuts = top(-alike, min(wanted, most - 1)).sort().values.tolist()
    starts = [0, *(cut + 1 for cut in cuts)]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), len(features) - 1], strict=True))


def anchor_scores(features: Tensor) -> Tensor:
    """Return density times the distance to a denser token, (N,): high in the middle of each cluster.

    Of equally dense tokens the earlier counts as denser; no noise breaks ties.

    Args:
        features: Tokens of one frame, (N, D).
    """
    unit = F.normalize(features, dim=1)
    squared = (2 - 2 * (unit @ unit.T)).clamp(min=0)
    near = squared.topk(min(NEIGHBOURS + 1, len(unit)), largest=False).values.mean(1)
    density = torch.exp(-near)
    order = top(density, len(unit))
    place = torch.empty_like(order)
    place[order] = torch.arange(len(unit), device=order.device)
    apart = squared.sqrt()
    denser = place[None, :] < place[:, None]
    distance = torch.where(denser, apart, torch.inf).amin(1)
    return density * torch.where(place == 0, apart.amax(1), distance)


def anchors(features: Tensor, free: Tensor, count: int) -> Tensor:
    """Return the anchors of a segment, flat indices in it, int64, (count,).

    Every fourth frame gives an equal number; all frames do where those have too few free patches.

    Args:
        features: (L, P, D).
        free: Patches that are not taken yet, at least `count`, bool, (L, P).
        count: At least 1.
    """
    frames = torch.arange(0, len(features), ANCHOR_EVERY, device=free.device)
    if int(free[frames].sum()) < count:
        frames = torch.arange(len(features), device=free.device)
    even = frames.double().fill_(count / len(frames))
    counts = apportion(even, count, free[frames].sum(1), least=0)
    chosen = []
    for frame, number in zip(frames.tolist(), counts.tolist(), strict=True):
        inside = free[frame].nonzero().squeeze(1)
        picked = inside[top(anchor_scores(features[frame, inside]), number)] if number else inside[:0]
        chosen.append(frame * features.shape[1] + picked)
    return torch.cat(chosen)


def compress_video(features: Tensor, *, num_keep: int, saliency: Tensor | None) -> Compressed:
    """Return salient patches as they are and anchors as the mean of the patches nearest to them."""
    seen, salient = detached(features), detached(saliency_needed(saliency, METHOD.name))
    patches = features.shape[1]
    runs = segments(seen, num_keep)
    lengths = torch.tensor([last - first + 1 for first, last in runs], device="cpu")
    budgets = apportion(lengths * (num_keep / len(features)), num_keep, lengths * patches, least=1)
    labels, done = [], 0
    for (first, last), budget in zip(runs, budgets.tolist(), strict=True):
        here = slice(first, last + 1)
        labels.append(done + _segment_labels(seen[here], salient[here], budget))
        done += budget
    return grouped(features, torch.cat(labels), num_keep)


def _segment_labels(features: Tensor, saliency: Tensor, budget: int) -> Tensor:
    """Return the kept token, 0..budget-1, that each patch of a segment goes to, int64, (L * P,)."""
    taken = top(saliency.flatten(), int(SALIENT * budget))
    free = torch.ones_like(saliency.flatten(), dtype=torch.bool)
    free[taken] = False
    anchor = anchors(features, free.view_as(saliency), budget - len(taken))
    tokens = features.flatten(0, 1)
    label = taken.new_empty(len(tokens))
    label[free] = len(taken) + nearest(tokens[free], tokens[anchor])
    label[torch.cat([taken, anchor])] = torch.arange(budget, device=label.device)
    return label


METHOD = Method(
    name="fastvid",
    stage="temporal",
    rule="cut at scene changes; in each segment keep salient patches, merge the others into density anchors",
    paper="arXiv 2503.11187 (FastVID, NeurIPS 2025)",
    compress_video=compress_video,
    needs=frozenset({"saliency"}),
    defaults=(
        f"cuts below {SIMILAR:g} and the {LOWEST} lowest",
        f"salient share {SALIENT:g}",
        f"anchors in every {ANCHOR_EVERY}th frame",
    ),
    deviations=(
        "no random noise breaks ties between densities, so that two runs agree",
        "segments share the count by their length, so that the total is the asked count",
        "an anchor is the true mean of the patches nearest to it",
    ),
)
