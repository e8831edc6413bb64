import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tokcomp_cli.commands.app import run
from tokcomp_cli.difficulty.ocr import Reader


@dataclass
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


@pytest.fixture
def tokcomp(capsys, monkeypatch, tmp_path_factory) -> Callable[..., Ended]:
    """Run a command line in this process; the user's own config file is an empty folder's."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))

    def go(*arguments: object) -> Ended:
        code = run([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        return Ended(int(code), streams.out, streams.err)

    return go


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess]:
    """Run a command line as a process of its own."""

    def go(*arguments: object, **settings: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "tokcomp_cli", *arguments]
        return subprocess.run(command, capture_output=True, timeout=120, check=False, **settings)

    return go


@pytest.fixture
def without_ocr(monkeypatch) -> None:
    """Hide the packages of the extra `ocr`."""
    monkeypatch.setattr("tokcomp_cli.difficulty.ocr.find_spec", lambda name: None)
    monkeypatch.setattr(
        "tokcomp_cli.detail.resolution_check._reader", lambda threads: Reader(threads=threads)
    )
