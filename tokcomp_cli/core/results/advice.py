"""What a run says beside its ledger: detail path, tiers of relevance, a serving engine's setting."""

from dataclasses import dataclass

from tokcomp_cli.core.results.tier import Tier


@dataclass(frozen=True, slots=True)
class Detail:
    """Whether a picture should be read at a higher resolution, and what that is worth.

    Where the tiles were not encoded, everything after `at_seconds` is None.

    Attributes:
        wanted: Whether the detail path is called for.
        reasons: Why, each a short phrase; empty where it is not.
        edge: Share of pixels on edges in the picture judged, in [0, 1].
        text: Likelihood that the picture holds text, in [0, 1]; None where nothing measured it.
        at_seconds: Start of the merged frame judged, the hardest one; None for an image.
        tiles: Inputs of the encoder that the picture at a higher resolution takes.
        threshold: Cosine to the global token above which a detail token is nothing new.
        tokens_global: Tokens of the whole picture, pooled.
        tokens_tiles: Tokens that the tiles are pooled to.
        tokens_detail: How many of those are new.
        explained_global: Share of the full-resolution content that the global tokens explain.
        explained_detail: The same with the new detail tokens beside them.
        explained_all: The same with every detail token.
        notes: What limits these figures, each a sentence.
    """

    wanted: bool
    reasons: tuple[str, ...]
    edge: float
    text: float | None
    at_seconds: float | None = None
    tiles: int | None = None
    threshold: float | None = None
    tokens_global: int | None = None
    tokens_tiles: int | None = None
    tokens_detail: int | None = None
    explained_global: float | None = None
    explained_detail: float | None = None
    explained_all: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def recovered(self) -> float | None:
        """Return what the new detail tokens add to `explained`, or None where it was not measured."""
        if self.explained_global is None or self.explained_detail is None:
            return None
        return self.explained_detail - self.explained_global


@dataclass(frozen=True, slots=True)
class Lod:
    """Levels of detail by relevance, on the tokens that entered the stages.

    Attributes:
        tiers: From the most relevant cells to the least.
        cell: Rows and columns of patches of a cell.
        relevance: `text` (how much a patch answers the query) or `saliency`.
        tokens_in, tokens: Tokens before and after, over all merged frames.
        explained: Share of the content that is left.
        explained_ward: What Ward's merges leave at the same count, without any regard to relevance.
        map: Tokens that each cell of the hardest merged frame may keep, rows of cells.
        at_seconds: Start of that merged frame; None for an image.
    """

    tiers: tuple[Tier, ...]
    cell: tuple[int, int]
    relevance: str
    tokens_in: int
    tokens: int
    explained: float
    explained_ward: float
    map: tuple[tuple[int, ...], ...]
    at_seconds: float | None


@dataclass(frozen=True, slots=True)
class Serving:
    """A serving engine's pruning setting, measured on this input with the engine's own rule.

    Attributes:
        engine: As asked for.
        method: The rule that the engine prunes by.
        target: `explained` to keep.
        setting: What to give the engine; None where it does not apply.
        value: Its value.
        tokens_in, tokens_out: Before and after pruning at that value.
        explained: At that value.
        next_value, next_explained: The next stronger value, which misses the target; None at the strongest.
        measured_in: Whose feature space the figures are measured in.
        notes: What limits them, or why there is none, each a sentence.
    """

    engine: str
    method: str
    target: float
    setting: str | None = None
    value: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    explained: float | None = None
    next_value: float | None = None
    next_explained: float | None = None
    measured_in: str = ""
    notes: tuple[str, ...] = ()
