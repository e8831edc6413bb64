import errno
import json
import resource
import subprocess
import sys

import pytest

from tokcomp_cli.errors import PlanError
from tokcomp_cli.export.folder import check_folder, whole_folder


def names(folder):
    return sorted(one.name for one in folder.iterdir())


def fill(part, *files, manifest=True):
    for name in files:
        (part / name).write_bytes(b"x")
    if manifest:
        listed = {"inputs": [{"files": [{"file": name} for name in files]}]}
        (part / "manifest.json").write_text(json.dumps(listed))


def test_a_new_folder_appears_when_all_is_written(tmp_path):
    out = tmp_path / "out"
    with whole_folder(str(out)) as part:
        fill(part, "a.jpg")
        assert not out.exists()
    assert names(out) == ["a.jpg", "manifest.json"]
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_nothing(tmp_path, there):
    out = tmp_path / "out"
    if there:
        out.mkdir()
        (out / "mine.txt").write_text("kept")

    def fails():
        with whole_folder(str(out)) as part:
            fill(part, "a.jpg")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(PlanError, match="No space left on device"):
        fails()
    assert names(tmp_path) == (["out"] if there else [])
    assert not there or names(out) == ["mine.txt"]


def test_an_earlier_export_is_replaced_and_other_files_stay(tmp_path):
    out = tmp_path / "out"
    with whole_folder(str(out)) as part:
        fill(part, "a.jpg", "b.jpg")
    (out / "mine.txt").write_text("kept")
    with whole_folder(str(out)) as part:
        fill(part, "b.jpg", "c.jpg")
    assert names(out) == ["b.jpg", "c.jpg", "manifest.json", "mine.txt"]


def test_a_manifest_of_somebody_else_removes_nothing(tmp_path):
    (tmp_path / "precious.txt").write_text("kept")
    out = tmp_path / "out"
    out.mkdir()
    for content in ("no json", "[]", '{"inputs": [{"files": [{"file": "../precious.txt"}]}]}'):
        (out / "manifest.json").write_text(content)
        with whole_folder(str(out)) as part:
            fill(part, "a.jpg")
        assert (tmp_path / "precious.txt").exists()


def test_what_cannot_be_written_is_told_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").write_text("")
    for folder, told in ((tmp_path / "file", "is no folder"), (tmp_path / "no" / "x", "there is no folder")):
        with pytest.raises(PlanError, match=told):
            check_folder(str(folder), force=True)
    with pytest.raises(PlanError, match="add --force"):
        check_folder(str(tmp_path / "full"), force=False)
    check_folder(str(tmp_path / "full"), force=True)
    with pytest.raises(PlanError, match="takes the name of a folder"):
        check_folder("", force=False)


def test_a_file_that_cannot_grow_leaves_nothing(tmp_path):
    """A limit of the system on a file's size is as real as a full disk."""
    script = """
import signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from tokcomp_cli.errors import PlanError
from tokcomp_cli.export.folder import whole_folder
try:
    with whole_folder(sys.argv[1]) as part:
        (part / "a.jpg").write_bytes(b"x" * 100)
        (part / "b.jpg").write_bytes(b"x" * 100_000)
except PlanError as error:
    print(error)
"""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = subprocess.run(
        [sys.executable, "-B", "-c", script, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=True,
    )
    assert "nothing was left there" in done.stdout
    assert names(tmp_path) == []
