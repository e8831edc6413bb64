"""What an output holds already, and what of it still stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from tokcomp_cli.batch.job import Stamp
from tokcomp_cli.batch.journal import Journal
from tokcomp_cli.batch.record import Seen, block, failed, key_of, seen_of
from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import PlanError
from tokcomp_cli.render.schema import SCHEMA_VERSION

_SHOWN = 4


@dataclass(slots=True)
class Manifest:
    """What is to be done.

    Attributes:
        pending: Inputs without a record that stands, in order.
        kept: Numbers of the lines that stand for an input of this batch.
        stale: Numbers of the lines to leave out: of files that changed, repeated, or to be tried again.
    """

    pending: list[str]
    kept: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)


def fresh(paths: Sequence[str]) -> Manifest:
    """Return what is to be done where nothing is."""
    return Manifest(list(paths))


def resumed(journal: Journal, paths: Sequence[str], stamp: Stamp, *, retry_failed: bool) -> Manifest:
    """Return what is left to do of a batch that was begun.

    A record stands where path, size and time of change are those of the file now. Lines of files that this
    batch is not about stay as they are.

    Args:
        journal: The output so far.
        paths: What the batch is about.
        stamp: Of this batch.
        retry_failed: Whether records of failures do not stand.

    Raises:
        PlanError: A line is no record, or was made with other settings, weights or another schema.
    """
    wanted = {key_of(path): path for path in paths}
    last: dict[str, int] = {}
    manifest = Manifest([])
    for number, record in enumerate(journal):
        check(record, stamp, str(journal.path))
        key = key_of(str(record["path"]))
        if key in last:
            manifest.stale.add(last[key])
            manifest.kept.discard(last[key])
        last[key] = number
        if key not in wanted:
            continue
        if seen_of(record) == Seen.at(wanted[key]) and not (retry_failed and failed(record)):
            manifest.kept.add(number)
        else:
            manifest.stale.add(number)
    manifest.pending += [path for key, path in wanted.items() if last.get(key) not in manifest.kept]
    return manifest


def check(record: Mapping[str, object], stamp: Stamp, output: str) -> None:
    """Check that a record may stand beside those of this batch.

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
    if about.get("settings_sha256") != stamp.settings_sha256:
        raise PlanError(
            f"'{shown}' holds results made with other settings ({_difference(about, stamp)}); {advice}"
        )
    if about.get("weights_sha256") != stamp.weights_sha256:
        was, now = (str(one)[:12] for one in (about.get("weights_sha256"), stamp.weights_sha256))
        raise PlanError(
            f"'{shown}' holds results made with other weights (sha256 {was}, now {now}); {advice}"
        )


def _difference(about: Mapping[str, object], stamp: Stamp) -> str:
    """Return in words which settings differ."""
    before = cast("Mapping[str, object]", about.get("settings") or {})
    names = [*stamp.settings, *(name for name in before if name not in stamp.settings)]
    differing = [name for name in names if before.get(name) != stamp.settings.get(name)]
    words = [
        f"{name} {_word(before.get(name))}, now {_word(stamp.settings.get(name))}"
        for name in differing[:_SHOWN]
    ]
    more = [f"{len(differing) - _SHOWN} more"] if len(differing) > _SHOWN else []
    return printable("; ".join([*words, *more])) or "which ones it does not say"


def _word(value: object) -> str:
    return "unset" if value is None else str(value)
