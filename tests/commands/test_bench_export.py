import pytest

FAST = ("--encoder", "handcrafted", "-q")


def test_shots_are_those_of_the_file_and_the_same_explained_is_priced(tokcomp, samples, tmp_path):
    shots = tmp_path / "shots.txt"
    shots.write_text("# two\n0 1.8\n\n1.8 4.2\n")
    given = ("bench", "export", samples / "city_cc0_cut_mpeg2.mkv", "--at", 2, "--shots", shots, *FAST)
    [found] = tokcomp(*given, "--json").document["export"]
    assert (found["shots"], found["shots_by"]) == (2, "given")
    same = found["same"]
    assert (same["whole_tokens"], same["whole_frames"]) == (1456, 8)
    assert same["explained"] >= same["whole_explained"] - 0.01
    assert same["small"] or same["tokens"] == 364 * same["frames"]
    page = " ".join(tokcomp(*given).out.split())
    assert "ours, within 0.01 of that: " in page
    assert "as the model takes it: 8 frames, 1,456 tokens" in page


@pytest.mark.parametrize("line", ["2.5", "a b", "3 2", "-1 4", "1 2 3"])
def test_a_line_that_is_no_shot_is_told(tokcomp, samples, tmp_path, line):
    shots = tmp_path / "shots.txt"
    shots.write_text(f"0 1\n{line}\n")
    ended = tokcomp("bench", "export", samples / "city_cc0_cut_mpeg2.mkv", "--shots", shots, *FAST)
    assert ended.code == 2
    assert "a start and an end in seconds" in ended.err
    assert "line 2" in ended.err


def test_shots_that_cannot_be_read_are_told(tokcomp, samples, tmp_path):
    ended = tokcomp("bench", "export", samples / "city_cc0_cut_mpeg2.mkv", "--shots", tmp_path / "no", *FAST)
    assert ended.code == 2
    assert "cannot be read" in ended.err
