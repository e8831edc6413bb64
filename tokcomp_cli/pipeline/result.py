"""What a run leaves: the analysis, and the tokens it is about."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from torch import Tensor

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.core.results.curve import Recommendation
from tokcomp_cli.core.tables import data_frame
from tokcomp_cli.core.tokens import TokenSet
from tokcomp_cli.measure.curve import Curve
from tokcomp_cli.reduce.conservation import full_origin, kept_tokens
from tokcomp_cli.reduce.merged_frame import MergedFrame
from tokcomp_cli.render.schema.analysis import analysis_document
from tokcomp_cli.render.schema.document import Document


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

    @property
    def recommendation(self) -> Recommendation | None:
        """Return the measured budget for the target, where one was asked for."""
        return self.analysis.recommendation

    def to_dict(self, *, maps: bool = False) -> Document:
        """Return the document that `tokcomp analyze --json` prints.

        Args:
            maps: Whether to add which token each patch has.
        """
        return analysis_document(self.analysis, maps=maps)

    def to_pandas(self) -> Any:
        """Return a data frame with a row for each merged frame.

        Raises:
            PlanError: pandas is not installed.
        """
        return data_frame([asdict(entry) for entry in self.analysis.timeline])

    def _repr_html_(self) -> str:
        """Return the page of the result, in a frame of its own, for a notebook."""
        from tokcomp_cli.pipeline.keep_maps import nested_maps, wanted_totals
        from tokcomp_cli.report.make_page import framed, page_of_analysis

        found = self.analysis
        if found.nested is None:
            nested = nested_maps(
                self.groups, self.curve, wanted_totals(found.llm_input, found.recommendation)
            )
            found = replace(found, nested=nested)
        command = "analyze" if found.recommendation is None else "budget"
        return framed(page_of_analysis(found, command))

    def __repr__(self) -> str:
        one = self.analysis
        return (
            f"Result({one.media.path!r}: {one.original:,} -> {one.llm_input:,} tokens, "
            f"explained {one.fidelity.explained:.3f})"
        )
