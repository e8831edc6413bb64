"""VidCom2: budgets by how unusual a frame is, patches by how unusual they are."""

from __future__ import annotations

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.precision import detached
from tokcomp_cli.compress.selection import selected, top
from tokcomp_cli.compress.video import apportion, flat
from tokcomp_cli.core.lazy import F, Tensor, torch
from tokcomp_cli.core.tokens import Compressed

SHARPNESS = 0.01
SCALES = (-3, -2, -1, 0, 1)


def commonness(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return how near each patch is to the video's centre and to its frame's centre, (T, P) each.

    Only the half of the channels with the lowest variance over the video counts; nearness is a sum of
    Gaussians of the distance between unit vectors and their mean.

    Args:
        features: (T, P, D).
    """
    width = features.shape[2]
    variance = features.flatten(0, 1).var(0, correction=0)
    steady = variance.argsort(stable=True)[: max(1, width // 2)].sort().values
    unit = F.normalize(features[:, :, steady], dim=-1)
    to_video = (unit - unit.mean((0, 1))).square().sum(-1)
    to_frame = (unit - unit.mean(1, keepdim=True)).square().sum(-1)
    return _gaussians(to_video), _gaussians(to_frame)


def _gaussians(squared: Tensor) -> Tensor:
    return torch.stack([torch.exp(-squared / (2 * 2.0**scale)) for scale in SCALES]).sum(0)


def shares(to_video: Tensor, retention: float) -> Tensor:
    """Return the share of its patches that each frame keeps, in [0, 1], (T,): more where it is unusual.

    Args:
        to_video: Nearness of each patch to the video's centre, (T, P).
        retention: Mean share.
    """
    weight = (-to_video.mean(1) / SHARPNESS).softmax(0)
    return (retention * (1 + weight - weight.mean())).clamp(max=1)


def least_common(scores: Tensor, counts: Tensor) -> Tensor:
    """Return the flat indices of each frame's lowest scores, rising, int64, (K,).

    Args:
        scores: (T, P).
        counts: Patches that each frame keeps, int64, (T,).
    """
    rank = scores.argsort(dim=1, stable=True).argsort(dim=1)
    return (rank < counts[:, None]).flatten().nonzero().squeeze(1)


def choose_original(features: Tensor, retention: float) -> Tensor:
    """Return what the original keeps, flat indices, rising, int64: each frame's share rounded by itself.

    Args:
        features: (T, P, D).
        retention: Mean share; the total may miss it.
    """
    to_video, to_frame = commonness(features)
    counts = (shares(to_video, retention) * features.shape[1]).round().long().clamp(min=1)
    return least_common(to_video + to_frame, counts)


def compress_video(features: Tensor, *, num_keep: int, **_: object) -> Compressed:
    """Return the least common patches, unusual frames keeping more; the others are pruned."""
    frames, patches = features.shape[:2]
    to_video, to_frame = commonness(detached(features))
    if num_keep < frames:
        counts = torch.zeros(frames, dtype=torch.int64, device=features.device)
        counts[top(-to_video.mean(1), num_keep)] = 1
    else:
        ideal = shares(to_video, num_keep / (frames * patches)) * patches
        counts = apportion(ideal, num_keep, torch.full_like(ideal, patches, dtype=torch.int64), least=1)
    return selected(flat(features), least_common(to_video + to_frame, counts))


METHOD = Method(
    name="vidcom2",
    stage="temporal",
    rule="keep the patches farthest from the centres of video and frame; unusual frames keep more",
    paper="arXiv 2505.14454 (VidCom2, EMNLP 2025)",
    compress_video=compress_video,
    merges=False,
    defaults=(f"sharpness {SHARPNESS:g}",),
    deviations=("shares are rounded together, so that the total is the asked count",),
)
