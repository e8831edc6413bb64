"""Makes the clips once a run, and lets tests import the helpers beside them."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def clip(clip_folder):
    """Return a function from a clip's name to its path; each is encoded once."""
    from tests.media.clips import CLIPS, write

    made: dict[str, Path] = {}

    def path_of(name: str) -> Path:
        if name not in made:
            made[name] = write(next(clip for clip in CLIPS if clip.name == name), clip_folder)
        return made[name]

    return path_of


@pytest.fixture(scope="session")
def files() -> Path:
    return Path(__file__).parent / "files"
