import json
from dataclasses import replace
from io import StringIO

import pytest
from tokcomp_cli.render.ask import answer_page
from tokcomp_cli.render.ask_schema import answer_document

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.ask import Answered, Divergence, Side, Sweep, SweepPoint, VlmFacts
from tokcomp_cli.render.console import make_console, print_page
from tokcomp_cli.render.schema import dumps


@pytest.fixture
def found():
    media = MediaFacts(
        "a[/red].png", "image", "png", "RGB", 8, 8, 1, None, None, None, 0, 100, "pillow", "11", "a picture"
    )
    side = Side(
        answer="two\nlines [/bold]",
        answer_tokens=4,
        pictures=1,
        text_tokens=20,
        visual_tokens=64,
        visual_tokens_per_layer=(64, 64),
        ms={"prepare": 1.0, "encode": 2.0, "prefill": 3.0, "decode": 0.0},
        decode_steps=0,
        prefill_flops_estimated=10**9,
        kv_bytes_estimated=2048,
    )
    vlm = VlmFacts("./mine", "LLaVA", 7_063_427_072, 32, 4096, 4096, "float32", "cpu", "its tokens")
    sweep = Sweep(
        (SweepPoint("ward", 8, 8, -0.2, 0.5, 0.4, None, None),), None, None, 0, "its tokens", "Too few."
    )
    return Answered(
        media=media,
        frames_sampled=1,
        question="what?\x1b[31m",
        vlm=vlm,
        plan={"method": "ward", "layer_keep": "fastv", "repeat": 1},
        full=side,
        compressed=replace(
            side, answer="", answer_tokens=0, visual_tokens=16, visual_tokens_per_layer=(16, 8)
        ),
        explained=0.5,
        divergence=Divergence(0.5, 0.5, None, None, None),
        notes=("a note",),
        verdict="It differs.",
        time_sentence="It took a while.",
        sweep=sweep,
        timings_ms={"total": 5.0},
    )


def drawn(found, width):
    stream = StringIO()
    console = make_console(file=stream)
    console.width = width
    print_page(answer_page(found), console)
    return stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_page_shows_what_came_and_breaks_at_nothing(found, width):
    page = drawn(found, width)
    for text in (
        "a[/red].png",
        "lines [/bold]",
        "(nothing)",
        "7,063 million",
        "a note",
        "It differs.",
        "fastv",
    ):
        assert text in page
    assert "\x1b" not in page
    assert "\\x1b[31m" in page
    assert max(map(len, page.splitlines())) <= width
    lines = page.splitlines()
    first = next(at for at, line in enumerate(lines) if line.endswith("two"))
    assert lines[first + 1].split() == ["lines", "[/bold]"]


def test_what_was_not_measured_is_left_out_of_the_page_and_null_in_the_document(found):
    page = drawn(found, 100)
    assert "likelihood" not in page
    assert "same start" not in page
    document = json.loads(dumps(answer_document(found)))
    assert document["agreement"] is None
    assert document["log_likelihood"] is None
    assert document["sweep"]["rank_correlation"] is None
    assert document["sweep"]["points"][0]["explained"] == -0.2


def test_the_keys_that_programs_rely_on(found):
    document = json.loads(dumps(answer_document(found)))
    assert document["meta"]["schema"] == "tokcomp.ask"
    for side in ("full", "compressed"):
        assert {"answer", "visual_tokens", "visual_tokens_per_layer", "visual_tokens_layer_mean"} <= set(
            document[side]
        )
        assert {"encode", "prefill", "decode"} <= set(document[side]["ms"])
        assert set(document[side]["estimated"]) == {"prefill_flops", "kv_bytes"}
    assert document["compressed"]["visual_tokens_layer_mean"] == 12
    assert document["logit_kl"] == 0.5
    assert {"vlm", "plan", "notes", "verdict", "time_sentence", "timings_ms"} <= set(document)
