"""Clips of noise that stand still for some frames, small enough to train on at once."""

import pytest
import torch

from tokcomp_cli.encoders.embedded import FACTS
from tokcomp_cli.encoders.vit_small import DEPTH
from tokcomp_cli.evidence.clips.questions import VOCABULARY
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.evidence.task.encoded_set import EncodedSet, Question, table
from tokcomp_cli.learned.pvc.checkpoint import PvcCard
from tokcomp_cli.learned.pvc.clips import TimedClips

COUNT, FRAMES, DIM, PATCHES = 2, 8, 384, 196
CARD = PvcCard(
    encoder="embedded",
    encoder_sha256=FACTS.weights_sha256,
    dim=DIM,
    grid=(14, 14),
    blocks=1,
    num_keep=64,
    frames=FRAMES,
    scale=2.0,
    loss="both",
    seed=1,
    epochs=2,
    clips=COUNT,
    minutes=0.0,
    data=("made here",),
)


@pytest.fixture(scope="session")
def card():
    return CARD


@pytest.fixture(scope="session")
def clips(embedded):
    """Return clips of which the last block alone is left to run."""
    draw = torch.Generator().manual_seed(0)
    still = torch.randn(COUNT, 1, 1 + PATCHES, DIM, generator=draw)
    begun = (still + 0.1 * torch.randn(COUNT, FRAMES, 1 + PATCHES, DIM, generator=draw)).half()
    with torch.no_grad():
        found = embedded.tower.finished(begun.flatten(0, 1).float(), DEPTH - 1)
    features = found.features.half().unflatten(0, (COUNT, FRAMES)).flatten(1, 2)
    saliency = found.saliency.half().unflatten(0, (COUNT, FRAMES)).flatten(1)
    kinds = ("ever there", "there at the end")
    asked = [(at, Question(kinds[at % 2], (1,), at % 2, (0, 1))) for at in range(COUNT)]
    scenes = EncodedSet(features, saliency, torch.zeros(COUNT, 0), **table(asked, VOCABULARY))
    return TimedClips(scenes, begun, Scaling.of(features, embedded.blank, (14, 14)))


@pytest.fixture
def changed(card):
    """Return a network whose additions are not nothing."""
    torch.manual_seed(3)
    net = card.network()
    with torch.no_grad():
        for value in net.parameters():
            value.add_(torch.randn(value.shape) * 0.05)
            value.copy_(value.half().float())  # as it is kept
    return net.eval().requires_grad_(False)
