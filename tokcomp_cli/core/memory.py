"""How much memory can still be had, and how freed memory goes back to the system."""

import ctypes
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
GIVE_BACK_EVERY = 32

Item = TypeVar("Item")


def available_bytes(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Return the bytes that can be had on the machine or in the container, None where nothing states it.

    Args:
        meminfo: Linux's table of the machine's memory.
        cgroup: Folder with the container's limits.
    """
    found = [one for one in (_of_machine(meminfo), _of_container(cgroup)) if one is not None]
    return min(found, default=None)


def _of_machine(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _of_container(cgroup: Path) -> int | None:
    try:
        limit = (cgroup / "memory.max").read_text(encoding="ascii").strip()
        used = (cgroup / "memory.current").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return max(0, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else None


def giving_back(items: Iterable[Item], every: int = GIVE_BACK_EVERY) -> Iterator[Item]:
    """Yield the items; after every so many, what their use has freed goes back to the system.

    For loops that make much for a moment and keep a little of it for each item: so few items' gaps add up.
    """
    for done, item in enumerate(items, start=1):
        yield item
        if done % every == 0:
            give_back()


def give_back() -> None:
    """Give freed memory back to the system, where the C library is one that can.

    What lives long lies on the heap among what lives for a moment, and pins the gaps between: glibc gives
    back none of them by itself. A call takes about a millisecond; a gap that is used again, its page faults.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> "ctypes._NamedFuncPointer | None":
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, TypeError, AttributeError):  # macOS, Windows, musl
        return None
