def test_methods_lists_the_table_and_as_json(tokcomp):
    page = tokcomp("methods").out
    rows = tokcomp("methods", "--json").document["methods"]
    assert {"ward", "random", "frame-merge"} <= {row["name"] for row in rows}
    assert all(row["rule"] and row["paper"] for row in rows)
    assert all(row["name"] in page for row in rows)
    assert {
        row["stage"] for row in tokcomp("methods", "--stage", "spatial", "--json").document["methods"]
    } == {"spatial"}
    assert tokcomp("methods", "--stage", "spatal").code == 2


def test_models_list_names_what_is_on_disk(tokcomp):
    rows = {row["name"]: row for row in tokcomp("models", "list", "--json").document["models"]}
    assert rows["embedded"]["size_bytes"] == 21924768
    assert rows["embedded"]["on_disk"]
    assert "embedded" in tokcomp("models", "list").out


def test_models_info_names_weights_and_what_stands_in(tokcomp):
    found = tokcomp("models", "info", "embedded", "--json").document
    assert found["weights_sha256"].startswith("fe92d354")
    assert found["grid"] == [14, 14]
    assert "saliency" in tokcomp("models", "info", "handcrafted").out
    assert tokcomp("models", "info", "embeded").code == 2


def test_pull_does_not_touch_the_network_offline(tokcomp):
    ended = tokcomp("models", "pull", "clip:ViT-B-32/openai", "--offline")
    assert ended.code == 1
    assert "offline" in ended.err


def test_check_needs_a_text_tower(tokcomp, samples, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text(f"{samples / 'coffee.png'}\ta cup\n{samples / 'chelsea.png'}\ta cat\n")
    ended = tokcomp("models", "check", "embedded", "--pairs", pairs)
    assert ended.code == 1
    assert "no text tower" in ended.err


def test_calibrate_measures_on_clips_and_passes_over_what_is_broken(tokcomp, samples, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKCOMP_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("city_cc0_cut_mpeg2.mkv", "bigbuckbunny.mp4", "coffee.png"):
        (folder / name).write_bytes((samples / name).read_bytes())
    (folder / "broken.mp4").write_bytes(b"nothing")
    ended = tokcomp("models", "calibrate", "handcrafted", folder, "--json")
    assert ended.code == 0
    assert "broken.mp4" in ended.err
    found = ended.document
    assert found["similarity"] in {"mean", "p10", "min"}
    assert found["evidence"]["clips"] == 3
    assert list((tmp_path / "cache" / "calibration").iterdir())
    assert f"{found['threshold']:.4g}" in tokcomp("models", "calibrate", "handcrafted", folder).out
    assert tokcomp("models", "calibrate", "handcrafted", tmp_path / "gone").code == 2


def test_doctor_passes_here_and_fails_when_a_library_clashes(tokcomp, monkeypatch):
    ended = tokcomp("doctor", "--json")
    assert ended.code == 0, ended.out
    assert {check["check"] for check in ended.document["checks"]} >= {
        "libraries",
        "embedded encoder",
        "video decoder",
    }
    monkeypatch.setattr("tokcomp_cli.bench.doctor.CLASHES", {"numpy": "decord2"})
    broken = tokcomp("doctor")
    assert broken.code == 1
    assert "FAILED" in broken.out


def test_demo_finds_the_cut_of_its_clip(tokcomp):
    found = tokcomp("demo", "--json").document
    assert 45 in [entry["first_frame"] for entry in found["timeline"]]


def test_doctor_tells_which_extras_are_there_and_a_missing_one_is_no_failure(tokcomp, monkeypatch):
    monkeypatch.setattr("tokcomp_cli.bench.doctor.EXTRAS", {"here": ("numpy",), "gone": ("no-such-package",)})
    ended = tokcomp("doctor", "--json")
    (extras,) = (check for check in ended.document["checks"] if check["check"] == "extras")
    assert ended.code == 0
    assert extras["detail"].startswith("here numpy ")
    assert extras["detail"].endswith("gone not installed")
