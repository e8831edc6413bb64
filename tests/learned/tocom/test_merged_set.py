"""Answerers read merged tokens as they read those of any other method."""

import pytest
import torch

from tokcomp_cli.core.tokens import Compressed
from tokcomp_cli.errors import EvidenceError
from tokcomp_cli.evidence.places import padded, whole
from tokcomp_cli.evidence.scaling import Scaling
from tokcomp_cli.learned.tocom import merged_set
from tokcomp_cli.learned.tocom.merged_set import merge_pictures


@pytest.fixture(scope="module")
def scaling(small_encoder):
    return Scaling(small_encoder.blank, 2.0, (4, 4))


def test_tokens_are_as_after_any_method(small, pictures, scaling):
    merged, chosen = merge_pictures(small, pictures, 3), torch.tensor([4, 1])
    found = merged.tokens(scaling, chosen)
    kept = []
    for at in chosen.tolist():
        owner = merged.owner[at].long()
        kept.append(Compressed(merged.features[at].float(), torch.bincount(owner), owner))
    expected = padded(kept, scaling.blanks, scaling.middles, scaling.scale)
    torch.testing.assert_close(found.content, expected.content, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.place, expected.place, atol=1e-3, rtol=1e-4)
    assert torch.equal(found.padding, expected.padding)


def test_at_ratio_0_they_are_all_patches(small, pictures, scaling):
    merged, chosen = merge_pictures(small, pictures, 0), torch.arange(3)
    found, expected = merged.tokens(scaling, chosen), whole(merged.content(scaling, chosen), scaling.middles)
    assert torch.equal(found.content, expected.content)
    assert torch.equal(found.place, expected.place)


def test_batches_do_not_matter(small, pictures, monkeypatch):
    at_once, done = merge_pictures(small, pictures, 2), []
    monkeypatch.setattr(merged_set, "BATCH", 5)
    parts = merge_pictures(small, pictures, 2, progress=done.append)
    assert torch.equal(at_once.owner, parts.owner)
    torch.testing.assert_close(at_once.features, parts.features, atol=1e-2, rtol=1e-2)
    assert done == [5, 10, 15, 16]


def test_too_little_memory_is_said(pictures):
    class Full:
        def normalised(self, _some):
            raise RuntimeError("not enough memory: you tried to allocate")

    with pytest.raises(EvidenceError, match=r"memory does not suffice .*; give fewer pictures"):
        merge_pictures(Full(), pictures, 2)
