import numpy as np
import pytest

from tokcomp_cli.ask import show
from tokcomp_cli.errors import PlanError
from tokcomp_cli.media.open import open_media
from tokcomp_cli.pipeline.plan import Plan, parse_budget
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.pipeline.stream import Clock, unwatched

PLAN = Plan(frames=6, threshold=0.5, budget=parse_budget("25%"))


def not_wanted():
    raise AssertionError("no encoder is wanted")


@pytest.fixture
def clip(samples):
    return str(samples / "city_cc0_cut_mpeg2.mkv")


def test_a_merged_frame_is_shown_by_its_middle_frame(clip, handcrafted):
    found = show.shown(clip, PLAN, "what?", lambda: handcrafted, Clock(), unwatched, merge=True)
    expected = run(clip, PLAN, handcrafted)
    assert len(found.rgb) == 6
    assert found.pts_seconds == expected.pts_seconds
    assert found.chosen == tuple((group.first + group.last) // 2 for group in expected.groups)
    assert found.merged == len(expected.groups) < 6
    with open_media(clip) as media:
        frames = np.concatenate([batch.rgb for batch in media.frames(np.array(expected.frame_index))])
    assert np.array_equal(np.stack(found.rgb), frames)


def test_a_budget_in_tokens_of_the_model_joins_no_merged_frames(clip, handcrafted):
    plan = Plan(frames=6, threshold=1.0, budget=parse_budget("2"))
    found = show.shown(clip, plan, "what?", lambda: handcrafted, Clock(), unwatched, merge=True)
    assert found.merged == 6


def test_our_own_encoder_is_asked_for_only_where_it_is_needed(clip, samples, handcrafted):
    found = show.shown(clip, PLAN, "what?", not_wanted, Clock(), unwatched, merge=False)
    assert (len(found.rgb), found.chosen, found.merged, found.band) == (6, tuple(range(6)), None, None)
    still = str(samples / "coffee.png")
    assert show.is_still(still, PLAN)
    assert not show.is_still(clip, PLAN)
    auto = Plan(budget=parse_budget("auto"))
    found = show.shown(still, auto, "how many cups?", lambda: handcrafted, Clock(), unwatched, merge=False)
    assert found.band in {"easy", "medium", "hard", "very hard"}
    assert (len(found.rgb), found.merged) == (1, None)


def test_frames_that_do_not_fit_into_memory(clip, monkeypatch):
    monkeypatch.setattr(show, "HELD_BYTES", 10**6)
    with pytest.raises(PlanError, match=r"use --frames \d+ or fewer"):
        show.shown(clip, PLAN, "what?", not_wanted, Clock(), unwatched, merge=False)
