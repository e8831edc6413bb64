"""Methods on a caller's own tensors: device, dtype, gradients, batches, the prefix, and bad input."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.compress.tokens import all_spatial, token_set
from tokcomp_cli import compress
from tokcomp_cli.compress import METHODS, Compressed, Method, find, unmerge
from tokcomp_cli.compress.module import Compress
from tokcomp_cli.errors import ContractError, PlanError

SPATIAL = all_spatial()
VIDEO = [method for method in METHODS if method.compress_video]
GRID, PREFIX = (6, 8), 2
DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
DETERMINED = ("ward", "tome", "divprune", "prune", "pool", "visionzip")

every_spatial = pytest.mark.parametrize("method", SPATIAL, ids=lambda method: method.name)
every_video = pytest.mark.parametrize("method", VIDEO, ids=lambda method: method.name)
every_method = pytest.mark.parametrize("method", SPATIAL + VIDEO, ids=lambda method: method.name)


def arguments(method: Method, *, batch: int = 0, prefix: int = 0, dtype: torch.dtype = torch.float32) -> dict:
    """A call's arguments: `batch` items or a single one; four frames for a method over a whole video."""
    if method.compress_video:
        video = [token_set("shared", (1, 12), seed=seed) for seed in range(4)]
        x, saliency = torch.stack([t.features for t in video]), torch.stack([t.saliency for t in video])
        return {"x": x.to(dtype), "num_keep": 11, "saliency": saliency.to(dtype)}
    sets = [token_set("shared", GRID, seed=seed) for seed in range(max(1, batch))]
    front = torch.randn(len(sets), prefix, 6, generator=torch.Generator().manual_seed(9))
    given = {
        "x": torch.cat([front, torch.stack([one.features for one in sets])], dim=1),
        "saliency": torch.stack([one.saliency for one in sets]),
        "keys": torch.stack([one.keys for one in sets]),
        "relevance": torch.stack([one.relevance for one in sets]),
    }
    given = {name: (values if batch else values[0]).to(dtype) for name, values in given.items()}
    return {**given, "num_keep": 12, "grid": GRID, "num_prefix_tokens": prefix}


@pytest.fixture
def on_meta() -> Iterator[Callable[..., Compressed]]:
    """A call under another default device: whatever is allocated there without naming one holds no data."""

    def call(method: Method, given: dict) -> Compressed:
        torch.set_default_device("meta")
        assert torch.empty(1).is_meta
        result = method(**given)
        assert unmerge(result.features, result.owner).device.type == "cpu"
        return result

    yield call
    torch.set_default_device(None)


@every_method
@pytest.mark.parametrize("num_keep", [1, 3, 12, 40])
def test_nothing_is_allocated_on_the_default_device(method, num_keep: int, on_meta) -> None:
    given = arguments(method, prefix=0 if method.compress_video else PREFIX) | {"num_keep": num_keep}
    expected = method(**given)
    result = on_meta(method, given)
    for name in ("features", "sizes", "owner"):
        found = getattr(result, name)
        assert found.device.type == "cpu"
        assert torch.equal(found, getattr(expected, name)), name


@every_method
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_kept_features_have_the_dtype_of_the_input(method, dtype) -> None:
    result = method(**arguments(method, dtype=dtype))
    assert result.features.dtype == dtype
    assert result.sizes.dtype == result.owner.dtype == torch.int64
    assert result.features.isfinite().all()
    if not method.merges:
        first = [int((result.owner == kept).nonzero()[0, 0]) for kept in range(len(result.sizes))]
        flat = arguments(method, dtype=dtype)["x"].flatten(0, -2)
        same = (result.features[:, None] == flat[None]).all(-1)
        assert same.any(1).all(), first


@every_method
def test_gradients_reach_the_inputs(method) -> None:
    given = arguments(method)
    x = given["x"].requires_grad_()
    result = method(**given)
    result.features.square().sum().backward()
    reached = x.grad.flatten(0, -2).abs().sum(1) > 0
    owned = result.owner >= 0
    if method.merges and not method.weighted:
        assert torch.equal(reached, owned), "each owned token has its part in a mean"
    else:
        assert reached.sum() >= len(result.features)


@every_method
def test_the_mean_has_the_gradient_of_a_mean(method) -> None:
    if not method.merges or method.weighted:
        return
    given = arguments(method, dtype=torch.float64)
    x = given["x"].requires_grad_()
    result = method(**given)
    result.features.sum().backward()
    share = 1 / result.sizes[result.owner.clamp(min=0)].double()
    expected = torch.where(result.owner >= 0, share, 0.0)[:, None].expand(-1, x.shape[-1])
    torch.testing.assert_close(x.grad.flatten(0, -2), expected)


@every_spatial
def test_a_batch_is_its_items_one_by_one(method) -> None:
    given = arguments(method, batch=3, prefix=PREFIX)
    result = method(**given, seed=5)
    for at in range(3):
        item = {name: one[at] if isinstance(one, Tensor) else one for name, one in given.items()}
        alone = method(**item, seed=5)
        assert torch.equal(result.features[at], alone.features)
        assert torch.equal(result.sizes[at], alone.sizes)
        assert torch.equal(result.owner[at], alone.owner)


@every_spatial
def test_the_prefix_stays_first_and_untouched(method) -> None:
    given, without = arguments(method, prefix=PREFIX), arguments(method)
    result, plain = method(**given), method(**without)
    assert torch.equal(result.features[:PREFIX], given["x"][:PREFIX])
    assert torch.equal(result.features[PREFIX:], plain.features)
    assert result.owner[:PREFIX].tolist() == list(range(PREFIX))
    assert torch.equal(result.owner[PREFIX:], torch.where(plain.owner >= 0, plain.owner + PREFIX, -1))
    assert result.sizes[:PREFIX].tolist() == [1] * PREFIX


@every_spatial
def test_keeping_all_and_unmerging_is_the_identity(method) -> None:
    if method.name == "prumerge:original":  # It adds neighbours to every token even then.
        return
    given = arguments(method, batch=2, prefix=1) | {"num_keep": 48}
    result = method(**given)
    torch.testing.assert_close(unmerge(result.features, result.owner), given["x"])


@settings(max_examples=20, deadline=None)
@given(name=st.sampled_from(DETERMINED), num_keep=st.integers(1, 48), seed=st.integers(0, 99))
def test_unmerging_and_compressing_again_changes_nothing(name: str, num_keep: int, seed: int) -> None:
    given = arguments(find("spatial", name)) | {"num_keep": num_keep}
    result = find("spatial", name)(**given)
    back = unmerge(result.features, result.owner, fill=torch.nan)
    assert torch.equal(back.isnan().any(1), result.owner < 0)
    owned = result.owner >= 0
    assert torch.equal(back[owned], result.features[result.owner[owned]])


def test_the_seed_counts_only_where_a_method_draws() -> None:
    for method in SPATIAL:
        given = arguments(method)
        same = torch.equal(method(**given, seed=1).owner, method(**given, seed=2).owner)
        assert same == ("seed" not in method.needs), method.name


X = torch.randn(2, 14, 6, generator=torch.Generator().manual_seed(0))
NAN = X.clone()
NAN[1, 3, 2] = torch.nan


@pytest.mark.parametrize(
    ("method", "wrong", "named"),
    [
        ("ward", {"x": X.numpy()}, "`x` must be a torch tensor, got ndarray"),
        ("ward", {"x": X[0, 0]}, r"`x` must be .N, D. or .B, N, D.*got \(6,\)"),
        ("ward", {"x": X[:, :, :0]}, "no empty side"),
        ("ward", {"x": X.long()}, "`x` must be floating point, got torch.int64"),
        ("ward", {"x": NAN}, "`x` must be finite"),
        ("ward", {"x": X / 0}, "`x` must be finite"),
        ("ward", {"num_keep": 0}, "`num_keep` must be a whole number from 1 to 12, got 0"),
        ("ward", {"num_keep": 13}, "from 1 to 12, got 13"),
        ("ward", {"num_keep": 2.5}, "got 2.5"),
        ("ward", {"num_keep": True}, "got True"),
        ("ward", {"num_prefix_tokens": 14}, "`num_prefix_tokens` must be .* from 0 to 13, got 14"),
        ("ward", {"num_prefix_tokens": -1}, "got -1"),
        ("pool", {"grid": (3, 5)}, r"`grid` must be rows and columns of the 12 tokens.*got \(3, 5\)"),
        ("pool", {"grid": (-3, -4)}, r"got \(-3, -4\)"),
        ("pool", {"grid": 12}, "`grid` must be .* got 12"),
        ("pool", {}, "pool needs `grid`"),
        ("prune", {}, "prune needs `saliency`"),
        ("prumerge+", {}, "needs `keys` and `saliency`"),
        ("tome:keys", {}, "needs `keys`"),
        ("cdpruner", {}, "needs `relevance`"),
        ("prune", {"saliency": torch.rand(2, 14)}, r"`saliency` must be \(2, 12\).*got \(2, 14\)"),
        ("prune", {"saliency": torch.rand(12)}, r"must be \(2, 12\).*got \(12,\)"),
        ("prune", {"saliency": torch.rand(2, 12) / 0}, "`saliency` must be finite"),
        ("prune", {"saliency": torch.rand(2, 12, device="meta")}, "`saliency` must be .* on cpu"),
        ("dart", {"keys": torch.rand(2, 11, 4)}, r"`keys` must be \(2, 12, 4\).*got \(2, 11, 4\)"),
        ("dart", {"keys": torch.tensor(1.0)}, r"`keys` must be"),
        ("cdpruner", {"relevance": [0.1] * 12}, "`relevance` must be a torch tensor, got list"),
    ],
)
def test_bad_input_is_one_sentence_before_any_work(method, wrong, named, monkeypatch) -> None:
    def never(*_, **__):
        raise AssertionError("work began")

    monkeypatch.setattr(Method, "run", never)
    call = {"x": X, "num_keep": 3, "num_prefix_tokens": 2} | wrong
    with pytest.raises(PlanError, match=named) as caught:
        find("spatial", method)(**call)
    assert "\n" not in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "wrong", "named"),
    [
        ("evs", {"x": X[0]}, r"\(T, P, D\) without prefix tokens, got \(14, 6\)"),
        ("evs", {"num_prefix_tokens": 1}, "with `num_prefix_tokens` 1"),
        ("evs", {"num_keep": 29}, "from 1 to 28"),
        ("holitom", {}, "holitom needs `saliency`"),
        ("holitom", {"saliency": torch.rand(2, 13)}, r"must be \(2, 14\)"),
        ("frame-merge", {}, "decides frame by frame"),
    ],
)
def test_bad_input_of_a_whole_video(method, wrong, named) -> None:
    with pytest.raises(PlanError, match=named):
        find("temporal", method, whole_video=True)(**({"x": X, "num_keep": 3} | wrong))


@pytest.mark.parametrize(
    ("features", "owner", "named"),
    [
        (X[0], torch.zeros(2, 9, dtype=torch.int64), r"got \(14, 6\) with \(2, 9\)"),
        (X, torch.zeros(3, 9, dtype=torch.int64), r"got \(2, 14, 6\) with \(3, 9\)"),
        (X[0], torch.tensor([14]), "from -1 to 13"),
        (X[0], torch.tensor([-2]), "from -1 to 13"),
        (X[0], torch.tensor([0.0]), "int64"),
    ],
)
def test_unmerge_refuses_what_does_not_fit(features, owner, named) -> None:
    with pytest.raises(PlanError, match=named):
        unmerge(features, owner)


def test_a_method_that_breaks_its_contract_is_named() -> None:
    def lossy(tokens, *, num_keep):
        owner = torch.zeros(len(tokens), dtype=torch.int64)
        return Compressed(tokens.features[:1], tokens.sizes[:1], owner)

    method = Method("lossy", "spatial", "a rule", "a paper", compress=lossy)
    with pytest.raises(ContractError, match="lossy returned sizes"):
        method(X, num_keep=1)


def test_a_result_checks_its_shapes_and_prints_them() -> None:
    result = compress.ward(X, num_keep=5)
    shapes = "features=(2, 5, 6), sizes=(2, 5), owner=(2, 14)"
    assert repr(result) == f"Compressed({shapes}, torch.float32, cpu)"
    with pytest.raises(ContractError, match=r"sizes=\(2, 4\)"):
        Compressed(result.features, result.sizes[:, :4], result.owner)
    with pytest.raises(ContractError, match=r"owner=\(14,\)"):
        Compressed(result.features, result.sizes, result.owner[0])


def test_every_method_on_tensors_has_a_public_name() -> None:
    for method in METHODS:
        if not method.decide:
            assert getattr(compress, method.name.replace("+", "_plus").replace("-", "_")) is method
    assert set(compress.__all__) <= set(dir(compress))


def test_help_and_signature() -> None:
    assert list(inspect.signature(compress.cdpruner).parameters)[:2] == ["x", "num_keep"]
    assert compress.cdpruner.__doc__ is not None
    assert "`relevance`" in compress.cdpruner.__doc__
    assert "2506.10967" in compress.cdpruner.__doc__
    assert "`seed`" in compress.random.__doc__
    assert repr(compress.ward) == "<spatial method ward>"


def test_a_layer() -> None:
    layer = Compress("prune", 5, num_prefix_tokens=2)
    saliency = torch.rand(2, 12, generator=torch.Generator().manual_seed(0))
    kept = layer(X, saliency=saliency)
    assert torch.equal(kept, compress.prune(X, num_keep=5, num_prefix_tokens=2, saliency=saliency).features)
    assert "prune, num_keep=5, num_prefix_tokens=2" in repr(layer)
    assert not list(layer.parameters())
    assert torch.nn.Sequential(Compress(compress.ward, 3))(X).shape == (2, 3, 6)
    with pytest.raises(PlanError, match="unknown spatial method"):
        Compress("wrad", 3)


@pytest.mark.parametrize(
    "line",
    [
        "from tokcomp_cli.compress import METHODS; [repr(m) + m.__doc__ for m in METHODS]",
        "from tokcomp_cli.compress import find; find('spatial', 'visionzip:original')",
        "from tokcomp_cli.compress import names; names('temporal', whole_video=True)",
    ],
)
def test_the_table_is_read_without_heavy_libraries(line: str) -> None:
    check = "import sys; heavy = {'torch', 'numpy', 'scipy'} & set(sys.modules); assert not heavy, heavy"
    subprocess.run([sys.executable, "-c", f"{line}; {check}"], check=True)
