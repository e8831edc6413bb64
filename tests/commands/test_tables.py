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


def test_models_list_names_weights_and_hash(tokcomp):
    rows = {row["name"]: row for row in tokcomp("models", "list", "--json").document["models"]}
    assert rows["embedded"]["weights_sha256"].startswith("fe92d354")
    assert rows["handcrafted"]["weights_sha256"] is None


def test_doctor_passes_here_and_fails_when_a_library_clashes(tokcomp, monkeypatch):
    ended = tokcomp("doctor", "--json")
    assert ended.code == 0, ended.out
    assert {check["check"] for check in ended.document["checks"]} >= {
        "libraries",
        "embedded encoder",
        "video decoder",
    }
    monkeypatch.setattr("tokcomp_cli.pipeline.doctor.CLASHES", {"numpy": "decord2"})
    broken = tokcomp("doctor")
    assert broken.code == 1
    assert "FAILED" in broken.out


def test_demo_finds_the_cut_of_its_clip(tokcomp):
    found = tokcomp("demo", "--json").document
    assert len(found["timeline"]) == 2
    assert found["timeline"][1]["first_frame"] == 45
