"""A folder of odd files through `batch`: nothing unexpected, nothing valid called damaged."""

import json

import pytest

from tests.media.odd_files import write_odd


@pytest.mark.slow
def test_a_folder_of_odd_files(tmp_path, capsys):
    from tokcomp_cli.commands.app import run

    folder, beside, out = tmp_path / "odd", tmp_path / "beside", tmp_path / "out.jsonl"
    folder.mkdir()
    beside.mkdir()
    kinds = write_odd(folder, beside)
    assert len(kinds) >= 200
    options = ("-r", "--fps", "native", "--encoder", "handcrafted", "-j", "1", "--quiet")
    code = run(["batch", str(folder), "-o", str(out), *options])
    capsys.readouterr()
    assert code == 3
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert {record["path"].rpartition("/")[2] for record in records} == kinds.keys()
    wrong = []
    for record in records:
        name = record["path"].rpartition("/")[2]
        kind, failed = kinds[name], record["status"] == "failed"
        said = record["error"]["message"] if failed else record["media"]["notes"]
        as_media = failed and record["error"]["type"] == "media"
        right = {
            "whole": not failed and not record["media"]["salvaged"],
            "damaged": as_media or (not failed and record["media"]["salvaged"]),
            "refused": as_media and "damaged" not in said,
            "any": as_media or not failed,
        }[kind]
        if not right:
            wrong.append((name, kind, said))
    assert wrong == []
