from dataclasses import replace

import pytest
from tokcomp_cli.render.advice import advice, detail, lod, serving
from tokcomp_cli.render.bars import Grid

from tokcomp_cli.core.results.advice import Detail, Lod, Serving, Tier
from tokcomp_cli.render.schema import analysis_document

DECISION = Detail(wanted=False, reasons=(), edge=0.12, text=None)
MEASURED = replace(
    DECISION,
    wanted=True,
    reasons=("the query names 'sign'",),
    at_seconds=3.5,
    tiles=9,
    threshold=0.85,
    tokens_global=49,
    tokens_tiles=196,
    tokens_detail=30,
    explained_global=-0.25,
    explained_detail=0.25,
    explained_all=0.75,
)
TIERS = Lod((Tier(1, 4), Tier(2, 2), Tier(1, 1)), (2, 2), "text", 16, 9, 0.8, 0.9, ((4, 2), (2, 1)), None)
PRUNED = Serving("vllm", "evs", 0.9, "--video-pruning-rate 0.4", 0.4, 100, 60, 0.91, 0.41, 0.89, "encoder x")


def text(body):
    rows = []
    for block in body:
        lines = block.rows if isinstance(block, Grid) else (block,)
        rows += [" ".join(cell[0] for cell in line if isinstance(cell, tuple)) for line in lines]
    return "\n".join(rows)


def test_a_decision_alone_says_how_to_measure_it():
    _, gloss, body = detail(DECISION)
    assert gloss == "not wanted"
    assert "12% of the pixels" in text(body)
    assert "--detail" in text(body)


def test_a_measured_path_shows_what_it_recovers():
    _, gloss, body = detail(MEASURED)
    assert gloss == "wanted; judged by the hardest merged frame, at 3.50 s"
    shown = text(body)
    for part in ("names 'sign'", "global tokens alone 49 −0.250", "30 new of 196 79 0.250", "245 0.750"):
        assert part in shown


def test_tiers_are_drawn_as_a_map_of_cells():
    _, gloss, body = lod(TIERS)
    assert gloss == "alone leave 9 of 16 tokens, explained 0.800; cells of 2×2 patches ranked by the query"
    *drawn, versus = text(body).splitlines()
    assert drawn == ["██ 1 4 4", "▅▅ 2 2 4", "▂▂ 1 1 1", "██▅▅", "▅▅▂▂"]
    assert "ward at the same count explains 0.900" in versus


def test_a_setting_stands_first_and_an_engine_without_one_says_why():
    _, gloss, body = serving(PRUNED)
    assert "keeps 0.9" in gloss
    assert text(body).splitlines()[0] == "--video-pruning-rate 0.4"
    assert "0.41 would leave 0.890" in text(body)
    none = Serving("vllm", "evs", 0.9, notes=("an image: nothing to set",))
    assert text(serving(none)[2]) == "an image: nothing to set"


@pytest.mark.parametrize("whole", [True, False])
def test_a_bare_decision_is_on_the_page_of_budget_only(photo, whole):
    assert [part[0] for part in advice(replace(photo, detail=DECISION), whole=whole)] == (
        ["Detail path"] if whole else []
    )
    full = replace(photo, detail=MEASURED, lod=TIERS, serving=PRUNED)
    assert [part[0] for part in advice(full, whole=whole)] == ["Detail path", "Tiers", "Serving"]


def test_documents_hold_them_or_null(photo):
    empty = analysis_document(photo)
    assert empty["detail"] is empty["lod"] is empty["serving"] is None
    found = analysis_document(replace(photo, detail=MEASURED, lod=TIERS, serving=PRUNED))
    assert found["detail"]["recovered"] == 0.5
    assert found["lod"]["tiers"][0] == {"cells": 1, "tokens_per_cell": 4}
    assert found["lod"]["map"] == [[4, 2], [2, 1]]
    assert found["serving"]["value"] == 0.4
