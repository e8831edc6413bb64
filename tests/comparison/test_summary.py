"""Several comparisons together: each pool has its own best method and its own verdict."""

from dataclasses import replace

import pytest

from tests.helpers.results import ENCODER, fidelity
from tokcomp_cli.comparison.summary import summarise
from tokcomp_cli.core.results.comparison import MERGED_FRAMES, WHOLE_VIDEO, ComparedMethod, Comparison
from tokcomp_cli.render.console.compare import summary_page


def row(name, explained, stage="spatial", *, control=False):
    kept = fidelity(explained, lift=explained - 0.5)
    pool = MERGED_FRAMES if stage == "spatial" else WHOLE_VIDEO
    return ComparedMethod(name, stage, control, 32, kept, 0.02, 1.5, pool=pool)


STILL = (row("ward", 0.8), row("random", 0.6, control=True))
CLIP = (
    row("space-time", 0.95, "temporal"),
    row("ward", 0.9, "one-shot"),
    row("random", 0.7, "temporal", control=True),
    row("ward", 0.6),
    row("random", 0.5, control=True),
)


def comparison(rows):
    return Comparison("x", None, None, ENCODER, 392, 1, 32, rows, (), "tokcomp:1", "")


def test_methods_are_compared_with_the_best_of_their_pool():
    summary = summarise([comparison(STILL), comparison(CLIP)], seed=0)
    found = {one.label: one for one in summary.methods}
    assert len(found) == len(summary.methods) == 5
    assert [one.label for one in summary.methods][:2] == ["ward", "random"]
    assert {label: one.files for label, one in found.items() if one.files == 2} == {"ward": 2, "random": 2}
    assert found["random"].behind.mean == pytest.approx(0.15)
    assert found["random (whole video)"].behind.mean == pytest.approx(0.25)
    assert found["ward (one-shot)"].behind.mean == pytest.approx(0.05)
    assert [section.title for section in summary_page(summary)] == [
        "tokcomp compare",
        "All files within merged frames",
        "All files over the whole video",
    ]
    assert ("space-time" in summary.verdict, "ward keeps most" in summary.verdict) == (True, True)


def test_stills_have_one_verdict():
    summary = summarise([comparison(STILL), replace(comparison(STILL), path="y")], seed=0)
    assert summary.verdict.startswith("ward keeps most, 80.0% on average over 2 files")
    assert summary.methods[1].behind.mean == pytest.approx(0.2)
