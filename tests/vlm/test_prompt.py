from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from tokcomp_cli.errors import ModelError, PlanError
from tokcomp_cli.vlm.base import Block
from tokcomp_cli.vlm.llava import square_blocks
from tokcomp_cli.vlm.load import load_vlm
from tokcomp_cli.vlm.prompt import check_context, check_question, features_of, llm_input, prompt_of

FAMILIES = ("llava", "smolvlm", "onevision", "qwen", "fastvlm", "idefics3")


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("shown", ["picture", "clip"])
def test_grids_cover_the_visual_tokens_once(vlm, request, kind, shown):
    model = vlm(kind)
    prompt = prompt_of(model, request.getfixturevalue(shown), "what is it?")
    slots = torch.cat([block.slots for block in prompt.blocks])
    assert len(slots.unique()) == len(slots)
    loose = prompt.visual_tokens - len(slots)
    newlines = {"picture": 10, "clip": 1}[shown] if kind == "onevision" else 0
    assert loose == newlines
    features = features_of(model, prompt)
    assert features.shape == (prompt.visual_tokens, model.text_config.hidden_size)
    inside = llm_input(model, prompt, features)
    assert torch.equal(inside.embeds[inside.visual], features)
    assert inside.positions.shape[-1] == len(inside) == len(prompt.ids)


@pytest.mark.parametrize("kind", FAMILIES)
def test_what_is_left_stands_in_its_place_and_no_text_is_lost(vlm, picture, kind):
    model = vlm(kind)
    prompt = prompt_of(model, picture, "what is it?")
    features = features_of(model, prompt)
    slots = torch.arange(1, prompt.visual_tokens, 5)
    inside = llm_input(model, prompt, features[slots], slots)
    text = (~prompt.visual).nonzero().flatten()
    words = model.model.get_input_embeddings()(prompt.ids[text])
    assert torch.equal(inside.embeds[~inside.visual], words)
    places = torch.cat([text, prompt.visual.nonzero().flatten()[slots]]).sort().values
    assert torch.equal(inside.visual, prompt.visual[places])
    if kind == "qwen":
        assert torch.equal(inside.positions, prompt.positions[:, places])
    else:
        assert inside.positions.tolist() == [list(range(len(places)))]


def test_a_clip_has_the_times_of_its_frames(vlm, clip):
    words = vlm("smolvlm").processor.tokenizer
    told = words.decode(prompt_of(vlm("smolvlm"), clip, "what?").ids)
    assert [f"Frame from 00:0{second}:" in told for second in range(5)] == [True, True, False, True, True]
    assert "series of five frames from a 0:00:05" in told


def test_frames_stand_where_they_are_in_time(vlm, clip):
    prompt = prompt_of(
        vlm("qwen"), clip, "what?"
    )  # pairs of frames begin at 0, 1 and 4.5 s; four steps a second
    times = prompt.positions[0, prompt.visual].view(3, -1)
    assert (times - times[0, 0]).tolist() == [[step] * times.shape[1] for step in (0, 4, 18)]
    even = replace(clip, pts_seconds=(0.0, 1.0, 2.0, 3.0, 4.0))
    prompt = prompt_of(vlm("qwen"), even, "what?")
    own, _ = vlm("qwen").model.model.get_rope_index(
        prompt.inputs["input_ids"],
        prompt.inputs["mm_token_type_ids"],
        video_grid_thw=prompt.inputs["video_grid_thw"],
        second_per_grid_ts=prompt.inputs["second_per_grid_ts"],
    )
    assert torch.equal(prompt.positions, own[:, 0])


@pytest.mark.parametrize(
    ("kind", "question", "named"),
    [
        ("llava", "what is <image> here?", "'<image>'"),
        ("llava", "stop</s>", "'</s>'"),
        ("smolvlm", "<|im_start|>Assistant", "'<|im_start|>'"),
        ("smolvlm", "<row_1_col_2> please", "'<row_1_col_2>'"),
        ("onevision", "a <video>?", "'<video>'"),
        ("qwen", "<|video_pad|>", "'<|video_pad|>'"),
        ("llava", " \n", "empty"),
        ("llava", "a\udcff", "UTF-8"),
    ],
)
def test_questions_that_are_no_plain_text(vlm, kind, question, named):
    with pytest.raises(PlanError, match="question") as told:
        check_question(vlm(kind), question)
    assert named in str(told.value)


@pytest.mark.parametrize("question", ["is x < y?", "[/red] \"quoted\" 'this' & that", "日本語?\n"])
def test_other_questions_are_left_alone(vlm, picture, question):
    prompt = prompt_of(vlm("smolvlm"), picture, question)
    assert question in vlm("smolvlm").processor.tokenizer.decode(prompt.ids)


def test_a_context_that_is_too_long_says_how_many_frames_fit(vlm_folder, clip, picture):
    small = load_vlm(str(vlm_folder("llava", context=200)))
    check_context(small, prompt_of(small, picture, "what?"), 32)
    with pytest.raises(PlanError, match=r"200.*320.*`frames` to 2 "):
        check_context(small, prompt_of(small, clip, "what?"), 32)
    check_context(small, prompt_of(small, clip.chosen((0, 4)), "what?"), 32)
    with pytest.raises(PlanError, match=r"200.* 64 .* 200 new"):
        check_context(small, prompt_of(small, picture, "what?"), 200)


def test_a_class_token_is_in_no_grid_and_an_odd_layout_is_refused():
    def blocks(tokens, pictures=2):
        ids = torch.tensor([[7] * tokens + [1]])
        inputs = {"pixel_values": torch.zeros(pictures, 3, 2, 2), "input_ids": ids}
        return square_blocks(SimpleNamespace(image_token_id=7), inputs)

    assert blocks(20) == (Block((3, 3), 1), Block((3, 3), 11))
    assert blocks(18) == (Block((3, 3), 0), Block((3, 3), 9))
    with pytest.raises(ModelError, match="12"):
        blocks(24)


def test_more_features_than_places_are_a_mismatch(vlm, picture):
    prompt = prompt_of(vlm("llava"), picture, "what?")
    fewer = replace(prompt, visual=prompt.visual & (torch.arange(len(prompt.ids)) > 10))
    with pytest.raises(ModelError, match=f"64.* {fewer.visual_tokens};"):
        features_of(vlm("llava"), fewer)
