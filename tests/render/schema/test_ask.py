import json
from dataclasses import replace

from tests.render.console.page_results import answered
from tokcomp_cli.core.results.ask import Divergence
from tokcomp_cli.render.schema.ask import answer_document
from tokcomp_cli.render.schema.document import dumps


def test_the_keys_that_programs_rely_on():
    document = json.loads(dumps(answer_document(answered())))

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


def test_what_was_not_measured_is_null():
    unmeasured = replace(answered(), divergence=Divergence(0.5, 0.5, None, None, None))

    document = json.loads(dumps(answer_document(unmeasured)))

    assert document["agreement"] is None
    assert document["log_likelihood"] is None
    assert document["sweep"]["rank_correlation"] is None
    assert document["sweep"]["points"][0]["explained"] == -0.2
