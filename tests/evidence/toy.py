"""Pictures of a patch that stands out, asked for its kind: what a linear look can answer."""

import torch

from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.easy_vqa import VOCABULARY
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, table

GRID, DIM = (4, 4), 16


def toy_scenes() -> EncodedSet:
    draw = torch.Generator().manual_seed(0)
    features = torch.randn(96, 16, DIM, generator=draw) * 0.3
    asked = []
    for number in range(96):
        shape, place = (int(torch.randint(end, (), generator=draw)) for end in (3, 16))
        features[number, place, shape] += 6
        box = (place % 4 * 56, place // 4 * 56, place % 4 * 56 + 56, place // 4 * 56 + 56)
        asked.append((number, Question("shape", (), shape, (0, 1, 2), box)))
    saliency = features.norm(dim=2)
    return EncodedSet(features.half(), saliency.half(), torch.zeros(96, 0), **table(asked, VOCABULARY))


def toy_scaling(scenes: EncodedSet) -> Scaling:
    return Scaling.of(scenes.features, torch.zeros(16, DIM), GRID)
