import shutil
from dataclasses import replace

from tokcomp_cli.core.results.analysis import Failure
from tokcomp_cli.folder.run_files import run_several
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

PLAN = Plan.of(encoder="handcrafted", target=0.9)


def test_answers_come_in_order_each_as_if_it_were_alone(samples, handcrafted):
    paths = [str(samples / name) for name in ("coffee.png", "flower.jpg", "dogs.jpg", "text.png")]
    ticks = []
    answers = run_several(paths, PLAN, handcrafted, ticks.append)
    assert ticks == [1, 2, 3, 4]
    for path, answer in zip(paths, answers, strict=True):
        alone = run(path, PLAN, handcrafted)
        assert replace(answer.analysis, timings_ms={}) == replace(alone.analysis, timings_ms={})
        assert answer.curve.path == path
        assert answer.curve.needed == alone.analysis.recommendation.recommended.tokens
        assert answer.curve.values.tolist() == alone.curve.values().tolist()
        assert len(answer.curve.values) == answer.curve.most - answer.curve.merged_frames + 1


def test_one_that_fails_stops_no_other(samples, handcrafted, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    whole = tmp_path / "whole.png"
    shutil.copy(samples / "coffee.png", whole)
    answers = run_several([str(broken), str(whole), str(broken)], PLAN, handcrafted, lambda done: None)
    assert [isinstance(answer, Failure) for answer in answers] == [True, False, True]
    assert answers[0].path == str(broken)


def test_without_a_target_no_curve_is_kept(samples, handcrafted):
    (answer,) = run_several(
        [str(samples / "coffee.png")], Plan.of(encoder="handcrafted"), handcrafted, lambda done: None
    )
    assert answer.curve is None
