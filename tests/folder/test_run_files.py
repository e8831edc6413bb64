import shutil
from dataclasses import replace

import pytest

from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.core.timing import unwatched
from tokcomp_cli.errors import PlanError
from tokcomp_cli.folder.run_files import run_files
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

PLAN = Plan.of(encoder="handcrafted", target=0.9)


def test_results_come_in_order_each_as_if_it_were_alone(samples, handcrafted):
    paths = [str(samples / name) for name in ("coffee.png", "flower.jpg", "dogs.jpg", "text.png")]
    ticks = []
    results = run_files(paths, PLAN, handcrafted, lambda *tick: ticks.append(tick))
    assert ticks == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for path, found in zip(paths, results, strict=True):
        alone = run(path, PLAN, handcrafted)
        assert replace(found.analysis, timings_ms={}) == replace(alone.analysis, timings_ms={})
        assert found.result is None
        assert found.curve.path == path
        assert found.curve.needed == alone.analysis.recommendation.recommended.tokens
        assert found.curve.values.tolist() == alone.curve.values().tolist()
        assert len(found.curve.values) == found.curve.most - found.curve.merged_frames + 1


def test_a_single_file_has_its_frames_counted_and_keeps_curve_and_tokens(samples, handcrafted):
    path, ticks = str(samples / "bigbuckbunny.mp4"), []
    (found,) = run_files([path], PLAN, handcrafted, lambda *tick: ticks.append(tick))
    (_, beside) = run_files([path, path], PLAN, handcrafted, unwatched)
    assert ticks[-1] == (found.analysis.sampling.frames_sampled,) * 2
    assert found.result.analysis is found.analysis
    assert found.curve.values.tolist() == beside.curve.values.tolist()


def test_one_that_fails_stops_no_other(samples, handcrafted, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    whole = tmp_path / "whole.png"
    shutil.copy(samples / "coffee.png", whole)
    results = run_files([str(broken), str(whole), str(broken)], PLAN, handcrafted, unwatched)
    assert [isinstance(found, Failure) for found in results] == [True, False, True]
    assert results[0] == run_files([str(broken)], PLAN, handcrafted, unwatched)[0]
    assert (results[0].path, results[0].type) == (str(broken), "MediaError")


def test_a_plan_that_does_not_fit_is_an_error_alone_and_a_failure_among_others(samples, handcrafted):
    clip, late = str(samples / "bigbuckbunny.mp4"), PLAN.but(start=1e6)
    with pytest.raises(PlanError):
        run_files([clip], late, handcrafted, unwatched)
    assert [found.type for found in run_files([clip, clip], late, handcrafted, unwatched)] == [
        "PlanError"
    ] * 2


def test_without_a_target_no_curve_is_kept(samples, handcrafted):
    (found,) = run_files(
        [str(samples / "coffee.png")], Plan.of(encoder="handcrafted"), handcrafted, unwatched
    )
    assert found.curve is None
