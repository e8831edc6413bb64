from tests.evidence.conftest import packages  # noqa: F401 a fixture
