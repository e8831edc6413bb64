"""A tier of relevance, as users write it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """So many cells of the grid keep at most so many tokens each; tiers go from the most relevant cells."""

    cells: int
    tokens_per_cell: int

    def __str__(self) -> str:
        """Return the tier as users write it."""
        return f"{self.cells}x{self.tokens_per_cell}"
