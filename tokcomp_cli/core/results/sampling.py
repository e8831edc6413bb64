"""Which frames of an input were read, and which of them were encoded."""

from dataclasses import dataclass

from tokcomp_cli.core.results.interval import Interval


@dataclass(frozen=True, slots=True)
class SamplingFacts:
    """Which frames were read: the rule and the counts of frames in the file, sampled and encoded."""

    rule: str
    frames_in_file: int
    frames_sampled: int
    frames_encoded: int


@dataclass(frozen=True, slots=True)
class GateFacts:
    """Frames that were not encoded because a pixel test calls them near-identical to one that was.

    Attributes:
        mode: `auto` or `strict`.
        test: What was compared.
        frames_skipped: Sampled frames that took another frame's tokens.
        frames_checked: How many of them were encoded all the same, drawn by the seed.
        similarity: Of those: mean cosine of their content with that of the frame whose tokens they took.
        error: Of those: squared distance of the two, as a share of the content's energy.
    """

    mode: str
    test: str
    frames_skipped: int
    frames_checked: int
    similarity: Interval
    error: Interval
