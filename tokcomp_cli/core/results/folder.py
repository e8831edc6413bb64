"""Which budget fits many files together. Console and JSON read these and nothing else."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FixedBudget:
    """One number of tokens for every merged frame of every file; a picture is one merged frame.

    Attributes:
        tokens: For each merged frame; a file with fewer keeps all of its own.
        low, high: 95 % bootstrap interval of `tokens`, over files.
        total: Tokens of all files together.
        explained: Mean over files.
        reached: Files that reach the target.
    """

    tokens: int
    low: int
    high: int
    total: int
    explained: float
    reached: int


@dataclass(frozen=True, slots=True)
class AdaptiveBudget:
    """One total, spread over all files by one cut at equal marginal loss.

    Attributes:
        total: Tokens of all files together.
        explained: Mean over files.
        reached: Files that reach the target.
        saving: Share of the fixed budget's tokens that it does without; None where it stands beside none.
    """

    total: int
    explained: float
    reached: int
    saving: float | None


@dataclass(frozen=True, slots=True)
class FileNeed:
    """What one file needs, and what it has under the budgets of the folder.

    Attributes:
        path: As given.
        original: Patch tokens of its sampled frames.
        merged_frames: Merged frames.
        needed: Fewest tokens that reach the target; None where none do.
        reachable: Largest `explained` that any budget reaches.
        explained_fixed: `explained` under the fixed budget, or None.
        adaptive: Tokens that it has under the adaptive budget, or None.
        explained_adaptive: What those explain, or None.
        outlier: Whether it needs far more or far less a merged frame than the others.
        bound: Whether the resize decides what can be seen of it, so that tokens tell little; None where
            nobody looked.
    """

    path: str
    original: int
    merged_frames: int
    needed: int | None
    reachable: float
    explained_fixed: float | None
    adaptive: int | None
    explained_adaptive: float | None
    outlier: Literal["above", "below"] | None
    bound: bool | None = None

    @property
    def each(self) -> float | None:
        """Return the tokens needed for each merged frame."""
        return None if self.needed is None else self.needed / self.merged_frames


@dataclass(frozen=True, slots=True)
class FolderBudget:
    """Which budget several files need.

    Attributes:
        target: Asked-for `explained`.
        fixed: Smallest fixed budget whose mean `explained` reaches the target; None where none does.
        most: Smallest fixed budget at which nine in ten files reach it; None where none does.
        adaptive: The smallest adaptive budget whose mean is at least that of `fixed`, or the one asked for.
        needed: Tokens of all files when each has just what it needs, or all of its own where that is too few.
        needs: One a file, in the order given.
        notes: What was limited, each a sentence.
        verdict: In plain words.
    """

    target: float
    fixed: FixedBudget | None
    most: FixedBudget | None
    adaptive: AdaptiveBudget | None
    needed: int
    needs: tuple[FileNeed, ...]
    notes: tuple[str, ...]
    verdict: str
