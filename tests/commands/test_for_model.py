import json

FAST = ("--encoder", "handcrafted", "-q", "--fps", 1)


def test_analyze_says_in_one_line_what_is_saved(tokcomp, samples):
    clip = samples / "city_cc0_cut_mpeg2.mkv"
    page = tokcomp("analyze", clip, "--for", "gpt-4o", *FAST).out
    assert "For gpt-4o (estimated): " in page
    plain = tokcomp("analyze", clip, *FAST).out
    assert "gpt-4o" not in plain
    ended = tokcomp("analyze", clip, samples / "flower.jpg", "--for", "gpt-4o", "--json", *FAST)
    video, photo = (one["for_model"] for one in ended.document["results"])
    assert video["tokens_before"] == video["frames_before"] * 425
    assert video["tokens_after"] == video["frames_after"] * 425
    assert photo["worth_it"] is False
    assert (
        "All 2 files. For gpt-4o"
        in tokcomp("analyze", clip, samples / "flower.jpg", "--for", "gpt-4o", *FAST).out
    )


def test_budget_says_it_for_one_file_and_for_several(tokcomp, samples):
    photos = samples / "flower.jpg", samples / "chelsea.png"
    told = " ".join(tokcomp("budget", photos[0], "--for", "gpt-4o", *FAST).out.split())
    assert "a picture is sent whole" in told
    assert "All 2 files. For gpt-4o" in tokcomp("budget", *photos, "--for", "gpt-4o", *FAST).out
    ended = tokcomp("budget", *photos, "--for", "gpt-4o", "--json", *FAST)
    assert [one["for_model"]["tokens_after"] for one in ended.document["results"]] == [425, 255]


def test_a_model_that_is_not_there_is_told_before_any_work(tokcomp, samples):
    for command in ("analyze", "budget"):
        ended = tokcomp(command, samples / "flower.jpg", "--for", "gpt4o", *FAST)
        assert ended.code == 2
        assert "did you mean 'gpt-4o'?" in ended.err


def test_each_record_of_a_batch_says_it(tokcomp, samples, tmp_path):
    out = tmp_path / "out.jsonl"
    given = ("--for", "gpt-4o", "-o", out, "--encoder", "handcrafted", "--jobs", 1)
    ended = tokcomp("batch", samples / "flower.jpg", samples / "chelsea.png", *given)
    assert ended.code == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert {one["for_model"]["tokens_before"] for one in records} == {425, 255}
    assert "For gpt-4o (estimated): 680 → 680 tokens" in ended.err
