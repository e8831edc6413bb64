"""The public door: every name of it, on real files and on the caller's own tensors."""

import subprocess
import sys

import pytest
import torch

import tokcomp_cli as tokcomp
from tokcomp_cli import api


@pytest.fixture(scope="module")
def coffee(samples):
    return str(samples / "coffee.png")


def test_every_public_name_is_there_and_listed():
    assert set(api.__all__) <= set(dir(tokcomp))
    for name in api.__all__:
        assert getattr(tokcomp, name) is getattr(api, name)
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        tokcomp.analyse  # noqa: B018


def test_the_package_is_imported_without_torch():
    code = "import sys, tokcomp_cli; print({'torch', 'numpy'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_a_result_holds_tokens_and_origin(coffee, handcrafted):
    assert tokcomp.analyze(coffee, encoder="handcrafted").analysis.encoder.name == "handcrafted"
    result = tokcomp.analyze(coffee, budget=40, encoder=handcrafted)
    assert len(result.tokens) == result.analysis.llm_input == 40
    assert torch.equal(torch.bincount(result.origin, minlength=40), result.tokens.sizes)
    assert repr(result).startswith("Result(")
    assert "196 -> 40 tokens" in repr(result)
    assert result.to_dict()["tokens"]["llm_input"] == 40
    assert list(result.to_pandas()["tokens"]) == [40]


def test_a_plan_and_settings_go_together(coffee, handcrafted):
    plan = tokcomp.Plan.of(budget="10%")
    assert tokcomp.analyze(coffee, plan, encoder=handcrafted).analysis.llm_input == 20
    assert tokcomp.analyze(coffee, plan, encoder=handcrafted, budget=33).analysis.llm_input == 33
    with pytest.raises(tokcomp.PlanError, match="did you mean 'budget'"):
        tokcomp.analyze(coffee, budgets=3)


def test_an_encoder_is_loaded_once(coffee, monkeypatch):
    from tokcomp_cli.encoders import handcrafted

    made = []
    make = handcrafted.make
    monkeypatch.setattr(handcrafted, "make", lambda choice: made.append(choice) or make(choice))
    for _ in range(3):
        tokcomp.analyze(coffee, encoder=None, plan=tokcomp.Plan.of(encoder="handcrafted"))
    assert len(made) <= 1


def test_budget_and_compare(coffee, handcrafted):
    found = tokcomp.budget(coffee, target=0.8, encoder=handcrafted)
    assert found.recommendation.recommended.explained >= 0.8
    compared = tokcomp.compare(coffee, budget=32, methods="ward,tome", encoder=handcrafted)
    assert {"ward", "tome", "random"} <= {row.method for row in compared.methods}
    assert len(compared.to_pandas()) == len(compared.methods) == len(compared.to_dict()["methods"])
    assert "at 32 tokens" in repr(compared)


def test_explained_of_own_tokens_agrees_with_the_run(coffee, handcrafted):
    encoded = tokcomp.encode(coffee, encoder=handcrafted)
    assert "1 frames x 196" in repr(encoded)
    content = encoded.features[0] - encoded.blank
    saliency = encoded.saliency[0]
    kept = tokcomp.compress.saliency_ward(content, num_keep=50, saliency=saliency)
    found = tokcomp.explained(
        content, kept.features, kept.owner, saliency=saliency, floor=handcrafted.facts.floor
    )
    whole = tokcomp.analyze(coffee, budget=50, encoder=handcrafted).analysis.fidelity.explained
    assert found == pytest.approx(whole, abs=1e-5)
    with pytest.raises(tokcomp.PlanError, match="`owner`"):
        tokcomp.explained(content, kept.features[:3], kept.owner)


def test_a_batch_writes_a_line_a_file(coffee, tmp_path):
    output = tmp_path / "out.jsonl"
    found = tokcomp.batch([coffee, "nowhere.png"], str(output), encoder="handcrafted", jobs=1)
    assert (found.ok, found.failed) == (1, 1)
    assert len(output.read_text().splitlines()) == 2
