"""A comparison as the library returns it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokcomp_cli.core.results.comparison import ComparedMethod, Comparison
from tokcomp_cli.core.shares import share
from tokcomp_cli.core.tables import data_frame
from tokcomp_cli.render.schema.compare import comparison_document

if TYPE_CHECKING:
    from tokcomp_cli.render.schema.document import Document


@dataclass(frozen=True, slots=True, repr=False)
class ComparisonResult:
    """Methods at one count of one input's tokens.

    Attributes:
        comparison: What was found out.
    """

    comparison: Comparison

    @property
    def methods(self) -> tuple[ComparedMethod, ...]:
        """Return the methods, the highest `explained` first."""
        return self.comparison.methods

    def to_dict(self) -> "Document":
        """Return the document that `tokcomp compare --json` prints."""
        return comparison_document(self.comparison)

    def to_pandas(self) -> Any:
        """Return a data frame with a row for each method.

        Raises:
            PlanError: pandas is not installed.
        """
        return data_frame(
            [
                {
                    "label": row.label,
                    "method": row.method,
                    "stage": row.stage,
                    "pool": row.pool,
                    "control": row.control,
                    "tokens": row.tokens_out,
                    "explained": row.fidelity.explained,
                    "lift": row.lift,
                    "ms": row.ms,
                }
                for row in self.methods
            ]
        )

    def _repr_html_(self) -> str:
        """Return the page of the comparison, in a frame of its own, for a notebook."""
        from tokcomp_cli.report.make_page import framed, page_of_comparisons

        return framed(page_of_comparisons([self.comparison]))

    def __repr__(self) -> str:
        found, best = self.comparison, self.methods[0]
        return (
            f"ComparisonResult({found.path!r}: {len(self.methods)} methods at {found.tokens:,} tokens, "
            f"best {best.label} {share(best.fidelity.explained)})"
        )
