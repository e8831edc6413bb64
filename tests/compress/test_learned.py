"""The learned compressor: its networks, its checkpoint, and what it refuses."""

from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.compress.tokens import token_set
from tokcomp_cli.compress import find, names, scope, vary
from tokcomp_cli.compress.learned import METHOD, SHIPPED, CompressorCard, read_compressor, write_compressor
from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.encoders.embedded import FACTS
from tokcomp_cli.errors import EvidenceError, PlanError

DIM, COUNT = 6, 30
CARD = CompressorCard(
    "embedded",
    FACTS.weights_sha256,
    DIM,
    2.0,
    2,
    20,
    COUNT,
    "answers",
    ("all 0",),
    3,
    1,
    96,
    0.5,
    ("made",),
    {},
)


def network(*, trained: bool = True) -> LearnedCompressor:
    torch.manual_seed(0)
    net = LearnedCompressor(DIM)
    if trained:
        with torch.no_grad():
            for value in net.parameters():
                value.add_(torch.randn(value.shape) * 0.3)
    return net


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("learned") / "compressor.safetensors"
    write_compressor(path, network(), CARD)
    return path


def given(batch: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    content = torch.randn(batch, COUNT, DIM, generator=draw)
    return content, torch.rand(batch, COUNT, generator=draw), torch.ones(batch, COUNT)


def test_all_tokens_kept_are_the_input_bit_for_bit(checkpoint):
    content, saliency, sizes = given()
    found, kept, owner = network()(content, saliency, sizes, COUNT)
    assert torch.equal(found, content)
    assert torch.equal(kept, torch.arange(COUNT).expand(2, -1))
    assert torch.equal(owner, kept)
    tokens = token_set("random", (5, 6))
    assert torch.equal(find("spatial", f"learned:{checkpoint}").run(tokens, COUNT).features, tokens.features)


@pytest.mark.parametrize("num_keep", [1, 2, 7, 16, 29])
def test_counts_are_exact_and_tokens_in_raster_order(num_keep):
    content, saliency, sizes = given()
    found, kept, owner = network()(content, saliency, sizes, num_keep)
    assert found.shape == (2, num_keep, DIM)
    assert (kept.diff(dim=1) > 0).all()
    assert all(torch.equal(owner[row, kept[row]], torch.arange(num_keep)) for row in range(2))


def test_what_owns_nothing_else_stays_bit_for_bit():
    content, saliency, sizes = given()
    found, kept, owner = network()(content, saliency, sizes, 20)
    for row in range(2):
        alone = torch.bincount(owner[row], minlength=20) == 1
        assert alone.any()
        assert not alone.all()
        assert torch.equal(found[row, alone], content[row, kept[row, alone]])
        assert not torch.isclose(found[row, ~alone], content[row, kept[row, ~alone]]).all(1).any()


def test_the_order_of_discarded_tokens_changes_nothing():
    content, saliency, sizes = given(1)
    net = network()
    found, kept, owner = net(content, saliency, sizes, 8)
    free = torch.ones(COUNT, dtype=torch.bool)
    free[kept[0]] = False
    places = free.nonzero().squeeze(1)
    moved = torch.arange(COUNT)
    moved[places] = places[torch.randperm(len(places), generator=torch.Generator().manual_seed(2))]
    again, kept_again, owner_again = net(content[:, moved], saliency[:, moved], sizes, 8)
    assert torch.equal(kept_again, kept)
    assert torch.equal(owner_again[0], owner[0, moved])
    torch.testing.assert_close(again, found, atol=1e-5, rtol=1e-5)


def test_a_batch_is_its_pictures_one_by_one():
    content, saliency, sizes = given()
    net = network()
    together = net(content, saliency, sizes, 9)
    for row in range(2):
        alone = net(content[row : row + 1], saliency[row : row + 1], sizes[:1], 9)
        assert torch.equal(alone[2][0], together[2][row])
        torch.testing.assert_close(alone[0][0], together[0][row])


def test_gradients_reach_the_importance_of_kept_and_of_discarded_tokens():
    content, saliency, sizes = given(1)
    net = network()
    log_weight = net.log_importance(content, saliency, 5)
    log_weight.retain_grad()
    _, kept, owner = net(content, saliency, sizes, 5)
    found = net.merged(content, log_weight, sizes, kept, owner)
    (found - content.mean()).square().sum().backward()
    assert log_weight.grad is not None
    assert (log_weight.grad[0, kept[0]] != 0).all()
    discarded = torch.ones(COUNT, dtype=torch.bool)
    discarded[kept[0]] = False
    among = torch.bincount(owner[0])[owner[0]] > 2  # alone in its token, a discarded one has all the weight
    assert (log_weight.grad[0, discarded & among] != 0).all()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in net.importance.parameters())


def test_before_training_it_keeps_what_scope_keeps():
    content, saliency, sizes = given(1)
    saliency += 0.01
    _, kept, _ = network(trained=False)(content, saliency, sizes, 7)
    expected = scope(content[0], num_keep=7, saliency=saliency[0])
    assert torch.equal(kept[0], (expected.owner >= 0).nonzero().squeeze(1))


def test_it_is_told_the_budget():
    content, saliency, _ = given(1)
    net = network()
    assert not torch.allclose(
        net.log_importance(content, saliency, 3), net.log_importance(content, saliency, 9)
    )


def test_a_checkpoint_comes_back_with_its_card(checkpoint):
    net, card, sha256 = read_compressor(checkpoint)
    assert card == CARD
    assert len(sha256) == 64
    for name, value in network().state_dict().items():
        assert torch.equal(net.state_dict()[name], value.half().float())
    method = find("spatial", f"learned:{checkpoint}")
    assert method.name == f"learned:{checkpoint}"
    assert method.weights.sha256 == sha256
    assert method.needs == {"saliency"}


def test_the_blank_response_is_put_back(checkpoint):
    tokens = token_set("random", (5, 6))
    method = find("spatial", f"learned:{checkpoint}")
    blank = torch.randn(COUNT, DIM, generator=torch.Generator().manual_seed(4))
    shifted = replace(tokens, features=tokens.features + blank, blank=blank)
    plain, found = method.run(tokens, 9), method.run(shifted, 9)
    assert torch.equal(plain.owner, found.owner)
    mean = torch.stack([blank[found.owner == one].mean(0) for one in range(9)])
    torch.testing.assert_close(found.features - mean, plain.features, atol=1e-5, rtol=1e-4)


def test_the_name_alone_is_the_one_that_ships():
    assert "learned" in names("spatial")
    shipped = find("spatial", "learned")
    assert shipped.name == vary(METHOD, "").name == "learned"
    with pytest.raises(PlanError, match="ends with a colon"):
        find("spatial", "learned:")
    shipped.check_encoder(FACTS)
    tokens = token_set("random", (14, 14), width=FACTS.dim)
    found = shipped.run(tokens, 16)
    assert torch.equal(found.owner, METHOD.run(tokens, 16).owner)
    assert SHIPPED.stat().st_size < 5 * 2**20
    with pytest.raises(EvidenceError, match=f"{FACTS.dim} wide, and got tokens 6 wide"):
        METHOD.run(token_set("random", (5, 6)), 8)


def test_budgets_it_was_not_trained_at_are_refused(checkpoint):
    method = find("spatial", f"learned:{checkpoint}")
    for num_keep in (2, 20):
        assert len(method.run(token_set("random", (5, 6)), num_keep).features) == num_keep
    for num_keep in (1, 21):
        with pytest.raises(PlanError, match=rf"trained at 2 to 20 of 30 tokens, and {num_keep} were asked"):
            method.run(token_set("random", (5, 6)), num_keep)


def test_tokens_of_another_encoder_or_width_are_refused(checkpoint):
    method = find("spatial", f"learned:{checkpoint}")
    wide = token_set("random", (5, 6), width=7)
    with pytest.raises(EvidenceError, match=r"tokens of embedded, 6 wide, and got tokens 7 wide"):
        method.run(wide, 9)
    method.check_encoder(FACTS)
    for facts in (replace(FACTS, name="other"), replace(FACTS, weights_sha256="0" * 64)):
        with pytest.raises(EvidenceError, match=r"trained on tokens of embedded.*train one"):
            method.check_encoder(facts)
    find("spatial", "ward").check_encoder(replace(FACTS, name="other"))


def altered(path, folder, **changed):
    """Write a checkpoint's content with another weight or another card, under the hash it had."""
    with safe_open(path, "pt") as file:
        about = file.metadata()
    tensors = load_file(path)
    if not changed:
        tensors["merger.0.bias"][0] += 1
    new = folder / "altered.safetensors"
    save_file(tensors, new, about | changed)
    return new


def test_what_was_altered_is_refused(checkpoint, tmp_path):
    with pytest.raises(EvidenceError, match=r"the learned compressor was altered: it states sha256"):
        find("spatial", f"learned:{altered(checkpoint, tmp_path)}")
    card = '{"encoder": "mine"}'
    with pytest.raises(EvidenceError, match="altered"):
        read_compressor(altered(checkpoint, tmp_path, card=card))


def test_what_is_no_compressor_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match=r"no learned compressor is there; train one"):
        find("spatial", f"learned:{tmp_path / 'missing.safetensors'}")
    (tmp_path / "text").write_text("no compressor")
    with pytest.raises(EvidenceError, match="a learned compressor was expected, and this is none"):
        read_compressor(tmp_path / "text")
    from tokcomp_cli.core.tensor_file import write_sealed

    write_sealed(tmp_path / "other", {"a": torch.zeros(1)}, {"encoder": "e"})
    with pytest.raises(EvidenceError, match="this is another checkpoint"):
        read_compressor(tmp_path / "other")


def test_without_saliency_it_says_what_to_choose(checkpoint):
    bare: TokenSet = replace(token_set("random", (5, 6)), saliency=None)
    with pytest.raises(PlanError, match="needs saliency"):
        find("spatial", f"learned:{checkpoint}").run(bare, 9)
