from tokcomp_cli.core import memory
from tokcomp_cli.core.memory import available_bytes


def test_memory_is_the_lesser_of_machine_and_container(tmp_path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:       5 kB\n")
    assert available_bytes(meminfo, tmp_path) == 5 * 1024
    (tmp_path / "memory.max").write_text("4000\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert available_bytes(meminfo, tmp_path) == 3000
    (tmp_path / "memory.max").write_text("max\n")
    assert available_bytes(meminfo, tmp_path) == 5 * 1024
    assert available_bytes(tmp_path / "no", tmp_path / "no") is None


def test_freed_memory_goes_back_after_every_so_many_items(monkeypatch):
    calls = []
    monkeypatch.setattr(memory, "give_back", lambda: calls.append(1))
    items = range(2 * memory.GIVE_BACK_EVERY + 1)
    seen = [(item, len(calls)) for item in memory.giving_back(items)]
    assert [item for item, _ in seen] == list(items)
    assert seen[memory.GIVE_BACK_EVERY - 1][1] == 0
    assert seen[memory.GIVE_BACK_EVERY][1] == 1
    assert len(calls) == 2
