"""The summary of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How a figure is spread over files: mean, ends and percentiles (linear between neighbours)."""

    files: int
    mean: float
    least: float
    p10: float
    p50: float
    p90: float
    most: float


@dataclass(frozen=True, slots=True)
class Need:
    """What budget files of one kind need.

    Attributes:
        kind: `pictures` or `clips`.
        files: Of that kind, failures left out.
        target: Share of the content that is to be explained.
        percentile: Share of the files, in percent, for which `tokens` and `share` are enough.
        tokens: Tokens of a file; None where no budget is enough for so many files.
        share: Tokens divided by the original count; None likewise.
        unreached: Files for which no budget is enough.
    """

    kind: str
    files: int
    target: float
    percentile: int
    tokens: int | None
    share: float | None
    unreached: int


@dataclass(frozen=True, slots=True)
class FolderSummary:
    """The files directly in one folder; means are over files, None where all failed."""

    folder: str
    ok: int
    failed: int
    original: int
    llm_input: int
    explained: float | None
    difficulty: float | None


@dataclass(frozen=True, slots=True)
class FlaggedFile:
    """A file that a person should look at, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What the records of a batch come to.

    Attributes:
        requested: Inputs of the batch.
        ok: Inputs that are done.
        failed: Inputs that failed.
        skipped: Of these two together, those whose record was there before.
        errors: Failures by type.
        original, llm_input, last_layer: Tokens over all files that are done.
        reduction, explained, difficulty: Spread over files; None where none is done.
        bands: Files by difficulty band.
        needs: Budgets that nine of ten files get by with.
        folders: By folder, in order of path.
        look: Files to look at, failures first, then those that keep least.
        looks: How many there are; `look` may hold fewer.
    """

    requested: int
    ok: int
    failed: int
    skipped: int
    errors: Mapping[str, int]
    original: int
    llm_input: int
    last_layer: int
    reduction: Spread | None
    explained: Spread | None
    difficulty: Spread | None
    bands: Mapping[str, int]
    needs: tuple[Need, ...]
    folders: tuple[FolderSummary, ...]
    look: tuple[FlaggedFile, ...]
    looks: int

    @property
    def left(self) -> int:
        """Return the inputs that have no record yet."""
        return self.requested - self.ok - self.failed
