"""Imports go strictly down, rooms on one floor do not import each other, some libraries have one home."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tokcomp_cli"
FLOORS = {
    "errors": 0,
    "core": 1,
    "media": 2,
    "encoders": 2,
    "compress": 2,
    "difficulty": 2,
    "fidelity": 2,
    "gate": 2,
    "cost": 2,
    "render": 2,
    "plan": 3,
    "vlm": 3,
    "reduce": 4,
    "report": 4,
    "measure": 5,
    "detail": 6,
    "reading": 6,
    "pipeline": 7,
    "export": 8,
    "comparison": 8,
    "calibrate": 8,
    "folder": 8,
    "asking": 9,
    "batching": 9,
    "training": 9,
    "bench": 10,
    "evidence": 10,
    "learned": 11,
    "api": 11,
    "cli": 12,
    "commands": 13,
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            if node.module == "tokcomp_cli":
                found |= {f"tokcomp_cli.{alias.name}" for alias in node.names}
    return found


def module_of(path: Path) -> str:
    return ".".join(("tokcomp_cli", *path.relative_to(PACKAGE).with_suffix("").parts))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_strictly_down(path):
    room = room_of(module_of(path))
    if room in {"__init__", "__main__"}:
        return
    assert room in FLOORS, f"{room} has no floor"
    for name in imports(path):
        if not name.startswith("tokcomp_cli") or name in {"tokcomp_cli", "tokcomp_cli.__version__"}:
            continue
        other = room_of(name)
        assert other == room or FLOORS[other] < FLOORS[room], f"{path.name} imports {name}"


def graph() -> dict[str, set[str]]:
    """Return which modules of the package each module imports."""
    modules = {module_of(path).removesuffix(".__init__"): path for path in FILES}
    found = {}
    for name, path in modules.items():
        named = imports(path) | {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        found[name] = {other for other in named if other in modules} - {name}
    return found


def circle(edges: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, or nothing."""
    left = dict(edges)
    while left:
        leaves = [name for name, others in left.items() if not others & left.keys()]
        if not leaves:
            return sorted(left)
        for name in leaves:
            del left[name]
    return []


def test_no_modules_import_each_other_in_a_circle():
    edges = {name: others - {"tokcomp_cli"} for name, others in graph().items() if name != "tokcomp_cli"}
    assert circle(edges) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c", "d"]


def reached(edges: dict[str, set[str]], start: str) -> set[str]:
    """Return the modules that a module imports, and those that they import."""
    found, left = set(), [start]
    while left:
        new = edges[left.pop()] - found
        found |= new
        left += new
    return found


def test_what_analyzes_imports_nothing_that_trains():
    edges, training = graph(), {"tokcomp_cli.learned.losses", "tokcomp_cli.training.course"}
    assert not training & reached(edges, "tokcomp_cli.commands.analyze")
    assert training <= reached(edges, "tokcomp_cli.commands.evidence.train")


def test_no_room_is_a_hall():
    for room in {path.parent for path in FILES} - {PACKAGE / "compress"}:
        files = list(room.glob("*.py"))
        lines = sum(len(path.read_text().splitlines()) for path in files)
        assert len(files) <= 18, f"{room.name} holds {len(files)} files; is it two rooms?"
        assert lines <= 2500, f"{room.name} holds {lines} lines; is it two rooms?"


def test_the_check_can_fail():
    assert FLOORS["media"] == FLOORS["encoders"]
    assert room_of("tokcomp_cli.media.open") == "media"
    assert imports(PACKAGE / "api.py") >= {"tokcomp_cli.pipeline.run"}


def files_importing(library: str) -> set[str]:
    return {
        str(path.relative_to(PACKAGE))
        for path in FILES
        if any(name.split(".")[0] == library for name in imports(path))
    }


def test_only_commands_know_typer_and_only_they_and_the_console_know_rich():
    commands, console = ("commands/", "cli/"), "render/console/"
    assert all(name.startswith(commands) for name in files_importing("typer") | files_importing("click"))
    assert all(name.startswith((*commands, console)) for name in files_importing("rich"))


def test_no_room_is_called_utils():
    assert not [path for path in FILES if path.stem in {"utils", "helpers", "misc"}]


def test_every_package_init_but_the_tables_is_empty_of_code():
    tables = {"__init__.py", "compress/__init__.py", "encoders/__init__.py"}
    for path in PACKAGE.rglob("__init__.py"):
        name = str(path.relative_to(PACKAGE))
        body = ast.parse(path.read_text()).body
        code = [node for node in body if not isinstance(node, ast.Expr)]
        assert name in tables or not code, name
