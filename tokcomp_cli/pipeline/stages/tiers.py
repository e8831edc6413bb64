"""Tiers of relevance: cells of the grid keep more tokens the more relevant they are."""

from dataclasses import dataclass, replace

from tokcomp_cli.detail.lod import Levels, apply
from tokcomp_cli.pipeline.stage import Line, State


@dataclass(frozen=True, slots=True)
class TierStage:
    """Caps the tokens of each cell by its relevance."""

    levels: Levels
    name: str = "lod"

    def __call__(self, state: State) -> tuple[State, Line]:
        """Return merged frames whose cells hold no more tokens than their tier."""
        levels = self.levels
        whole = len(state.groups) == len(levels.caps)
        groups = apply(state.groups, levels) if whole else state.groups
        joined = "merged frames were joined to one token each before, so nothing is left to cap"
        params = {
            "tiers": ",".join(map(str, levels.tiers)),
            "cell": f"{levels.cell[0]}x{levels.cell[1]}",
        }
        return replace(state, groups=groups), Line(levels.relevance, params, () if whole else (joined,))
