"""Parts of the documentation that come from the code are those of the code."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest

from tests.helpers.blocks import PAGES, ROOT


@pytest.fixture(scope="module")
def generate():
    spec = spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_are_those_of_the_code(page, generate):
    text = page.read_text()
    assert text == generate.generated(text, outputs=False), "run: python docs/generate.py --tables"


def test_readme_is_short():
    text = (ROOT / "README.md").read_bytes()
    assert len(text) <= 8192
    assert text.count(b"\n") <= 200
