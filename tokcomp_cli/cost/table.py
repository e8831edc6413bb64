"""The table of models: ours, and the user's own over it; which of them are asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tokcomp_cli.core.names import printable
from tokcomp_cli.cost.model import CostModel, Tier
from tokcomp_cli.cost.parse import models_of
from tokcomp_cli.errors import PlanError, near

OURS = Path(__file__).with_name("models.toml")
LONGEST_FILE = 2**20
HOW_TO_ADD = "tokcomp cost --list shows them, --models-file adds one"

Chosen = tuple[CostModel, tuple[Tier, ...] | None]
"""A model, and the tiers asked for; None for all it offers."""


def load_models(models_file: str | None = None) -> dict[str, CostModel]:
    """Return the models by name: ours, changed and followed by those of a file.

    Args:
        models_file: A TOML file of the user with `[[model]]` tables, or None.

    Raises:
        PlanError: It cannot be read, or an entry is wrong; the message names line and key.
    """
    models = {one.name: one for one in models_of(OURS.read_text(encoding="utf-8"), "the table of models", {})}
    if models_file is None:
        return models
    shown = f"models file '{printable(models_file)}'"
    try:
        with Path(models_file).open("rb") as file:
            content = file.read(LONGEST_FILE + 1)
        text = content.decode("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise PlanError(f"cannot read {shown} ({reason})") from error
    if len(content) > LONGEST_FILE:
        raise PlanError(f"{shown} is longer than {LONGEST_FILE:,} bytes; name another")
    return models | {one.name: one for one in models_of(text, shown, models)}


def choose(models: Mapping[str, CostModel], names: Sequence[str], *, option: str = "--model") -> list[Chosen]:
    """Return the models that are asked for, in the order of the table.

    Args:
        models: By name.
        names: Models, families, or MODEL:TIER; the tier may leave out what stands before `=`. Empty for all.
        option: That gave them, for messages.

    Raises:
        PlanError: A name is not known; the message says which is near, and how one is added.
    """
    asked: dict[str, list[Tier] | None] = {}
    for name in names:
        word, _, tier = name.partition(":")
        found = [
            one for one in models.values() if word.lower() in {one.name.lower(), (one.family or "").lower()}
        ]
        if not word or not found:
            families = {one.family for one in models.values() if one.family}
            known = [*models, *families]
            raise PlanError(f"{option}: no model {word!r} is in the table{near(word, known)}; {HOW_TO_ADD}")
        for one in found:
            if not tier:
                asked[one.name] = None
            elif (before := asked.get(one.name, [])) is not None:
                asked[one.name] = [*before, _tier(one, tier, option)]
    order = [one for one in models.values() if not names or one.name in asked]
    return [
        (one, None if not (tiers := asked.get(one.name)) else tuple(dict.fromkeys(tiers))) for one in order
    ]


def _tier(model: CostModel, word: str, option: str) -> Tier:
    """Return a tier by its name or by the value in it."""
    by_name: dict[str, Tier] = {}
    for one in model.tiers:
        if one.name is not None:
            by_name[one.name.lower()] = one
            by_name[one.name.lower().partition("=")[2] or one.name.lower()] = one
    if word.lower() not in by_name:
        names = [one.name for one in model.tiers if one.name]
        has = f"has {', '.join(names)}" if names else "has only one"
        raise PlanError(f"{option}: {model.name} has no tier {word!r}{near(word, by_name)}; it {has}")
    return by_name[word.lower()]
