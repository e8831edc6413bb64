"""Temporal methods on clips, beside spatial ones over all frames at once."""

from dataclasses import replace

import torch
from torch import Tensor

from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.video import flat
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.evidence.clips.replay import replayed
from tokcomp_cli.evidence.figures import content_of
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet
from tokcomp_cli.fidelity.metrics import explained, frame_loss, patch_weights
from tokcomp_cli.plan.plan import Plan

OTHERWISE = {"frame-merge": {}, "uniform": {"temporal": "uniform", "temporal_every": 2}}
"""The tool's default, which splits merged frames where the budget asks for more tokens than they hold; and a
control: every second frame."""


class OnClips:
    """Methods on clips."""

    def __init__(self, scenes: EncodedSet, scaling: Scaling, facts: EncoderFacts) -> None:
        """Take clips.

        Args:
            scenes: N clips.
            scaling: For the blank response and the number of frames.
            facts: Of the encoder that made the tokens.
        """
        self._scenes, self._scaling, self._facts = scenes, scaling, facts

    def keep(self, method: Method, at: int, num_keep: int) -> Compressed:
        """Return what a method keeps of a clip."""
        scaling = self._scaling
        features = self._scenes.features[at].float().view(scaling.frames, len(scaling.blank), -1)
        saliency = self._scenes.saliency[at].float().view(features.shape[:2])
        if method.compress_video is not None:
            return method.run_video(features, num_keep, saliency)
        if method.stage == "spatial":
            tokens = replace(flat(features), saliency=saliency.flatten(), blank=scaling.blanks)
            return method.run(tokens, num_keep, at)
        name, _, threshold = method.name.partition(":")
        plan = Plan.of(budget=str(num_keep), gate="off", **OTHERWISE.get(name, {"temporal": name}))
        facts = replace(self._facts, threshold=float(threshold)) if threshold else self._facts
        return replayed(plan, facts, scaling.blank, features, saliency)

    def measure(self, at: int, kept: Compressed) -> tuple[dict[str, float], Tensor]:
        """Return figures and losses of a clip; as in the tool, a patch counts by its frame's saliency."""
        scaling, floor = self._scaling, self._facts.floor
        content = self._scenes.features[at].float() - scaling.blanks
        saliency = self._scenes.saliency[at].float().view(scaling.frames, -1)
        counts = torch.cat([patch_weights(frame) for frame in saliency])
        loss = frame_loss(content, content_of(kept, scaling.blanks), kept.owner)
        lost, frames = loss.squared.float(), scaling.frames
        apart = (content - counts @ content / len(content)).square().sum(1)
        even = (content - content.mean(0)).square().sum(1)
        parts = zip(counts.chunk(frames), lost.chunk(frames), apart.chunk(frames), strict=True)
        told = {
            "explained": _share(counts @ lost, counts @ apart, floor, len(lost)),
            "explained evenly": _share(lost.sum(), even.sum(), floor, len(lost)),
            "weakest frame": min(_share(w @ gone, w @ there, floor, len(w)) for w, gone, there in parts),
            "cosine by saliency": float((counts * loss.cosine).mean()),
            "nearest cosine by saliency": float((counts * (1 - loss.distance)).mean()),
        }
        return told, lost


def _share(lost: Tensor, energy: Tensor, floor: float, patches: int) -> float:
    return explained(float(lost), float(energy), floor=floor, patches=patches)
