import pytest

from tokcomp_cli.core.files import write_whole
from tokcomp_cli.errors import PlanError


def test_write_whole_replaces_and_leaves_nothing_beside(tmp_path):
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["out.bin"]


def test_write_whole_says_where_it_cannot(tmp_path):
    with pytest.raises(PlanError, match=r"cannot write .*nowhere"):
        write_whole(tmp_path / "nowhere" / "out.bin", b"x")
