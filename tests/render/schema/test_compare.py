from dataclasses import replace

import pytest

from tests.helpers.results import FAILURE
from tests.render.console.page_results import comparison
from tokcomp_cli.comparison.summary import summarise
from tokcomp_cli.render.schema.compare import comparison_document, comparisons_document


def test_several_inputs_with_a_failure_and_what_they_come_to():
    found = comparison()
    other = replace(found, methods=found.methods[:2])
    summary = summarise([found, other], seed=0)

    document = comparisons_document([found, FAILURE], summary)

    assert [(one.method, one.files) for one in summary.methods] == [
        ("ward", 2), ("uniform", 2), ("pool", 1), ("prune", 1),
    ]  # fmt: skip
    assert summary.methods[1].behind.mean == pytest.approx(0.18)
    assert [one["status"] for one in document["results"]] == ["ok", "failed"]
    assert document["results"][0]["path"] == found.path
    assert document["summary"] is summary


def test_a_single_input():
    document = comparison_document(comparison())

    assert document["tokens"] == {"original": 196, "merged_frames": 1, "compared": 32, "pools": {}}
    assert [row["between"] for row in document["methods"]] == [None, None, None, (30, 36)]
    assert comparison_document(FAILURE)["meta"]["schema"] == "tokcomp.compare"
