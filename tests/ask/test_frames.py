import numpy as np
import pytest

from tokcomp_cli.ask import show
from tokcomp_cli.core.timing import Clock, unwatched
from tokcomp_cli.errors import MediaError, PlanError
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
    """Show a file and choose its frames."""

    def choose(path, plan, encoder_of=lambda: handcrafted, *, merge=True):
        there = show.shown(path, plan, Clock())
        return there, show.choose_frames(
            path, plan, "how many cups?", there, encoder_of, Clock(), unwatched, merge=merge
        )

    return choose


def test_a_merged_frame_is_shown_by_its_middle_frame(clip, chosen, handcrafted):
    there, found = chosen(clip, PLAN)
    expected = run(clip, PLAN, handcrafted)
    assert len(there.rgb) == 6
    assert there.pts_seconds == expected.pts_seconds
    assert found.ordinals == tuple((group.first + group.last) // 2 for group in expected.groups)
    assert len(expected.groups) < 6
    assert f"6 sampled frames became {len(expected.groups)} merged frame" in found.notes[0]
    with open_media(clip) as media:
        frames = np.concatenate([batch.rgb for batch in media.frames(np.array(expected.frame_index))])
    assert np.array_equal(np.stack(there.rgb), frames)


def test_a_budget_in_tokens_of_the_model_joins_no_merged_frames(clip, chosen):
    _, found = chosen(clip, Plan.of(frames=6, threshold=1.0, budget="2"))
    assert found.ordinals == tuple(range(6))
    assert "none of 6 sampled frames are alike enough" in found.notes[0]


def test_our_own_encoder_is_asked_for_only_where_it_is_needed(clip, samples, chosen):
    _, found = chosen(clip, PLAN, not_wanted, merge=False)
    assert found == show.Chosen(tuple(range(6)))
    still = str(samples / "coffee.png")
    assert show.is_still(still, PLAN)
    assert not show.is_still(clip, PLAN)
    there, found = chosen(still, Plan.of(budget="auto"), merge=False)
    assert len(there.rgb) == 1
    assert found.band in {"easy", "medium", "hard", "very hard"}


def test_a_file_that_changes_meanwhile(clip, samples, chosen, handcrafted):
    there, _ = chosen(clip, PLAN)
    other = str(samples / "bigbuckbunny.mp4")
    with pytest.raises(MediaError, match="gave other frames"):
        show.choose_frames(other, PLAN, "what?", there, lambda: handcrafted, Clock(), unwatched, merge=True)


def test_frames_that_do_not_fit_into_memory(clip, monkeypatch):
    monkeypatch.setattr(show, "HELD_BYTES", 10**6)
    with pytest.raises(PlanError, match=r"use --frames \d+ or fewer"):
        show.shown(clip, PLAN, Clock())
