"""What the original code returned, reproduced: one test a file in the folder named by TOKCOMP_GOLDENS."""

import os
from pathlib import Path

import pytest

from tests.compress.golden_originals import ORIGINALS, Golden, comparison

SHIPPED = Path(__file__).parent.parent / "goldens"
FOLDER = Path(os.environ.get("TOKCOMP_GOLDENS") or SHIPPED)
FILES = sorted(FOLDER.glob("*.npz"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reproduces_original(path: Path) -> None:
    compare = comparison(path.stem)
    assert compare is not None, f"{path.name} is a golden of no known method: {', '.join(ORIGINALS)}"
    compare(Golden(path))


def test_there_are_goldens() -> None:
    assert FILES, f"no .npz file in {FOLDER}"


def test_every_shipped_golden_is_there() -> None:
    shipped = {path.stem for path in SHIPPED.glob("*.npz")}
    assert len(shipped) == 15
    assert all(comparison(stem) for stem in shipped)


@pytest.mark.parametrize("stem", ["no_such_method", "tomes", "tome_other", ""])
def test_unknown_file_is_known_to_none(stem: str) -> None:
    assert comparison(stem) is None
