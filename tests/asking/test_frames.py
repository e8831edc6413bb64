import numpy as np
import pytest

from tokcomp_cli.asking import frames as ask_frames
from tokcomp_cli.asking.frames import FrameChoice, choose_frames, sampled_frames
from tokcomp_cli.core.timing import Clock, unwatched
from tokcomp_cli.errors import PlanError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

PLAN = Plan.of(frames=6, threshold=0.5, budget="25%")


def not_wanted():
    raise AssertionError("no encoder is wanted")


@pytest.fixture
def clip(samples):
    return str(samples / "city_cc0_cut_mpeg2.mkv")


@pytest.fixture
def chosen(handcrafted):
    """Sample the frames of a file and choose among them."""

    def choose(path, plan, encoder_of=lambda: handcrafted, *, merge=True):
        with open_media(path) as media:
            frames = sampled_frames(media, plan)
        question = "how many cups?"
        return frames, choose_frames(frames, plan, question, encoder_of, Clock(), unwatched, merge=merge)

    return choose


def test_merged_frames_are_those_of_the_pipeline_each_shown_by_its_middle_frame(clip, chosen, handcrafted):
    frames, found = chosen(clip, PLAN)
    pictures, expected = frames.pictures, run(clip, PLAN, handcrafted)
    assert len(frames) == len(pictures.rgb) == 6
    assert pictures.video
    assert pictures.pts_seconds == expected.pts_seconds
    assert found.ordinals == tuple((group.first + group.last) // 2 for group in expected.groups)
    assert len(expected.groups) < 6
    with open_media(clip) as media:
        read = np.concatenate([batch.rgb for batch in media.frames(np.array(expected.frame_index))])
    assert np.array_equal(np.stack(pictures.rgb), read)


def test_a_budget_in_tokens_of_the_model_joins_no_merged_frames(clip, chosen):
    _, found = chosen(clip, Plan.of(frames=6, threshold=1.0, budget="2"))
    assert found.ordinals == tuple(range(6))


def test_our_own_encoder_is_loaded_only_where_it_is_needed(clip, samples, chosen):
    _, found = chosen(clip, PLAN, not_wanted, merge=False)
    assert found == FrameChoice(tuple(range(6)))
    frames, found = chosen(str(samples / "coffee.png"), Plan.of(budget="auto"), merge=False)
    assert not frames.pictures.video
    assert len(frames) == 1
    assert found.band in {"easy", "medium", "hard", "very hard"}


def test_frames_that_do_not_fit_into_memory(clip, chosen, monkeypatch):
    monkeypatch.setattr(ask_frames, "HELD_BYTES", 10**6)
    with pytest.raises(PlanError, match="`frames`"):
        chosen(clip, PLAN)
