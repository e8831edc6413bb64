import json

import pytest
import torch
from safetensors.torch import save_file

CONTROLS = {"random", "uniform", "pool", "downsample"}


def explained(document):
    return {(row["stage"], row["method"]): row["fidelity"]["explained"] for row in document["methods"]}


def test_every_method_at_the_same_count_with_the_controls(tokcomp, samples):
    found = tokcomp(
        "compare", samples / "coffee.png", "--encoder", "embedded", "--budget", 32, "--json"
    ).document
    assert found["meta"]["schema"] == "tokcomp.compare"
    assert found["meta"]["schema_version"] == 3
    rows = found["methods"]
    assert len(rows) >= 14
    assert {row["method"] for row in rows if row["control"]} == CONTROLS
    assert {row["tokens_out"] for row in rows} == {32}
    shares = [row["fidelity"]["explained"] for row in rows]
    assert shares == sorted(shares, reverse=True)
    of = explained(found)
    ward = of["spatial", "ward"]
    assert all(ward > of["spatial", other] for other in ("random", "pool", "tome"))
    for row in rows:
        assert row["lift"] == pytest.approx(row["fidelity"]["explained"] - of["spatial", "random"], abs=2e-6)
        assert row["fidelity"]["lift"] == row["lift"]
        assert row["lift_spread"] > 0
        assert row["ms"] > 0
    assert any("cdpruner needs the relevance" in note for note in found["notes"])
    assert found["verdict"].startswith("saliency-ward wins")
    assert found["tokens"]["pools"] == {"merged frames": 196}
    assert found["verdicts"] == {"merged frames": found["verdict"]}
    assert (ward, of["spatial", "random"]) == pytest.approx((0.95651, 0.764174), abs=2e-3)
    assert "|budget:32|" in found["signature"]
    assert "weights:fe92d354" in found["signature"]


def test_it_is_reproducible_but_for_the_time(tokcomp, samples):
    command = ("compare", samples / "flower.jpg", "--budget", 20, "--encoder", "handcrafted", "--json")
    first, second = (tokcomp(*command).document for _ in range(2))
    for found in (first, second):
        found.pop("timings_ms")
        for row in found["methods"]:
            row.pop("ms")
    assert first == second


def test_only_the_methods_asked_for_beside_the_controls(tokcomp, samples):
    arguments = ("--methods", "tome,visionzip:original", "--encoder", "handcrafted", "--budget", 20)
    found = tokcomp("compare", samples / "coffee.png", *arguments, "--json").document
    assert {row["method"] for row in found["methods"]} == CONTROLS - {"downsample"} | {"tome"}
    assert any("visionzip:original needs attention keys" in note for note in found["notes"])
    assert any(note.startswith("left out downsample") for note in found["notes"])
    ended = tokcomp("compare", samples / "coffee.png", "--methods", "tomee")
    assert ended.code == 2
    assert "did you mean 'tome'" in ended.err


def test_a_grid_method_is_read_between_its_grids(tokcomp, samples):
    arguments = ("--encoder", "handcrafted", "--methods", "pool", "--json")
    path = samples / "coffee.png"
    at = {
        budget: next(
            row
            for row in tokcomp("compare", path, "--budget", budget, *arguments).document["methods"]
            if row["method"] == "pool"
        )
        for budget in (56, 59, 60)
    }
    assert at[56]["between"] is None
    low, high = at[59]["between"]
    assert (low, high) == (56, 60)
    assert at[59]["tokens_out"] == 59
    ends = sorted(at[budget]["fidelity"]["explained"] for budget in (56, 60))
    assert ends[0] <= at[59]["fidelity"]["explained"] <= ends[1]


def test_the_page_names_losers_and_how_to_cite(tokcomp, samples):
    page = tokcomp("compare", samples / "coffee.png", "--budget", 32, "--encoder", "handcrafted").out
    for word in ("Methods", "Cite", "tokcomp:", "control", "lift"):
        assert word in page


def test_a_clip_has_progressive_beside_one_shot(tokcomp, samples):
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    command = ("compare", clip, "--encoder", "handcrafted", "--frames", 6, "--budget", 60, "--json")
    found = tokcomp(*command).document
    stages = {row["stage"] for row in found["methods"]}
    assert {"spatial", "progressive", "one-shot"} <= stages
    assert {row["tokens_out"] for row in found["methods"]} == {60}
    assert (
        {row["pool"] for row in found["methods"]} == set(found["verdicts"]) == set(found["tokens"]["pools"])
    )
    assert found["tokens"]["pools"]["whole video"] == found["tokens"]["original"]
    page = tokcomp(*command[:-1]).out
    for row in found["methods"]:
        assert row["label"] in page
    assert ("within merged frames" in page, "over the whole video" in page) == (True, True)
    few = tokcomp(*command[:-3], "--budget", 1, "--json").document
    assert any("joined to 1" in note for note in few["notes"])
    assert {row["tokens_out"] for row in few["methods"]} == {1}


def test_several_files_have_means_and_paired_intervals(tokcomp, samples, tmp_path):
    names = [samples / name for name in ("coffee.png", "flower.jpg", "text.png")]
    arguments = ("--encoder", "handcrafted", "--budget", 20, "--methods", "ward,prune")
    ended = tokcomp("compare", *names, tmp_path / "none.png", *arguments, "--json")
    assert ended.code == 3
    assert ended.document["meta"]["schema"] == "tokcomp.comparisons"
    assert [one["status"] for one in ended.document["results"]] == ["ok", "ok", "ok", "failed"]
    summary = ended.document["summary"]
    assert summary["files"] == 3
    best = summary["methods"][0]
    assert best["method"] == "ward"
    assert best["behind"] == {"mean": 0, "low": 0, "high": 0}
    for row in summary["methods"]:
        assert row["lift"]["low"] <= row["lift"]["mean"] <= row["lift"]["high"]
        assert row["behind"]["mean"] == pytest.approx(best["explained"] - row["explained"], abs=2e-6)
    assert "All files" in tokcomp("compare", *names, *arguments).out


def test_target_is_refused_in_one_sentence(tokcomp, samples):
    ended = tokcomp("compare", samples / "coffee.png", "--budget", "target=0.9", "--encoder", "handcrafted")
    assert ended.code == 2
    assert "one count for all methods" in ended.err


@pytest.fixture
def dump(tmp_path):
    def write(**tensors):
        path = tmp_path / "features.safetensors"
        save_file(tensors, str(path))
        return path

    return write


def test_tokens_of_any_model(tokcomp, dump):
    features = torch.randn(2, 12, 5, generator=torch.Generator().manual_seed(0))
    path = dump(features=features, grid=torch.tensor([3, 4]), keys=features + 0, blank=torch.zeros(12, 5))
    found = tokcomp("compare", path, "--budget", 6, "--json").document
    assert len(found["methods"]) >= 14
    assert found["media"] is None
    assert any("downsample needs the pictures" in note for note in found["notes"])
    assert found["encoder"]["grid"] == [3, 4]
    single = dump(features=features[0].half())
    assert tokcomp("compare", single, "--budget", "50%", "--json").document["tokens"]["compared"] == 6


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"tokens": torch.ones(3, 4)}, "should hold features"),
        ({"features": torch.ones(3)}, "should hold features"),
        ({"features": torch.full((4, 3), torch.nan)}, "not finite"),
        ({"features": torch.ones(4, 3), "grid": torch.tensor([3, 3])}, "does not hold 4"),
        ({"features": torch.ones(4, 3), "blank": torch.ones(2)}, "blank should be"),
        ({"features": torch.ones(4, 3), "origin": torch.ones(2)}, "compressed already"),
    ],
)
def test_bad_tokens_are_named(tokcomp, dump, tensors, said):
    ended = tokcomp("compare", dump(**tensors), "--budget", 2)
    assert ended.code == 1
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_page_of_dumped_tokens_claims_no_pixels_and_a_missing_tensor_names_those_there(tokcomp, dump):
    page = tokcomp("compare", dump(features=torch.ones(4, 3)), "--budget", 2).out
    assert "2×2 = 4 tokens a frame" in page
    assert "px" not in page
    message = tokcomp("compare", dump(hidden=torch.ones(3, 4), z=torch.ones(2)), "--budget", 2).err
    assert "hidden (3, 4)" in message
    assert "z (2,)" in message


def test_tokens_alone_have_no_difficulty(tokcomp, dump, tmp_path):
    ended = tokcomp("compare", dump(features=torch.ones(4, 3)))
    assert ended.code == 2
    assert "only tokens" in ended.err
    constant = tokcomp("compare", dump(features=torch.ones(4, 3)), "--budget", 2, "--json")
    assert constant.code == 0
    assert json.loads(constant.out)["verdict"].startswith("Nearly blank")
    (tmp_path / "no.safetensors").write_bytes(b"nothing")
    assert tokcomp("compare", tmp_path / "no.safetensors", "--budget", 2).code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["chelsea.png", "coffee.png", "dogs.jpg", "flower.jpg", "text.png", "typewriter.png"]
)
def test_ward_beats_random_pool_and_tome_on_every_photo(tokcomp, samples, name):
    found = tokcomp(
        "compare", samples / name, "--budget", 32, "--encoder", "embedded", "--methods", "ward,tome", "--json"
    ).document
    of = explained(found)
    assert all(of["spatial", "ward"] > of["spatial", other] for other in ("random", "pool", "tome"))


def test_bench_methods_prints_a_table_and_a_document(tokcomp, monkeypatch):
    from tokcomp_cli.bench import methods as bench

    tiny = (bench.Size("tiny", 2, (3, 4), 8, 8),)
    monkeypatch.setitem(bench.bench_methods.__kwdefaults__, "sizes", tiny)
    found = tokcomp("bench", "methods", "--rounds", 2, "--threads", 1, "--json").document
    assert found["meta"]["schema"] == "tokcomp.bench"
    assert {"ward", "evs"} < {row["method"] for row in found["methods"]}
    assert "spread ms" in tokcomp("bench", "methods", "--rounds", 1, "--threads", 1).out
    assert tokcomp("bench", "methods", "--rounds", 0).code == 2
