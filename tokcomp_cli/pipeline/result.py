"""What a run leaves: the analysis, and the tokens it is about."""

from dataclasses import dataclass

from torch import Tensor

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.reduce.conservation import full_origin, kept_tokens
from tokcomp_cli.reduce.merged_frame import MergedFrame


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """An analysis and the tokens it is about.

    Attributes:
        analysis: What was found out.
        groups: Merged frames after the last stage.
        frame_index: The file's number of each frame that was encoded, tiles last.
        pts_seconds: Presentation time of each.
        curve: `explained` as a function of the total of tokens; None where no budget decides it.
    """

    analysis: Analysis
    groups: tuple[MergedFrame, ...]
    frame_index: tuple[int, ...]
    pts_seconds: tuple[float, ...]
    curve: Curve | None

    @property
    def tokens(self) -> TokenSet:
        """Return the kept tokens of the whole input, in the order of their earliest patch."""
        return kept_tokens(self.groups)

    @property
    def origin(self) -> Tensor:
        """Return the token of every original patch, or -1 where it was pruned, int64, (T * P,)."""
        return full_origin(self.groups)

    def __repr__(self) -> str:
        one = self.analysis
        return (
            f"Result({one.media.path!r}: {one.original:,} -> {one.llm_input:,} tokens, "
            f"explained {one.fidelity.explained:.3f})"
        )
