"""Damaged files never end in a traceback, a hang or a crash."""

from pathlib import Path

import pytest

from tests.media import fuzz

FINDS = sorted((Path(__file__).parent / "finds").iterdir())


@pytest.mark.parametrize("find", FINDS, ids=lambda find: find.name)
def test_kept_finds(find):
    assert fuzz.read(find) in ("whole", "salvaged", "refused")


def test_the_same_numbers_give_the_same_damage():
    contents = [bytes(range(256)) * 9, b"abc" * 700]
    cases = [fuzz.damaged(contents, case, seed=4) for case in range(60)]
    assert cases == [fuzz.damaged(contents, case, seed=4) for case in range(60)]
    assert len(set(cases)) > 50


def test_forty_cases():
    counts, finds = fuzz.run(cases=40, seed=2024)
    assert finds == []
    assert sum(counts.values()) == 40


@pytest.mark.slow
def test_three_thousand_cases():
    counts, finds = fuzz.run(cases=3000, seed=18)
    assert finds == []
    assert sum(counts.values()) == 3000
    assert counts["salvaged"] > 300
    assert counts["refused"] > 300
