"""What holds for every method: conservation, exact counts, determinism, identity, order."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.compress.tokens import KINDS, all_spatial, token_set, token_sets, videos
from tokcomp_cli.compress import METHODS
from tokcomp_cli.core.origin import check_owner, gather_sum, merge_mean
from tokcomp_cli.core.tokens import Compressed, TokenSet

ROWS = [method for method in METHODS if method.compress]
SPATIAL = all_spatial()
VIDEO = [method for method in METHODS if method.compress_video]
ORDER_FREE = ("ward", "divprune", "scope", "cdpruner", "dart", "flashvid-adts", "prune")

every_spatial = pytest.mark.parametrize("method", SPATIAL, ids=lambda method: method.name)
every_video = pytest.mark.parametrize("method", VIDEO, ids=lambda method: method.name)
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def run(method, tokens: TokenSet, num_keep: int) -> Compressed:
    return method.run(tokens, num_keep, 7)


def assert_same(first: Compressed, second: Compressed) -> None:
    assert torch.equal(first.owner, second.owner)
    assert torch.equal(first.features, second.features)
    assert torch.equal(first.sizes, second.sizes)


def assert_means(features: Tensor, sizes: Tensor, result: Compressed) -> None:
    mean, _ = merge_mean(features, sizes, result.owner, len(result.features))
    torch.testing.assert_close(result.features, mean)


def assert_inputs(features: Tensor, result: Compressed) -> None:
    """Each kept token is, bit for bit, one of those it owns."""
    owned = result.owner >= 0
    same = (features[owned] == result.features[result.owner[owned]]).all(1)
    assert gather_sum(same.long(), result.owner[owned], len(result.features)).min() >= 1


@every_spatial
@few
@given(tokens=token_sets(), share=st.floats(0, 1))
def test_spatial_conserves_and_is_exact(method, tokens: TokenSet, share: float) -> None:
    num_keep = max(1, round(share * len(tokens)))
    before = tokens.features.clone()
    result = run(method, tokens, num_keep)
    check_owner(result.owner, tokens.sizes, result.sizes, method=method.name)
    assert result.features.isfinite().all()
    assert result.features.dtype == tokens.features.dtype
    assert torch.equal(tokens.features, before), "the method changed its input"
    if method.name == "none":
        assert len(result.features) == len(tokens)
    elif method.any_count:
        assert len(result.features) == len(result.sizes) == num_keep
    else:
        assert 1 <= len(result.features) <= num_keep
    if not method.weighted:
        if method.merges:
            assert_means(tokens.features, tokens.sizes, result)
        else:
            assert_inputs(tokens.features, result)
    assert_same(result, run(method, tokens, num_keep))


@every_spatial
@pytest.mark.parametrize("kind", KINDS)
def test_spatial_keeps_all_when_all_may_stay(method, kind: str) -> None:
    tokens = token_set(kind, (3, 5))
    result = run(method, tokens, 15)
    assert torch.equal(result.owner, torch.arange(15))
    if method.name != "prumerge:original":  # It adds neighbours to every token even then.
        torch.testing.assert_close(result.features, tokens.features)


@every_spatial
@pytest.mark.parametrize("kind", KINDS)
def test_spatial_lone_token(method, kind: str) -> None:
    tokens = token_set(kind, (1, 1))
    assert torch.equal(run(method, tokens, 1).features, tokens.features)


@every_spatial
@pytest.mark.parametrize("kind", KINDS)
def test_spatial_down_to_one(method, kind: str) -> None:
    if method.name == "none":
        return
    result = run(method, token_set(kind, (4, 4)), 1)
    assert len(result.features) == 1
    assert result.owner.max() == 0


@every_spatial
def test_constant_tokens_stay_what_they_are(method) -> None:
    tokens = token_set("constant", (4, 6))
    result = run(method, tokens, 5)
    if method.name not in {"prumerge:original", "visionzip:original", "learned"}:
        torch.testing.assert_close(result.features, tokens.features[: len(result.features)])


@every_spatial
def test_only_random_reads_the_generator(method) -> None:
    tokens = token_set("random", (6, 6))
    generator = torch.Generator().manual_seed(1)
    before = generator.get_state()
    method.run(tokens, 9, generator)
    assert torch.equal(generator.get_state(), before) == ("seed" not in method.needs)


@pytest.mark.parametrize("name", ORDER_FREE)
@few
@given(seed=st.integers(0, 999), num_keep=st.integers(1, 30))
def test_order_of_tokens_does_not_matter(name: str, seed: int, num_keep: int) -> None:
    method = next(one for one in ROWS if one.name == name)
    tokens = token_set("random", (5, 6), seed=seed)
    if name == "divprune":  # Where the loneliest token has a mutual neighbour, both are equally lonely.
        unit = F.normalize(tokens.features, dim=1)
        lonely = (1 - unit @ unit.T + 9 * torch.eye(30)).amin(1).sort().values
        assume(lonely[-1] - lonely[-2] > 1e-5)
    shuffle = torch.randperm(30, generator=torch.Generator().manual_seed(seed))
    shuffled = replace(
        tokens,
        features=tokens.features[shuffle],
        position=tokens.position[shuffle],
        saliency=tokens.saliency[shuffle],
        keys=tokens.keys[shuffle],
        relevance=tokens.relevance[shuffle],
    )
    plain, mixed = run(method, tokens, num_keep).owner[shuffle], run(method, shuffled, num_keep).owner
    assert torch.equal(plain >= 0, mixed >= 0)
    pairs = torch.unique(torch.stack([plain, mixed])[:, plain >= 0], dim=1)
    assert pairs.shape[1] == num_keep, "not the same partition"


@every_video
@few
@given(video=videos(), share=st.floats(0, 1))
def test_video_conserves_and_is_exact(method, video: tuple[Tensor, Tensor], share: float) -> None:
    features, saliency = video
    before = features.clone()
    flat = features.flatten(0, 1)
    num_keep = max(1, round(share * len(flat)))
    sizes = torch.ones(len(flat), dtype=torch.int64)
    result = method.compress_video(features, num_keep=num_keep, saliency=saliency)
    check_owner(result.owner, sizes, result.sizes, method=method.name)
    assert len(result.features) == num_keep
    assert result.features.isfinite().all()
    assert torch.equal(features, before), "the method changed its input"
    if method.merges:
        assert_means(flat, sizes, result)
    else:
        assert_inputs(flat, result)
    assert_same(result, method.compress_video(features, num_keep=num_keep, saliency=saliency))


@every_video
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 8])
def test_video_keeps_all_when_all_may_stay(method, frames: int) -> None:
    features = token_set("random", (frames, 7)).features.view(frames, 7, -1)
    result = method.compress_video(features, num_keep=frames * 7, saliency=torch.rand(frames, 7))
    assert torch.equal(result.features, features.flatten(0, 1))


@pytest.mark.parametrize("name", ["evs", "dycoke"])
def test_dropped_patches_equal_what_stands_for_them_in_a_still(name: str) -> None:
    method = next(one for one in VIDEO if one.name == name)
    features = token_set("random", (1, 7)).features.expand(6, 7, -1)
    result = method.compress_video(features, num_keep=20, saliency=None)
    assert (result.owner >= 0).all()
    assert torch.equal(result.features[result.owner], features.flatten(0, 1))
