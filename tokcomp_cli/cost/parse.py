"""From a TOML text to models; a wrong one is told by line and key."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from tokcomp_cli.cost.kinds import (
    PICTURE_KINDS,
    VIDEO_KINDS,
    WrongKeyError,
    check_keys,
    number,
    of_kind,
    rule,
)
from tokcomp_cli.cost.model import CostModel, Tier
from tokcomp_cli.cost.video import Sampler
from tokcomp_cli.errors import PlanError, near

OWN_FORMULA = "as given in your models file"
TEXTS = ("formula", "source", "tier", "family", "currency", "video_tier")
KEYS = (
    *("name", "like", "date", "picture", "frames", "video", "tiers", "notes", "video_notes", "examples"),
    *("rejects_above", "price_per_million", *TEXTS),
)
TIER_KEYS = ("name", "picture", "video")


def models_of(text: str, shown: str, known: Mapping[str, CostModel]) -> list[CostModel]:
    """Return the models of a TOML text, in its order.

    Args:
        text: With `[[model]]` tables.
        shown: What the text is called in messages.
        known: Models that entries of the same name change, and that `like` starts from.

    Raises:
        PlanError: It is no TOML, or an entry cannot be done; the message names line and key.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{shown} is no TOML: {error}") from error
    entries = document.get("model")
    for key in document:
        if key != "model":
            raise PlanError(f"{shown}, line {_line(text, 0, key)}: {key}: only [[model]] tables are expected")
    if not isinstance(entries, list) or not entries or not all(isinstance(one, dict) for one in entries):
        raise PlanError(f"{shown}: at least one [[model]] table with a name was expected, and none is there")
    found: dict[str, CostModel] = {}
    for place, entry in enumerate(entries, start=1):
        try:
            model = _model(entry, {**known, **found}, shown)
            if model.name in found:
                raise WrongKeyError("name", f"{model.name!r} is there twice; leave one out")
        except WrongKeyError as error:
            line = _line(text, place, error.key.split(".")[0])
            raise PlanError(f"{shown}, line {line}: {error.key}: {error}") from error
        found[model.name] = model
    return list(found.values())


def _line(text: str, place: int, key: str) -> int:
    """Return the line of a key in the n-th [[model]] table, or of the table's head; 0 is before any table."""
    table, start = 0, 1
    for at, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[\[\s*model\s*\]\]", line):
            table += 1
            start = at if table == place else start
        elif table == place and re.match(
            rf"\s*(\[+\s*(model\.)?)?[\"']?{re.escape(key)}[\"']?\s*[]=.]", line
        ):
            return at
    return start


def _model(entry: Mapping[str, Any], known: Mapping[str, CostModel], shown: str) -> CostModel:
    check_keys("", entry, KEYS)
    name = entry.get("name")
    if not isinstance(name, str) or not name or ":" in name:
        raise WrongKeyError("name", f"a text without a colon was expected; got {name!r}")
    for key in TEXTS:
        if not isinstance(entry.get(key, ""), str):
            raise WrongKeyError(key, f"a text was expected; got {entry[key]!r}")
    base = known.get(name)
    if "like" in entry:
        base = known.get(str(entry["like"]))
        if base is None:
            raise WrongKeyError(
                "like", f"no model {entry['like']!r} is known{near(str(entry['like']), known)}"
            )
        base = replace(base, name=name, family=None)
    if base is None and "picture" not in entry:
        raise WrongKeyError(
            "name", f"{name!r} is a new model and needs `picture`, or `like` a known one{near(name, known)}"
        )
    if base is None:
        base = CostModel(name, None, OWN_FORMULA, shown, None, _tiers(entry, None))
    elif entry.keys() & {"picture", "video", "frames", "tiers", "tier"}:
        base = replace(
            base, tiers=_tiers(entry, base), formula=OWN_FORMULA, source=shown, date=None, examples=()
        )
    changes: dict[str, Any] = {
        key: entry[key] for key in ("formula", "source", "family", "currency", "video_tier") if key in entry
    }
    if "frames" in entry:
        changes["frames"] = rule("frames", entry["frames"], Sampler)
    if "video" in entry and base.frames is None and "frames" not in entry:
        raise WrongKeyError("video", "`frames` is needed beside it: which frames the model takes")
    return replace(base, **changes, **_plain(entry))


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are neither texts nor formulas."""
    found: dict[str, Any] = {}
    if "date" in entry:
        if not isinstance(entry["date"], date | str):
            raise WrongKeyError("date", f"a day as 2026-11-26 was expected; got {entry['date']!r}")
        found["date"] = str(entry["date"])
    for key in ("notes", "video_notes"):
        if key in entry:
            texts = entry[key]
            if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
                raise WrongKeyError(key, "a list of texts was expected")
            found[key] = tuple(texts)
    if "examples" in entry:
        found["examples"] = _examples(entry["examples"])
    for key, kind in (("rejects_above", int), ("price_per_million", float)):
        if key in entry:
            found[key] = number(key, entry[key], kind, zero=key == "price_per_million")
    return found


def _examples(given: object) -> tuple[tuple[int, int, int], ...]:
    found = []
    for row in given if isinstance(given, list) else [given]:
        if not (isinstance(row, list) and len(row) == 3 and all(type(one) is int and one > 0 for one in row)):
            raise WrongKeyError("examples", f"lists of [width, height, tokens] were expected; got {row!r}")
        found.append((row[0], row[1], row[2]))
    return tuple(found)


def _tiers(entry: Mapping[str, Any], base: CostModel | None) -> tuple[Tier, ...]:
    """Return the tiers of an entry, the default first."""
    old = None if base is None or "picture" in entry else base.tiers[0]
    picture = of_kind("picture", entry["picture"], PICTURE_KINDS) if old is None else old.picture
    video = None if base is None else base.tiers[0].video
    if "video" in entry:
        video = of_kind("video", entry["video"], VIDEO_KINDS)
    first = Tier(entry.get("tier", None if old is None else old.name), picture, video)
    if "tiers" not in entry:
        return (first, *(base.tiers[1:] if base is not None and old is not None else ()))
    if not isinstance(entry["tiers"], list) or not all(isinstance(one, dict) for one in entry["tiers"]):
        raise WrongKeyError("tiers", "a list of tables with a name was expected")
    others = []
    for one in entry["tiers"]:
        check_keys("tiers", one, TIER_KEYS)
        if not isinstance(one.get("name"), str) or not one["name"]:
            raise WrongKeyError("tiers.name", f"a text was expected; got {one.get('name')!r}")
        others.append(
            Tier(
                one["name"],
                of_kind("tiers.picture", one["picture"], PICTURE_KINDS) if "picture" in one else picture,
                of_kind("tiers.video", one["video"], VIDEO_KINDS) if "video" in one else video,
            )
        )
    return (first, *others)
