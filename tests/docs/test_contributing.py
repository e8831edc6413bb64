"""CONTRIBUTING and CITATION name what is there."""

import ast
import re

from tests.helpers.blocks import ROOT
from tokcomp_cli import __version__

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
DRAWING = re.compile(r"^ ?(\d+)  (.+?) {3,}\S", re.MULTILINE)


def floors() -> dict[str, int]:
    tree = ast.parse((ROOT / "tests" / "test_architecture.py").read_text())
    found = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and node.targets[0].id == "FLOORS"
    ]
    return ast.literal_eval(found[0])


def test_the_drawing_is_the_house():
    drawn = {room: int(floor) for floor, rooms in DRAWING.findall(TEXT) for room in rooms.split()}
    assert drawn == floors()


def test_files_that_are_named_are_there():
    named = {name for name in re.findall(r"`([a-z_./]+\.(?:py|md))`", TEXT) if "NAME" not in name}
    missing = [
        name for name in named if not ((ROOT / name).exists() or (ROOT / "tokcomp_cli" / name).exists())
    ]
    assert len(named) > 15
    assert missing == []


def test_the_citation_is_of_this_version():
    assert f"version: {__version__}\n" in (ROOT / "CITATION.cff").read_text()
