import pytest

FAST = ("--encoder", "handcrafted", "-q")


@pytest.fixture(autouse=True)
def _pixels_only(monkeypatch):
    monkeypatch.setattr("tokcomp_cli.difficulty.ocr.find_spec", lambda name: None)


def test_every_tier_says_what_survives_and_one_is_enough(tokcomp, samples):
    flower = samples / "flower.jpg"
    ended = tokcomp("cost", flower, "--tiers", "--model", "gpt-4o", "--model", "gemini", "--json", *FAST)
    assert ended.code == 0
    gpt, old, new = ended.document["models"]
    assert [tier["name"] for tier in gpt["tiers"]] == ["detail=low", "detail=high"]
    assert (gpt["smallest"], gpt["tokens"], gpt["estimated"]) == ("detail=low", 85, True)
    assert gpt["tiers"][0]["survival"]["contrast"] > 0.9
    assert old["tiers"][0]["survival"] is None
    assert old["smallest"] == "media_resolution=default"
    assert new["smallest"] == "media_resolution=low"
    assert any("words were not read" in note for note in ended.document["notes"])
    page = tokcomp("cost", flower, "--tiers", "--model", "gpt-4o", *FAST).out
    assert "detail=low is enough: 85 tokens, 80% less than by default" in page
    assert "estimated" in page


def test_a_higher_target_needs_a_higher_tier(tokcomp, samples):
    given = ("cost", samples / "flower.jpg", "--tiers", "--model", "gemma-4", "--json", *FAST)
    low = tokcomp(*given, "--target", 0.5).document["models"][0]
    high = tokcomp(*given, "--target", 1).document["models"][0]
    assert low["smallest"] == "max_soft_tokens=70"
    assert high["tokens"] > low["tokens"]


def test_of_several_files_one_may_fail(tokcomp, samples, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    given = ("--tiers", "--model", "gpt-4o", "--json", *FAST)
    ended = tokcomp("cost", tmp_path / "broken.png", samples / "flower.jpg", *given)
    assert ended.code == 3
    assert [one["status"] for one in ended.document["results"]] == ["failed", "ok"]
