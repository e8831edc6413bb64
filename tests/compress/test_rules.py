"""Each method's rule, against a slow loop or a case small enough to check by hand."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compress.tokens import KINDS, modules, token_set
from tokcomp_cli.compress import find
from tokcomp_cli.compress.dendrogram import cut
from tokcomp_cli.compress.prumerge_plus import outliers
from tokcomp_cli.compress.tome import match, partition
from tokcomp_cli.compress.video import apportion, join_runs
from tokcomp_cli.compress.visionzip import split
from tokcomp_cli.compress.ward import dendrogram
from tokcomp_cli.core.tokens import grid_tokens

cdpruner, dart, dycoke, fastvid, holitom = modules("cdpruner", "dart", "dycoke", "fastvid", "holitom")
saliency_ward, scope, space_time, vidcom2 = modules("saliency_ward", "scope", "space_time", "vidcom2")
(farthest_points,) = modules("farthest_point_sampling")
quick = settings(max_examples=15, deadline=None)
seeds = given(seed=st.integers(0, 9999))


def run(name: str, tokens, num_keep: int):
    return find("spatial", name).run(tokens, num_keep)


@seeds
@quick
def test_tome_step_is_a_slow_loop(seed: int) -> None:
    features = token_set("random", (3, 5), seed=seed).features
    alike = F.cosine_similarity(features[:, None], features, dim=2).tolist()
    best = {s: max((alike[s][t], -t) for t in range(1, 15, 2)) for s in range(0, 15, 2)}
    gone = sorted(best, key=lambda source: -best[source][0])[:5]
    label = match(features, 5)
    assert len(label.unique()) == 10
    for source in range(0, 15, 2):
        partner = -best[source][1]
        assert (label[source] == label[partner]) == (source in gone)


def test_tome_weighs_by_size() -> None:
    features = torch.tensor([[1.0, 0], [1.0, 0.1], [0, 1.0], [-1.0, 0]])
    tokens = grid_tokens(features, (2, 2), size=1)
    tokens = type(tokens)(features, torch.tensor([3, 1, 1, 1]), tokens.position)
    result = run("tome", tokens, 3)
    assert result.owner.tolist() == [0, 0, 1, 2]
    torch.testing.assert_close(result.features[0], torch.tensor([1.0, 0.025]))
    assert partition(features, tokens.sizes, 1).tolist() == [0, 0, 0, 0]


@seeds
@quick
def testfarthest_points_is_a_slow_loop(seed: int) -> None:
    tokens = token_set("random", (4, 6), seed=seed)
    distance = 1 - F.normalize(tokens.features, dim=1) @ F.normalize(tokens.features, dim=1).T
    for weight in (None, tokens.saliency):
        to = distance if weight is None else distance * weight
        chosen = [int((to + torch.eye(24) * 9).amin(0).argmax())]
        while len(chosen) < 24:
            near = to[chosen].amin(0)
            near[chosen] = -1
            chosen.append(int(near.argmax()))
        assert farthest_points.farthest(tokens.features, 24, weight).tolist() == chosen


@pytest.mark.parametrize("kind", KINDS)
def testfarthest_points_without_a_matrix_is_the_same(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = token_set(kind, (20, 20), width=24, seed=5)
    expected = farthest_points.farthest(tokens.features, 90, tokens.saliency)
    monkeypatch.setattr(farthest_points, "LARGEST_MATRIX", 10)
    monkeypatch.setattr(farthest_points, "BLOCK_ROWS", 64)
    monkeypatch.setattr(farthest_points, "POOL", 32)
    found = farthest_points.farthest(tokens.features, 90, tokens.saliency)
    assert len(found.unique()) == 90
    if kind in {"random", "shared"}:
        assert torch.equal(found, expected)


@seeds
@quick
def test_scope_is_a_slow_loop(seed: int) -> None:
    tokens = token_set("random", (6, 8), seed=seed)
    alike = F.normalize(tokens.features, dim=1) @ F.normalize(tokens.features, dim=1).T
    cover, chosen = torch.zeros(48), []
    for _ in range(20):
        gain = tokens.saliency.pow(0.7) * (alike - cover).clamp(min=0).sum(1)
        gain[chosen] = -1
        if gain.max() <= 1e-4:
            break
        chosen.append(int(gain.argmax()))
        cover = torch.maximum(cover, alike[chosen[-1]])
    found = scope.choose(tokens.features, tokens.saliency, 20, alpha=0.7).tolist()
    assert found[: len(chosen)] == chosen
    assert len(set(found)) == 20


@seeds
@quick
def test_cdpruner_takes_the_largest_determinant_each_time(seed: int) -> None:
    tokens = token_set("random", (4, 5), width=12, seed=seed)
    chosen = cdpruner.choose(tokens.features, tokens.relevance, 6).tolist()
    weight = tokens.relevance.double()
    weight = (weight - weight.min()) / (weight.max() - weight.min())
    unit = F.normalize(tokens.features.double(), dim=1)
    kernel = weight[:, None] * (unit @ unit.T) * weight
    for step in range(1, 7):
        sets = [[*chosen[: step - 1], i] for i in range(20) if i not in chosen[: step - 1]]
        best = max(float(torch.linalg.det(kernel[one][:, one])) for one in sets)
        mine = chosen[:step]
        assert float(torch.linalg.det(kernel[mine][:, mine])) == pytest.approx(best, rel=1e-3)


def test_dart_by_hand() -> None:
    features = torch.tensor([[1.0, 0], [0.9, 0.1], [0, 1.0], [-1.0, 0], [-0.5, 0.5]])
    chosen = dart.choose(features, torch.tensor([0]), 3)
    assert chosen.tolist() == [0, 3, 4]
    # One more each for the image's and the text's pivot: the text is least like the second token.
    chosen = dart.choose(features, torch.tensor([0]), 3, text_pivots=torch.tensor([[-1.0, -1.0]]))
    assert chosen.tolist() == [0, 3, 1]


def test_visionzip_keeps_the_papers_shares() -> None:
    assert [split(count, 576) for count in (64, 128, 192, 1)] == [(54, 10), (108, 20), (162, 30), (1, 0)]
    assert split(576, 576) == (576, 0)


def test_visionzip_owns_all_and_the_original_grows() -> None:
    tokens = token_set("shared", (8, 8), width=12)
    mended, original = run("visionzip", tokens, 16), run("visionzip:original", tokens, 16)
    assert torch.equal(mended.owner, original.owner)
    assert (mended.owner >= 0).all()
    several = mended.sizes > 1
    assert several.any()
    growth = original.features.norm(dim=1) / mended.features.norm(dim=1)
    assert growth[several].min() > 1.5
    torch.testing.assert_close(growth[~several], torch.ones(int((~several).sum())))


def test_outliers() -> None:
    assert outliers(torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 100])) == 1
    assert outliers(torch.ones(9)) == 0


@seeds
@quick
def test_shares_add_up(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    most = torch.randint(1, 9, (7,), generator=generator)
    total = int(torch.randint(7, int(most.sum()) + 1, (1,), generator=generator))
    ideal = torch.rand(7, generator=generator) * 6
    share = apportion(ideal, total, most, least=1)
    assert int(share.sum()) == total
    assert (share >= 1).all()
    assert (share <= most).all()


def test_largest_remainder_by_hand() -> None:
    most = torch.tensor([9, 9, 9])
    assert apportion(torch.tensor([1.5, 2.9, 1.6]), 6, most, least=0).tolist() == [1, 3, 2]


@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 7, 9, 12])
def test_dycoke_takes_any_number_of_frames(frames: int) -> None:
    features = token_set("random", (frames, 10)).features.view(frames, 10, -1)
    assert (dycoke.references(frames) < torch.arange(frames).clamp(min=1)).all()
    for total in {1, 10, frames * 4, frames * 7}:
        total = min(total, frames * 10)
        counts = dycoke.frame_counts(frames, 10, total)
        assert int(counts.sum()) == total
        assert counts.min() >= 0
        assert counts.max() <= 10
    assert dycoke.references(9).tolist() == [0, 0, 0, 2, 0, 4, 4, 6, 4]
    if frames > 1:
        assert len(dycoke.choose_original(features)) <= frames * 10


def test_evs_keeps_what_moves() -> None:
    features = torch.eye(4).expand(5, 4, 4).clone()
    features[3, 1] = -features[3, 1]
    kept = find("temporal", "evs", whole_video=True).compress_video(features, num_keep=6, saliency=None)
    # The patch that turns in frame 3, and turns back in frame 4.
    assert kept.owner.view(5, 4).tolist() == [[0, 1, 2, 3]] * 3 + [[0, 4, 2, 3], [0, 5, 2, 3]]
    assert kept.sizes.tolist() == [5, 3, 5, 5, 1, 1]


def best_windows(still: np.ndarray) -> int:
    """Most patches that any way to cut the frames saves."""
    frames = len(still) + 1
    best = 0
    for mask in range(2 ** (frames - 1)):
        edges = [0, *(i + 1 for i in range(frames - 1) if mask >> i & 1), frames]
        best = max(best, sum(int(still[a : b - 1].all(0).sum()) * (b - a - 1) for a, b in pairwise(edges)))
    return best


@seeds
@quick
def test_holitom_windows_save_the_most(seed: int) -> None:
    still = np.random.default_rng(seed).random((7, 5)) < 0.7
    found, saved = holitom.windows(still)
    assert saved == best_windows(still)
    assert saved == sum(int(still[a:b].all(0).sum()) * (b - a) for a, b in found)
    assert [a for a, _ in found] == [0, *(b + 1 for _, b in found[:-1])]
    assert all(b - a < 3 for a, b in holitom.windows(still, 3)[0])


def test_joining_takes_the_most_similar_first_and_prunes_the_least_salient() -> None:
    features = torch.arange(6.0).view(3, 2, 1)
    alike = torch.tensor([[0.9, 0.7], [0.8, 0.1]])
    saliency = torch.tensor([[1.0, 2.0], [1.0, 2.0], [1.0, 2.5]])
    joined = join_runs(features, alike, alike > 0.5, num_keep=4, saliency=saliency)
    assert joined.owner.tolist() == [0, 1, 0, 2, 0, 3]
    assert joined.features[0].item() == 2
    pruned = join_runs(features, alike, alike > 0.5, num_keep=2, saliency=saliency)
    assert pruned.owner.tolist() == [0, 1, 0, 1, 0, -1]


def test_vidcom2_gives_the_odd_frame_more() -> None:
    features = token_set("shared", (1, 30), width=8).features.expand(6, 30, 8).clone()
    features += torch.randn(features.shape, generator=torch.Generator().manual_seed(0)) * 0.01
    features[4] = token_set("random", (1, 30), width=8, seed=9).features
    method = find("temporal", "vidcom2", whole_video=True)
    result = method.compress_video(features, num_keep=60, saliency=None)
    kept = (result.owner >= 0).view(6, 30).sum(1)
    assert kept.argmax() == 4
    assert int(kept.sum()) == 60
    assert vidcom2.shares(vidcom2.commonness(features)[0], 0.25).argmax() == 4


def test_fastvid_cuts_at_scenes() -> None:
    scenes = [token_set("random", (1, 8), seed=seed).features for seed in range(3)]
    features = torch.stack([scenes[t // 5] for t in range(15)])
    assert {4, 9} <= {last for _, last in fastvid.segments(features, 99)}
    assert fastvid.segments(features, 3) == [(0, 4), (5, 9), (10, 14)]
    assert fastvid.segments(features, 1) == [(0, 14)]


@seeds
@quick
def test_space_time_is_ward_over_all_patches_where_one_tree_holds_them(seed: int) -> None:
    features = token_set("random", (5, 9), seed=seed).features
    tree = dendrogram(grid_tokens(features, (5, 9)))
    for num_keep in (1, 8, 30, 45):
        result = space_time.compress_video(features.view(5, 9, -1), num_keep=num_keep, saliency=None)
        assert torch.equal(result.owner, cut(tree, num_keep))


def test_space_time_weighs_patches_by_their_share_of_their_frame() -> None:
    features = token_set("random", (5, 9)).features
    saliency = torch.rand(5, 9, generator=torch.Generator().manual_seed(1))
    even = saliency / saliency.mean(1, keepdim=True)
    whole = grid_tokens(features, (5, 9), saliency=even.flatten())
    for num_keep in (1, 8, 30):
        brighter = saliency * torch.arange(1.0, 6.0)[:, None]  # a frame's own scale does not count
        result = space_time.compress_video(features.view(5, 9, -1), num_keep=num_keep, saliency=brighter)
        assert torch.equal(result.owner, saliency_ward.METHOD.run(whole, num_keep).owner)


@pytest.mark.parametrize("num_keep", [1, 11, 60, 100, 270])
def test_space_time_over_many_runs(num_keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space_time, "JOINED", 3)
    monkeypatch.setattr(space_time, "LARGEST_TREE", 24)
    features = token_set("random", (27, 10)).features.view(27, 10, -1)
    result = space_time.compress_video(features, num_keep=num_keep, saliency=None)
    assert len(result.features) == num_keep
    assert int(result.sizes.sum()) == 270


def test_space_time_finds_a_thing_that_moves() -> None:
    ground, thing = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    features = ground.expand(4, 6, 2).clone()
    for frame in range(4):
        features[frame, frame] = thing
    result = space_time.compress_video(features, num_keep=2, saliency=None)
    assert torch.equal(result.features, torch.stack([thing, ground]))
    assert result.sizes.tolist() == [4, 20]
