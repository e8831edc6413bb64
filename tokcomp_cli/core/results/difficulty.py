"""How hard an input looks, and what the resize to the encoder's input leaves of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of the difficulty: raw measure, its value in [0, 1], and what it adds to the score."""

    value: float
    raw: float | None
    contribution: float


@dataclass(frozen=True, slots=True)
class RegionMap:
    """The salient regions of one merged frame, as the count of objects saw them.

    Attributes:
        seconds: Start of the merged frame: the hardest one of a video.
        grid: Rows and columns.
        region: Region of each patch in raster order: 0 is background, 1 the first region.
    """

    seconds: float
    grid: tuple[int, int]
    region: tuple[int, ...]

    @property
    def regions(self) -> int:
        """Return how many regions there are."""
        return max(self.region)


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How hard the input (and the query) look.

    Attributes:
        score: In [0, 1].
        band: `easy`, `medium`, `hard` or `very hard`.
        features: By name: edge, colour, objects, length, negation, counting, reasoning; with the rule
            `measured` also variety.
        effective_rank: exp(entropy of the normalised singular values) of the merged frames' content.
        attention_entropy: Entropy of the saliency over patches divided by its maximum, in [0, 1].
        hardest_seconds, hardest_score: Start and score of the hardest merged frame (a video only).
        query: The query, or None.
        rule: What the image's part of the score is: `note`, or `measured` with its fit.
        cuts: Scores at which medium, hard and very hard begin.
        variety: Effective rank of the content after its mean is taken out, of the merged frames.
        text_likelihood: How likely the pictures hold writing, in [0, 1]; None where not measured.
        text_note: Why it was not measured, or on how many pictures it was; None where it was not asked for.
        region_map: What the count of objects saw.
    """

    score: float
    band: str
    features: Mapping[str, Feature]
    effective_rank: float
    attention_entropy: float
    hardest_seconds: float | None = None
    hardest_score: float | None = None
    query: str | None = None
    rule: str = "note"
    cuts: tuple[float, float, float] = (0.30, 0.60, 0.85)
    variety: float = 1.0
    text_likelihood: float | None = None
    text_note: str | None = None
    region_map: RegionMap | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of writing in a picture.

    Attributes:
        words: Read at full size, lower case, from left to right.
        lost: Those of them that are not read in what the encoder gets.
        box: Left, top, right and bottom in shares of what the encoder sees of the picture.
    """

    words: tuple[str, ...]
    lost: tuple[str, ...]
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the resize to the encoder's input leaves of the pictures, which no token can tell.

    Attributes:
        kept: Share of the gradient energy that survives.
        contrast_kept: Share of the variance of grey values that survives.
        bound: Whether the resize decides what can be seen, rather than the tokens.
        frames_measured: Pictures it was measured on: first frames of merged frames, evenly spread.
        words_full: Words read in the pictures; None where they were not read.
        words_encoder: Of these, words that are read in what the encoder gets.
        note: What was found, in words.
        lines: Where the words are; None where they were not read, and for more than one picture.
    """

    kept: float
    contrast_kept: float
    bound: bool
    frames_measured: int
    words_full: int | None = None
    words_encoder: int | None = None
    note: str = ""
    lines: tuple[ReadLine, ...] | None = None
