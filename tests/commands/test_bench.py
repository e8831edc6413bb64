import shutil


def test_the_folders_answer_is_timed_beside_merely_encoding_it(tokcomp, samples, tmp_path):
    for name in ("coffee.png", "flower.jpg"):
        shutil.copy(samples / name, tmp_path / name)
    ended = tokcomp("bench", "folder", tmp_path, "--encoder", "handcrafted", "--rounds", "2", "--json")
    found = ended.document
    assert (found["files"], found["rounds"]) == (2, 2)
    first, _, answer = found["ways"]
    assert first["ratio"] == first["cpu_ratio"] == 1
    assert answer["way"] == "the answer for the folder"
    assert all(way["seconds"] > 0 and way["cpu_seconds"] > 0 for way in found["ways"])


def test_rounds_below_one_and_a_folder_that_is_none_are_exit_2(tokcomp, samples, tmp_path):
    assert tokcomp("bench", "folder", tmp_path, "--rounds", "0").code == 2
    assert tokcomp("bench", "folder", samples / "coffee.png").code == 2
