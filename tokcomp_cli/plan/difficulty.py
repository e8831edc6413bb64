"""How the difficulty is judged."""

from dataclasses import dataclass

from tokcomp_cli.core.setting import setting
from tokcomp_cli.difficulty.rules import NOTE_CUTS, Cuts, parse_cuts, parse_rule


@dataclass(frozen=True, slots=True)
class DifficultyPlan:
    """How the difficulty is judged.

    Attributes:
        rule: What the image's part of the difficulty is: `note`, `measured` or `measured:A,B`.
        cuts: Scores at which medium, hard and very hard begin.
    """

    rule: str = setting(
        "note",
        "What the picture adds to the difficulty.",
        key="difficulty",
        metavar="note|measured|measured:A,B",
        show=lambda rule: str(parse_rule(rule)),
    )
    cuts: Cuts = setting(
        NOTE_CUTS,
        "Where medium, hard and very hard begin.",
        key="difficulty_cuts",
        metavar="A,B,C",
        parse=parse_cuts,
    )

    def __post_init__(self) -> None:
        """Check the rule.

        Raises:
            PlanError: There is no such rule.
        """
        parse_rule(self.rule)
