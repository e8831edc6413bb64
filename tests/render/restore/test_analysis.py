"""A document read back gives the same document; anything else is named."""

import json
from dataclasses import replace

import pytest

from tests.render.console.page_results import comparison, full_budget, missed_budget, video_comparison
from tests.render.page.page_documents import advised_clip, seen_clip
from tokcomp_cli.core.results.difficulty import ReadLine, Resolution
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.restore.analysis import analysis_of
from tokcomp_cli.render.restore.comparison import comparison_of
from tokcomp_cli.render.schema.analysis import document
from tokcomp_cli.render.schema.compare import comparison_document
from tokcomp_cli.render.schema.document import dumps


def with_lines():
    lines = (ReadLine(("one", "two"), ("two",), (0.0, 0.1, 0.5, 0.2)),)
    return replace(full_budget(), resolution=Resolution(0.5, 0.9, True, 1, 2, 1, "x", lines))


@pytest.mark.parametrize("made", [seen_clip, advised_clip, full_budget, missed_budget, with_lines])
def test_an_analysis_comes_back_as_it_was(made):
    written = dumps(document(made(), schema="tokcomp.budget", maps=True))
    again = analysis_of(json.loads(written))
    assert dumps(document(again, schema="tokcomp.budget", maps=True)) == written


@pytest.mark.parametrize("made", [comparison, video_comparison])
def test_a_comparison_comes_back_as_it_was(made):
    found = made()
    mapped = replace(found.methods[0], map=KeepMap((1, 3), (0, 0, -1)))
    found = replace(found, methods=(mapped, *found.methods[1:]), mapped_frame=3)
    again = comparison_of(json.loads(dumps(comparison_document(found))))
    assert dumps(comparison_document(again)) == dumps(comparison_document(found))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"media": None}, "holds None at media"),
        ({"stages": [{"name": 3}]}, "at stages[0].name"),
        ({"layers": {"keep": [1.0]}}, "lacks layers.tokens"),
        ({"timeline": [[1]]}, r"holds \[1\] at timeline\[0\]"),
    ],
)
def test_what_is_not_ours_is_named(change, said):
    given = json.loads(dumps(document(seen_clip())))
    with pytest.raises(PlanError, match=said.replace("[0]", r"\[0\]") if "\\" not in said else said):
        analysis_of(given | change)


def places(part, path=()):
    """Yield the place of everything in a document; of a list its first three."""
    items = part.items() if isinstance(part, dict) else enumerate(part[:3]) if isinstance(part, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize(
    "other", [None, "zzz", -5, [], {}, 10**9, 10**400, float("nan"), float("inf"), "left out"]
)
@pytest.mark.parametrize("made", [advised_clip, full_budget, video_comparison])
def test_a_document_damaged_anywhere_is_refused_in_a_sentence_or_read(made, other):
    found = made()
    if made is video_comparison:
        restore, whole = comparison_of, comparison_document(found)
    else:
        restore, whole = analysis_of, document(found, schema="tokcomp.budget", maps=True)
    written, refused = dumps(whole), list[str]()
    for path in places(json.loads(written)):
        damaged = json.loads(written)
        part = damaged
        for key in path[:-1]:
            part = part[key]
        if other == "left out":
            del part[path[-1]]
        else:
            part[path[-1]] = other
        try:
            restore(damaged)
        except PlanError as error:
            refused.append(str(error))
    assert len(refused) > 10
    assert not any("\n" in said for said in refused)


def test_keys_of_a_later_version_are_left_out():
    given = json.loads(dumps(document(seen_clip())))
    given["fidelity_of_tomorrow"] = 1
    given["media"]["mood"] = "good"
    assert analysis_of(given).media == seen_clip().media
