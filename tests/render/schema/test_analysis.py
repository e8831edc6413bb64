"""The JSON documents: keys, numbers, order, odd names."""

import json
from dataclasses import replace
from itertools import chain, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.render.console.page_results import full_budget
from tokcomp_cli import __version__
from tokcomp_cli.core.results.analysis import Analysis, Failure
from tokcomp_cli.core.results.keep_maps import KeepMap
from tokcomp_cli.errors import ContractError
from tokcomp_cli.render.schema.analysis import analysis_document, budget_document, documents, record
from tokcomp_cli.render.schema.document import dumps, failure_document

TOP = [
    "meta",
    "media",
    "sampling",
    "encoder",
    "plan",
    "stages",
    "tokens",
    "layers",
    "timeline",
    "frame_similarity",
    "difficulty",
    "fidelity",
    "trace",
    "detail",
    "lod",
    "serving",
    "gate",
    "weakest",
    "verdict",
    "warnings",
    "timings_ms",
]
FIDELITY = [
    "explained",
    "explained_evenly",
    "explained_p5",
    "cosine",
    "pooled",
    "saliency_kept",
    "coverage",
    "rank_kept",
    "worst_frame",
    "lift",
    "sampled",
]
ODD_NAMES = [
    "x[/red].mp4",
    "two\nlines.mp4",
    "quo\"te's.mp4",
    "caf\udce9.mp4",
    "\udcff",
    "\x1b[31mred",
    "日本.mp4",
]


def test_keys_are_those_of_version_2(clip: Analysis) -> None:
    document = analysis_document(clip)

    assert list(document) == TOP
    assert document["meta"] == {
        "schema": "tokcomp.analysis",
        "schema_version": 2,
        "tokcomp_version": __version__,
    }
    assert list(document["stages"][0]) == [
        "name",
        "method",
        "params",
        "tokens_in",
        "tokens_out",
        "reduction",
        "fidelity",
        "notes",
    ]
    assert list(document["tokens"]) == ["original", "llm_input", "last_layer", "layer_mean", "reduction"]
    assert list(document["sampling"]) == ["rule", "frames_in_file", "frames_sampled", "frames_encoded"]
    assert list(document["layers"]) == ["keep", "tokens"]
    assert list(document["timeline"][0]) == [
        "start_seconds",
        "end_seconds",
        "first_frame",
        "last_frame",
        "frames",
        "tokens",
        "similarity",
    ]
    assert list(document["frame_similarity"]) == ["statistic", "threshold", "values"]
    assert list(document["difficulty"]) == [
        "score",
        "band",
        "features",
        "effective_rank",
        "attention_entropy",
        "hardest_seconds",
        "hardest_score",
        "query",
        "rule",
        "cuts",
        "variety",
        "text_likelihood",
        "text_note",
    ]
    assert list(document["difficulty"]["features"]["edge"]) == ["value", "raw", "contribution"]
    assert list(document["fidelity"]) == FIDELITY
    assert list(document["fidelity"]["worst_frame"]) == ["frame", "seconds", "explained"]
    assert document["fidelity"] == document["stages"][-1]["fidelity"]


def test_numbers_are_numbers_and_missing_is_null(clip: Analysis) -> None:
    document = analysis_document(clip)

    assert document["tokens"] == {
        "original": 20580,
        "llm_input": 490,
        "last_layer": 196,
        "layer_mean": 318.5,
        "reduction": 0.97619,
    }
    assert document["timeline"][1]["similarity"] is None
    assert document["frame_similarity"]["values"][0] is None
    assert document["encoder"]["grid"] == [14, 14]
    assert document["difficulty"]["features"]["length"]["raw"] is None


def test_the_document_is_what_is_printed(photo: Analysis) -> None:
    document = budget_document(photo, maps=True)

    text = dumps(document)

    assert json.loads(text) == document
    assert text.isascii()
    assert json.loads(dumps(document, indent=None)) == document
    assert "\n" not in dumps(document, indent=None)


def test_two_runs_differ_in_the_timings_alone(clip: Analysis) -> None:
    again = replace(clip, timings_ms={"decode": 1.0})

    first, second = analysis_document(clip), analysis_document(again)

    assert first.pop("timings_ms") != second.pop("timings_ms")
    assert dumps(first) == dumps(second)


def test_maps_only_when_asked(clip: Analysis) -> None:
    assert "maps" not in analysis_document(clip)
    assert analysis_document(clip, maps=True)["maps"][0] == {
        "grid": [2, 3],
        "runs": [[0, 2], [1, 1], [-1, 2], [2, 1]],
        "lost": None,
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owner=st.lists(st.integers(-1, 4), min_size=1, max_size=60))
def test_runs_decode_to_the_owners(clip: Analysis, owner: list[int]) -> None:
    analysis = replace(clip, maps=(KeepMap((1, len(owner)), tuple(owner)),))

    runs = analysis_document(analysis, maps=True)["maps"][0]["runs"]

    assert list(chain.from_iterable([token] * length for token, length in runs)) == owner
    assert all(left[0] != right[0] for left, right in pairwise(runs))


@pytest.mark.parametrize("path", ODD_NAMES)
def test_odd_names_survive(clip: Analysis, path: str) -> None:
    odd = replace(
        clip,
        media=replace(clip.media, path=path),
        difficulty=replace(clip.difficulty, query=path),
        verdict=path,
        warnings=(path,),
    )

    text = dumps(analysis_document(odd))

    assert text.isascii()
    read = json.loads(text)
    assert read["media"]["path"] == path
    assert read["difficulty"]["query"] == path
    assert read["warnings"] == [path]
    assert json.loads(dumps(failure_document(Failure(path, "MediaError", path), schema="s")))["path"] == path


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused_with_its_place(clip: Analysis, number: float) -> None:
    broken = replace(clip, difficulty=replace(clip.difficulty, effective_rank=number))

    with pytest.raises(ContractError, match=r"difficulty\.effective_rank"):
        analysis_document(broken)
    with pytest.raises(ContractError, match=r"tokens\.x\[1\]"):
        dumps({"tokens": {"x": [0.5, number]}})


def test_what_json_cannot_hold_is_refused(clip: Analysis) -> None:
    with pytest.raises(ContractError, match=r"plan\.odd"):
        analysis_document(replace(clip, plan={"odd": object()}))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_rounded_and_never_minus_zero(number: float) -> None:
    (read,) = json.loads(dumps({"x": [number]}))["x"]

    assert isinstance(read, float)
    assert read == round(number, 6)
    assert str(read) != "-0.0"


def test_numpy_numbers_are_plain_numbers() -> None:
    numpy = pytest.importorskip("numpy")

    assert dumps({"x": [numpy.int64(3), numpy.float32(0.5), numpy.float64(0.25)]}, indent=None) == (
        '{"x": [3, 0.5, 0.25]}'
    )


def test_budget_adds_the_curve_and_what_it_speaks_for(photo: Analysis) -> None:
    document = budget_document(photo)

    added = ["target", "recommended", "reachable", "runner_up", "not_tried", "curve", "knee", "resolution"]
    assert list(document) == [*TOP, *added]
    assert document["meta"]["schema"] == "tokcomp.budget"
    assert document["recommended"] == {
        "target": 0.9,
        "tokens": 54,
        "explained": 0.9003,
        "marginal": None,
        "spatial_ratio": None,
        "options": {},
        "default_tokens": None,
        "weakest": {
            "explained": 0.7126,
            "frame": None,
            "seconds": None,
            "region": "upper left",
            "at_risk": [],
        },
    }
    assert document["knee"] == {"tokens": 14, "explained": 0.741, "marginal": None}
    assert document["curve"][0] == {"tokens": 1, "explained": 0.31, "marginal": None}
    assert document["reachable"] == 1.0
    assert len(document["trace"]) == 3


def test_budget_out_of_reach_is_null(photo: Analysis) -> None:
    short = replace(photo, recommendation=replace(photo.recommendation, recommended=None, reachable=0.71))

    document = budget_document(short)

    assert document["recommended"] is None
    assert (document["target"], document["reachable"]) == (0.9, 0.71)


def test_budget_without_a_curve_is_null(photo: Analysis) -> None:
    document = budget_document(replace(photo, recommendation=None))

    added = {key: document[key] for key in ("target", "recommended", "reachable", "curve", "knee")}
    assert added == {"target": None, "recommended": None, "reachable": None, "curve": [], "knee": None}


@pytest.mark.parametrize(
    ("schema", "plural"), [("tokcomp.analysis", "tokcomp.analyses"), ("tokcomp.budget", "tokcomp.budgets")]
)
def test_several_inputs_keep_their_order(
    clip: Analysis, photo: Analysis, failure: Failure, schema: str, plural: str
) -> None:
    document = json.loads(dumps(documents([photo, failure, clip], schema=schema)))

    assert document["meta"]["schema"] == plural
    first, second, third = document["results"]
    assert (first["path"], first["status"]) == (photo.media.path, "ok")
    assert second == {
        "path": "broken.mp4",
        "status": "failed",
        "error": {"type": "MediaError", "message": "expected a picture stream, found only sound"},
    }
    assert (third["path"], third["status"], third["meta"]["schema"]) == (clip.media.path, "ok", schema)
    assert third == json.loads(dumps(record(clip, schema=schema)))


def test_a_failure_alone_states_its_schema(failure: Failure) -> None:
    document = failure_document(failure, schema="tokcomp.budget")

    assert list(document) == ["meta", "path", "status", "error"]
    assert document["meta"]["schema"] == "tokcomp.budget"


def test_what_a_run_advises_is_in_the_document_or_null(photo: Analysis) -> None:
    empty = analysis_document(photo)
    found = analysis_document(full_budget())

    assert empty["detail"] is empty["lod"] is empty["serving"] is None
    assert found["detail"]["recovered"] == 0.5
    assert found["lod"]["tiers"][0] == {"cells": 1, "tokens_per_cell": 4}
    assert found["lod"]["map"] == [[4, 2], [2, 1]]
    assert found["serving"]["value"] == 0.4
