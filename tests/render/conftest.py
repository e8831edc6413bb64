import pytest

from tests.helpers.results import FAILURE, make_clip, make_photo
from tokcomp_cli.core.results.analysis import Analysis, Failure


@pytest.fixture
def clip() -> Analysis:
    """A trailer of 105 sampled frames in 25 merged frames."""
    return make_clip()


@pytest.fixture
def photo() -> Analysis:
    """A photo with query, trace, warning and a recommendation."""
    return make_photo()


@pytest.fixture
def failure() -> Failure:
    """An input that could not be read."""
    return FAILURE
