"""The summary of a batch, added up record by record; of each file only a few numbers are kept."""

import math
import os
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from tokcomp_cli.batching.record import block, failed, number
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.results.batch import BatchSummary, FlaggedFile, FolderSummary, Need, Spread
from tokcomp_cli.core.shares import MUCH_LOST
from tokcomp_cli.errors import PlanError
from tokcomp_cli.plan.budget import BAND_SHARES

PERCENTILE = 90
MOST_FLAGGED = 200
KINDS = ("pictures", "clips")


@dataclass(slots=True)
class _Folder:
    ok: int = 0
    failed: int = 0
    original: int = 0
    llm_input: int = 0
    explained: float = 0.0
    difficulty: float = 0.0


@dataclass(slots=True)
class _Needs:
    """Tokens and shares that files of one kind need; infinite where no budget is enough."""

    tokens: "array[float]" = field(default_factory=lambda: array("d"))
    shares: "array[float]" = field(default_factory=lambda: array("d"))


NEEDED = (
    ("tokens", "original"),
    ("tokens", "llm_input"),
    ("tokens", "last_layer"),
    ("fidelity", "explained"),
    ("difficulty", "score"),
)
"""Numbers that every record of a file that was analyzed has."""


class RunningSummary:
    """Sums and figures of the records so far.

    Attributes:
        ok, failed, skipped: Records by status, and those of an earlier run.
    """

    def __init__(self) -> None:
        self.ok = self.failed = self.skipped = 0
        self._errors: Counter[str] = Counter()
        self._bands: Counter[str] = Counter()
        self._tokens: Counter[str] = Counter()
        self._figures = {name: array("d") for name in ("reduction", "explained", "difficulty")}
        self._needs = {kind: _Needs() for kind in KINDS}
        self._target = math.nan
        self._folders: dict[str, _Folder] = {}
        self._flagged: list[tuple[float, FlaggedFile]] = []
        self._flagged_count = 0

    def add(self, record: Mapping[str, object], *, skipped: bool = False) -> None:
        """Count a record.

        Args:
            record: Of one input.
            skipped: Whether it is from an earlier run.
        """
        path = str(record["path"])
        folder = self._folders.setdefault(os.path.dirname(path) or ".", _Folder())  # noqa: PTH120
        self.skipped += skipped
        if failed(record):
            error = block(record, "error")
            self.failed += 1
            folder.failed += 1
            self._errors[str(error.get("type"))] += 1
            self._flag(-math.inf, path, f"failed, {error.get('type')}: {_own(path, error)}")
            return
        for part, name in NEEDED:
            if math.isnan(number(block(record, part), name)):
                lacks = f"the record of '{printable(path)}' lacks {part}.{name}"
                raise PlanError(f"{lacks}; leave this line out, and run the batch again with --resume")
        self.ok += 1
        folder.ok += 1
        self._add_figures(record, folder)
        self._add_need(record)
        self._flag_if_odd(path, record)

    def _add_figures(self, record: Mapping[str, object], folder: _Folder) -> None:
        tokens, difficulty = block(record, "tokens"), block(record, "difficulty")
        explained, score = number(block(record, "fidelity"), "explained"), number(difficulty, "score")
        for name in ("original", "llm_input", "last_layer"):
            self._tokens[name] += int(number(tokens, name))
        self._figures["reduction"].append(number(tokens, "reduction"))
        self._figures["explained"].append(explained)
        self._figures["difficulty"].append(score)
        self._bands[str(difficulty.get("band"))] += 1
        folder.original += int(number(tokens, "original"))
        folder.llm_input += int(number(tokens, "llm_input"))
        folder.explained += explained
        folder.difficulty += score

    def _add_need(self, record: Mapping[str, object]) -> None:
        target = number(record, "target")
        if math.isnan(target):
            return
        self._target = target
        needs = self._needs[KINDS[block(record, "media").get("kind") != "image"]]
        tokens = number(block(record, "recommended"), "tokens")
        needs.tokens.append(math.inf if math.isnan(tokens) else tokens)
        needs.shares.append(needs.tokens[-1] / number(block(record, "tokens"), "original"))

    def _flag_if_odd(self, path: str, record: Mapping[str, object]) -> None:
        """List a file that succeeded among those to look at, if anything is odd about it."""
        explained = number(block(record, "fidelity"), "explained")
        reasons = []
        if explained < MUCH_LOST:
            reasons.append(f"only {explained:.3f} of the content is kept")
        if block(record, "media").get("salvaged"):
            reasons.append("damaged, read only as far as it goes")
        if record.get("target") is not None and record.get("recommended") is None:
            reasons.append(f"no budget reaches {number(record, 'target'):g}")
        if reasons:
            self._flag(explained, path, "; ".join(reasons))

    def _flag(self, rank: float, path: str, why: str) -> None:
        self._flagged_count += 1
        self._flagged.append((rank, FlaggedFile(path, why)))
        if len(self._flagged) > 2 * MOST_FLAGGED:
            self._flagged = _worst(self._flagged)

    def result(self, requested: int | None = None) -> BatchSummary:
        """Return the summary of all records so far.

        Args:
            requested: Inputs of the batch; None for those that have a record.
        """
        needs = [_need(kind, needs, self._target) for kind, needs in self._needs.items() if needs.tokens]
        spreads = {name: _spread(values) for name, values in self._figures.items()}
        return BatchSummary(
            requested=self.ok + self.failed if requested is None else requested,
            ok=self.ok,
            failed=self.failed,
            skipped=self.skipped,
            errors=dict(sorted(self._errors.items())),
            original=self._tokens["original"],
            llm_input=self._tokens["llm_input"],
            last_layer=self._tokens["last_layer"],
            reduction=spreads["reduction"],
            explained=spreads["explained"],
            difficulty=spreads["difficulty"],
            bands={band: self._bands[band] for band in BAND_SHARES},
            needs=tuple(needs),
            folders=tuple(_folder(name, self._folders[name]) for name in sorted(self._folders)),
            look=tuple(file for _, file in _worst(self._flagged)),
            looks=self._flagged_count,
        )


def _own(path: str, error: Mapping[str, object]) -> str:
    """Return an error's message without the path that it is about."""
    return str(error.get("message")).removeprefix(f"{printable(path)}: ")


def _worst(flagged: list[tuple[float, FlaggedFile]]) -> list[tuple[float, FlaggedFile]]:
    return sorted(flagged, key=lambda one: (one[0], one[1].path))[:MOST_FLAGGED]


def _spread(values: "array[float]") -> Spread | None:
    if not values:
        return None
    found = np.asarray(values)
    least, p10, p50, p90, most = np.quantile(found, (0, 0.1, 0.5, 0.9, 1)).tolist()
    return Spread(len(found), float(found.mean()), least, p10, p50, p90, most)


def _need(kind: str, needs: _Needs, target: float) -> Need:
    """Return the least budget that is enough for nine of ten files: the percentile by nearest rank."""
    rank = math.ceil(len(needs.tokens) * PERCENTILE / 100) - 1
    tokens, share = sorted(needs.tokens)[rank], sorted(needs.shares)[rank]
    return Need(
        kind=kind,
        files=len(needs.tokens),
        target=target,
        percentile=PERCENTILE,
        tokens=None if math.isinf(tokens) else int(tokens),
        share=None if math.isinf(share) else share,
        unreached=sum(map(math.isinf, needs.tokens)),
    )


def _folder(name: str, of: _Folder) -> FolderSummary:
    mean = (of.explained / of.ok, of.difficulty / of.ok) if of.ok else (None, None)
    return FolderSummary(
        name, of.ok, of.failed, of.original, of.llm_input, *cast("tuple[float, float]", mean)
    )
