"""open_clip's tables of models and of pretrained weights, read from its files without importing it."""

import ast
import copy
import json
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tokcomp_cli.errors import PlanError, near

Config = dict[str, Any]
PARTS = {"embed_dim", "vision_cfg", "text_cfg"}


@cache
def model_configs() -> dict[str, Config]:
    """Return the config of each architecture by name."""
    files = sorted(_folder().glob("model_configs/*.json"))
    stated = {file.stem: json.loads(file.read_text("utf-8")) for file in files}
    return {name: config for name, config in stated.items() if config.keys() >= PARTS}


@cache
def pretrained() -> dict[str, dict[str, Config]]:
    """Return the pretrained weights: architecture, then tag, then where they lie and what they expect."""
    try:
        return _run_table()
    except (OSError, SyntaxError, NameError, KeyError, TypeError):  # the file of another version
        found: dict[str, dict[str, Config]] = import_module("open_clip.pretrained")._PRETRAINED
        return found


def _run_table() -> dict[str, dict[str, Config]]:
    """Return open_clip's table by running its file without what the file imports.

    Importing open_clip imports torch, which takes seconds; the table is plain Python and needs neither.
    """
    names: dict[str, Any] = {"copy": copy}
    for file in ("constants.py", "pretrained.py"):
        tree = ast.parse((_folder() / file).read_text("utf-8"))
        tree.body = [
            node
            for node in tree.body
            if isinstance(node, ast.Assign | ast.Expr | ast.For)
            or (isinstance(node, ast.FunctionDef) and node.name.endswith("cfg"))
        ]
        exec(compile(tree, file, "exec"), names)  # noqa: S102  the code that `import open_clip` runs too
    table: dict[str, dict[str, Config]] = names["_PRETRAINED"]
    return table


def _folder() -> Path:
    spec = find_spec("open_clip")
    if spec is None or not spec.submodule_search_locations:
        raise PlanError("the package open_clip_torch is not installed; run `pip install open_clip_torch`")
    return Path(spec.submodule_search_locations[0])


def every_clip() -> Iterator[str]:
    """Yield the name of every pretrained model, as `clip:<model>/<pretrained>`."""
    for model, tags in pretrained().items():
        for tag in tags:
            yield f"clip:{model}/{tag}"


def model_config(model: str) -> Config:
    """Return a copy of the config of an architecture.

    Raises:
        PlanError: open_clip knows none of that name.
    """
    config = model_configs().get(model)
    if config is None:
        raise PlanError(
            f"open_clip knows no model {model!r}{near(model, model_configs())}; "
            "`tokcomp models list --all` names them"
        )
    return copy.deepcopy(config)


def pretrained_config(model: str, tag: str) -> Config | None:
    """Return the entry for a pretrained tag of a model, or None where there is none."""
    return pretrained().get(model, {}).get(_clean(tag))


def tag_config(model: str, tag: str) -> Config:
    """Return the entry for a pretrained tag of a model.

    Raises:
        PlanError: The model has no such tag.
    """
    found = pretrained_config(model, tag)
    if found is None:
        raise PlanError(unknown_tag(model, tag))
    return found


def unknown_tag(model: str, tag: str) -> str:
    """Return a sentence that names the nearest tag, the models that have this one, and the model's tags."""
    tags = pretrained().get(model, {})
    others = [other for other, theirs in pretrained().items() if _clean(tag) in theirs]
    said = f"{model} has no pretrained tag {tag!r} and there is no such file{near(tag, tags)}"
    if others:
        said += f"; that tag belongs to {', '.join(others[:4])}"
    return f"{said}; known tags: {', '.join(tags) or 'none'}"


def _clean(tag: str) -> str:
    """Return a tag as the table spells it."""
    return tag.lower().replace("-", "_")
