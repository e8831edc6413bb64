import json
import os

import pytest


def test_facts_of_a_clip(tokcomp, samples):
    ended = tokcomp("probe", samples / "city_cc0_cut_mpeg2.mkv", "--json")
    assert ended.code == 0
    media = ended.document["media"]
    assert (media["frames_in_file"], media["width"], media["height"]) == (103, 720, 405)
    assert media["codec"] == "mpeg2video"
    assert media["first_pts_seconds"] == pytest.approx(0.04)
    assert media["decoder_reason"]


def test_the_page_has_no_markup_and_names_frames_and_times(tokcomp, samples, tmp_path):
    odd = tmp_path / "a[bold]b.mp4"
    odd.write_bytes((samples / "bigbuckbunny.mp4").read_bytes())
    page = tokcomp("probe", odd).out
    assert "a[bold]b.mp4" in page
    assert "132 in the file" in page
    assert "0.000 s to 5.280 s" in page


def test_one_bad_file_does_not_stop_the_rest(tokcomp, samples, tmp_path):
    ended = tokcomp("probe", tmp_path / "gone.mp4", samples / "coffee.png", "--json")
    assert ended.code == 3
    assert [entry["status"] for entry in ended.document["results"]] == ["failed", "ok"]
    assert tokcomp("probe", tmp_path / "gone.mp4").code == 1
    assert tokcomp("probe").code == 2


def test_a_symlink_loop_and_a_pipe_are_refused_in_a_sentence(tokcomp, tmp_path):
    loop, pipe = tmp_path / "loop.mp4", tmp_path / "pipe.mp4"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    found = json.loads(tokcomp("probe", loop, pipe, "--json").out)["results"]
    assert all(entry["error"]["type"] == "MediaError" for entry in found)


@pytest.mark.parametrize("clip", ["city_cc0_cut_mpeg2.mkv", "bigbuckbunny.mp4", "sintel_trailer_360p.mp4"])
def test_probe_names_the_decoder_that_an_analysis_takes(tokcomp, samples, clip):
    probed = tokcomp("probe", samples / clip, "--json").document["media"]
    ran = tokcomp("analyze", samples / clip, "--encoder", "handcrafted", "--json").document["media"]
    assert probed["decoder"] == ran["decoder"]
    assert ran["decoder_reason"] in probed["decoder_reason"]
