"""Which files of a batch still need a record, and which lines of its output remain valid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from tokcomp_cli.batching.job import SettingsHash
from tokcomp_cli.batching.jsonl_writer import JsonlWriter
from tokcomp_cli.batching.record import FileStat, block, failed, path_key
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.schema.document import SCHEMA_VERSION

_SHOWN = 4


@dataclass(slots=True)
class Remaining:
    """What is left to do.

    Attributes:
        pending: Inputs without a valid record, in order.
        valid: Numbers of the lines that hold the record of an input of this batch.
        stale: Numbers of the lines to delete: of files that changed, repeated, or to be tried again.
    """

    pending: list[str]
    valid: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)


def remaining(
    output: JsonlWriter, paths: Sequence[str], settings: SettingsHash, *, retry_failed: bool
) -> Remaining:
    """Return what is left to do of a batch that was begun.

    A record is valid while the file has the size and the time of change that the record holds. Lines of files
    that this batch does not ask for stay as they are.

    Args:
        output: The output so far.
        paths: Inputs of the batch.
        settings: Of this batch.
        retry_failed: Whether to do files again that failed.

    Raises:
        PlanError: A line is no record, or was made with other settings, weights or another schema.
    """
    wanted = {path_key(path): path for path in paths}
    last: dict[str, int] = {}
    found = Remaining([])
    for number, record in enumerate(output):
        check(record, settings, str(output.path))
        key = path_key(str(record["path"]))
        if key in last:
            found.stale.add(last[key])
            found.valid.discard(last[key])
        last[key] = number
        if key not in wanted:
            continue
        unchanged = FileStat.of_record(record) == FileStat.at(wanted[key])
        (found.valid if unchanged and not (retry_failed and failed(record)) else found.stale).add(number)
    found.pending += [path for key, path in wanted.items() if last.get(key) not in found.valid]
    return found


def check(record: Mapping[str, object], settings: SettingsHash, output: str) -> None:
    """Check that a record goes with those of this batch.

    Raises:
        PlanError: It was made with other settings, weights or another schema; the message says which differ.
    """
    about, shown = block(record, "batch"), printable(output)
    version = block(record, "meta").get("schema_version")
    advice = "give the same, or name another output"
    if version != SCHEMA_VERSION:
        raise PlanError(
            f"'{shown}' holds results of schema version {version}, this tokcomp writes {SCHEMA_VERSION}; "
            "name another output"
        )
    if about.get("settings_sha256") != settings.settings_sha256:
        differing = _differing(about, settings.settings)
        raise PlanError(f"'{shown}' holds results made with other settings ({differing}); {advice}")
    if about.get("weights_sha256") != settings.weights_sha256:
        was, now = (str(one)[:12] for one in (about.get("weights_sha256"), settings.weights_sha256))
        raise PlanError(
            f"'{shown}' holds results made with other weights (sha256 {was}, now {now}); {advice}"
        )


def _differing(about: Mapping[str, object], now: Mapping[str, object]) -> str:
    """Return which settings differ, as text."""
    before = cast("Mapping[str, object]", about.get("settings") or {})
    names = [*now, *(name for name in before if name not in now)]
    differing = [name for name in names if before.get(name) != now.get(name)]
    words = [f"{name} {_word(before.get(name))}, now {_word(now.get(name))}" for name in differing[:_SHOWN]]
    more = [f"{len(differing) - _SHOWN} more"] if len(differing) > _SHOWN else []
    return printable("; ".join([*words, *more])) or "which ones it does not say"


def _word(value: object) -> str:
    return "unset" if value is None else str(value)
