"""What PVC adds to the tower: nothing before training; trained, a frame depends on no later one."""

from dataclasses import replace

import pytest
import torch

from tokcomp_cli.compress import find
from tokcomp_cli.core.tokens import grid_tokens
from tokcomp_cli.learned.pvc.network import CausalAttention, Squeeze

SECONDS = torch.arange(8) / 2


def test_attention_that_is_zero_at_the_start_changes_nothing_bit_for_bit(embedded, clips, card):
    begun, seconds = clips.begun[:2].float(), SECONDS.expand(2, -1)
    with torch.no_grad():
        found = card.network().full(embedded.tower, begun, seconds)
        plain = embedded.tower.finished(begun.flatten(0, 1), 11)
    for name in ("features", "saliency", "pooled", "keys"):
        assert torch.equal(getattr(found, name), getattr(plain, name))


def test_a_later_frame_changes_nothing_earlier_and_an_earlier_one_what_follows(embedded, clips, changed):
    begun = clips.begun[:1, :3].float()

    def run(given):
        return changed.full(embedded.tower, given, SECONDS[None, :3]).features

    before = run(begun)
    last, first = begun.clone(), begun.clone()
    last[0, 2] += torch.randn(last[0, 2].shape)
    first[0, 0] += torch.randn(first[0, 0].shape)
    assert torch.equal(run(last)[:2], before[:2])
    assert not torch.allclose(run(first)[2], before[2], atol=1e-2)


def test_one_frame_is_a_picture(embedded, clips, changed):
    begun = clips.begun[:1, :3].float()
    alone = changed.full(embedded.tower, begun[:, :1], SECONDS[None, :1]).features
    among = changed.full(embedded.tower, begun, SECONDS[None, :3]).features
    torch.testing.assert_close(alone[0], among[0], atol=1e-3, rtol=1e-3)


def test_clips_of_a_batch_do_not_see_each_other(embedded, clips, changed):
    begun = clips.begun[:2, :2].float()
    both = changed.full(embedded.tower, begun, SECONDS[:2].expand(2, -1)).features
    one = changed.full(embedded.tower, begun[1:], SECONDS[None, :2]).features
    torch.testing.assert_close(both[2:], one, atol=1e-3, rtol=1e-3)


def test_time_is_told(changed, clips):
    content = clips.content(torch.arange(1))
    early, late = (changed.short(content, (SECONDS + add)[None]) for add in (0, 5))
    assert not torch.allclose(early, late, atol=1e-3)


def test_attention_over_time_agrees_with_a_loop():
    torch.manual_seed(0)
    net = CausalAttention(6, 4, 2)
    torch.nn.init.normal_(net.out.weight)
    tokens = torch.randn(2, 3, 5, 6)
    found = net(tokens)
    for clip in range(2):
        for place in range(5):
            query, key, value = net.query_key_value(tokens[clip, :, place]).view(3, 3, 2, 2).unbind(1)
            for frame in range(3):
                heads = [
                    (key[: frame + 1, head] @ query[frame, head] / 2**0.5).softmax(0)
                    @ value[: frame + 1, head]
                    for head in range(2)
                ]
                expected = net.out(torch.cat(heads))
                torch.testing.assert_close(found[clip, frame, place], expected)


def test_untrained_it_is_average_pooling(clips, card):
    content = clips.content(torch.arange(1))
    found = card.network().short(content, SECONDS[None])
    for frame in (0, 7):
        pooled = find("spatial", "pool").run(grid_tokens(content[0, frame], (14, 14)), 64)
        torch.testing.assert_close(found[0, frame], pooled.features)


@pytest.mark.parametrize(("grid", "num_keep"), [((14, 14), 64), ((3, 4), 6), ((4, 4), 16), ((5, 5), 4)])
def test_every_patch_is_in_one_cell(grid, num_keep):
    squeeze = Squeeze(8, grid, num_keep)
    inside = squeeze.slots[squeeze.slots >= 0]
    assert torch.equal(inside.sort().values, torch.arange(grid[0] * grid[1]))
    for cell, patches in enumerate(squeeze.slots):
        assert (squeeze.cells[patches[patches >= 0]] == cell).all()


def test_gradients_reach_all_that_is_learned(embedded, clips, changed, card):
    net = card.network()
    net.load_state_dict(changed.state_dict())
    features = net.full(embedded.tower, clips.begun[:1, :2].float(), SECONDS[None, :2]).features
    net.short(features[None] - embedded.blank, SECONDS[None, :2]).square().sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in net.parameters())


def test_without_attention_over_time_only_the_last_step_is_learned(card):
    net = replace(card, blocks=0).network()
    assert net.begin == 12
    assert not len(net.over_time)
