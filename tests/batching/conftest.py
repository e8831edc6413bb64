import json
import os
from pathlib import Path

import pytest

from tokcomp_cli.batching.job import SettingsHash
from tokcomp_cli.batching.record import FailureReason, FileStat, record_of

SETTINGS = SettingsHash({"budget": "auto", "fps": None}, "a" * 64, "b" * 64)


def failure(path: str, settings: SettingsHash = SETTINGS) -> dict:
    """The record of an input that failed, as a batch writes it."""
    return record_of(path, FileStat.at(path), settings, FailureReason("media", "no picture"))


def success(path: str, *, explained: float = 0.9, tokens: int = 49, recommended: int | None = 40) -> dict:
    """A record with the fields that the batch reads again."""
    found = {
        "meta": {"schema": "tokcomp.analysis", "schema_version": 2},
        "media": {"kind": "image", "salvaged": False},
        "tokens": {"original": 196, "llm_input": tokens, "last_layer": tokens, "reduction": 1 - tokens / 196},
        "difficulty": {"score": 0.4, "band": "medium"},
        "fidelity": {"explained": explained},
        "target": 0.9,
        "recommended": None if recommended is None else {"tokens": recommended},
    }
    return record_of(path, FileStat.at(path), SETTINGS, found)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def broken(samples, tmp_path) -> Path:
    """A folder of two photos, odd names, broken files and links."""
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    (folder / "flower.jpg").write_bytes((samples / "flower.jpg").read_bytes())
    name = os.fsdecode(b"two\nlines \xff[red].png")
    (folder / "deep" / name).write_bytes((samples / "text.png").read_bytes())
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "letter.mp4").write_text("Dear all,")
    (folder / "gone.png").symlink_to("nowhere.png")
    (folder / "deep" / "around").symlink_to("..")
    (folder / ".hidden.jpg").write_bytes(b"")
    return folder
