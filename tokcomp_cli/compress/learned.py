"""A learned compressor (the reference note's FastVLM section): the one that ships, or the user's own."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tokcomp_cli.compress.base import Method, Weights
from tokcomp_cli.compress.merging import rebuilt
from tokcomp_cli.compress.needs import saliency_of
from tokcomp_cli.core.lazy import Tensor, torch
from tokcomp_cli.core.origin import merge_mean
from tokcomp_cli.core.tensor_file import read_sealed, write_sealed
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.errors import EvidenceError, PlanError

if TYPE_CHECKING:
    from tokcomp_cli.compress.learned_network import LearnedCompressor

AGAIN = "train one with `tokcomp train compressor`"
SHIPPED = Path(__file__).parent / "shipped" / "learned.safetensors"


@dataclass(frozen=True, slots=True)
class CompressorCard:
    """What a checkpoint says of itself.

    Attributes:
        encoder: Name of the encoder on whose tokens it was trained.
        encoder_sha256: Of its weights, or empty.
        dim: Width of a token.
        scale: Root mean square of the content over training pictures.
        fewest, most: Tokens kept in training.
        of: Tokens of a picture in training.
        loss: `answers` or `reconstruction`.
        readers: Answerers whose loss it was; empty for none.
        seed: Of the training.
        epochs: Passes over the pictures.
        scenes: Training pictures.
        minutes: That training took, without the pictures; measured.
        data: Where the training pictures come from, with licences.
        figures: What was measured on pictures for choosing, by name.
    """

    encoder: str
    encoder_sha256: str
    dim: int
    scale: float
    fewest: int
    most: int
    of: int
    loss: str
    readers: tuple[str, ...]
    seed: int
    epochs: int
    scenes: int
    minutes: float
    data: tuple[str, ...]
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Learned:
    """The function of a method with a checkpoint."""

    net: LearnedCompressor
    card: CompressorCard
    name: str

    def __call__(self, tokens: TokenSet, *, num_keep: int) -> Compressed:
        """Return `num_keep` tokens, each merged from those that it owns.

        Args:
            tokens: N tokens with saliency, as wide as those of the training.
            num_keep: In the range of the training, or N.

        Raises:
            PlanError: They have no saliency, or the budget is none that it was trained at.
            EvidenceError: They are of another width.
        """
        card, saliency = self.card, saliency_of(tokens, self.name)
        if tokens.features.shape[1] != card.dim:
            raise EvidenceError(
                f"{self.name} was trained on tokens of {card.encoder}, {card.dim} wide, and got tokens "
                f"{tokens.features.shape[1]} wide; choose that encoder, or {AGAIN}"
            )
        if num_keep == len(tokens):
            owner = torch.arange(num_keep, device=tokens.features.device)
            return Compressed(tokens.features, tokens.sizes, owner)
        share = num_keep / len(tokens)
        if not card.fewest / card.of <= share <= card.most / card.of:
            low, high = (round(one / card.of * len(tokens)) for one in (card.fewest, card.most))
            raise PlanError(
                f"{self.name} was trained at {low} to {high} of {len(tokens)} tokens, and {num_keep} were "
                "asked for; choose a budget in between, or saliency-ward"
            )
        return self._compressed(tokens, saliency, num_keep)

    def _compressed(self, tokens: TokenSet, saliency: Tensor, num_keep: int) -> Compressed:
        self.net.to(tokens.features.device)
        content = tokens.content.float() / self.card.scale
        found, kept, owner = self.net(content[None], saliency.float()[None], tokens.sizes[None], num_keep)
        found, kept, owner = found[0], kept[0], owner[0]
        if tokens.blank is not None:
            found = found * self.card.scale + merge_mean(tokens.blank, tokens.sizes, owner, num_keep)[0]
        else:
            found = found * self.card.scale
        alone = torch.bincount(owner, minlength=num_keep) == 1
        own = tokens.features[kept]
        return rebuilt(tokens, owner, torch.where(alone[:, None], own, found.to(own.dtype)))


def of_checkpoint(method: Method, path: str) -> Method:
    """Return the method with a checkpoint's weights, named `learned:FILE`; with those that ship, `learned`.

    Raises:
        EvidenceError: The file is missing, altered or no compressor.
    """
    where = Path(path) if path else SHIPPED
    stamp = where.stat().st_mtime_ns if where.exists() else 0
    return _loaded(where, f"{method.name}:{path}" if path else method.name, stamp)


@lru_cache(maxsize=8)
def _loaded(path: Path, name: str, _stamp: int) -> Method:
    net, card, sha256 = read_compressor(path)
    return replace(
        METHOD,
        name=name,
        compress=Learned(net, card, name),
        needs=frozenset({"saliency"}),
        load=None,
        weights=Weights(card.encoder, card.encoder_sha256, sha256),
    )


def read_compressor(path: Path) -> tuple[LearnedCompressor, CompressorCard, str]:
    """Return a compressor, its card and its hash.

    Raises:
        EvidenceError: There is none, or it was altered.
    """
    from tokcomp_cli.compress.learned_network import LearnedCompressor

    tensors, told, sha256 = read_sealed(path, what="learned compressor", remedy=AGAIN)
    try:
        card = CompressorCard(**told)  # what does not fit fails here
        with torch.device("cpu"):
            net = LearnedCompressor(card.dim)
        net.load_state_dict({name: value.float() for name, value in tensors.items()})
    except (TypeError, RuntimeError) as error:
        raise EvidenceError(
            f"{path}: a learned compressor was expected, and this is another checkpoint; {AGAIN}"
        ) from error
    return net.eval().requires_grad_(False), card, sha256


def write_compressor(path: Path, net: LearnedCompressor, card: CompressorCard) -> None:
    """Write a compressor in half precision with its card."""
    tensors = {name: value.detach().half() for name, value in net.state_dict().items()}
    write_sealed(path, tensors, asdict(card))


def compress(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Return `num_keep` tokens by the weights that ship; arguments and errors as for those of a file."""
    return of_checkpoint(METHOD, "").run(tokens, num_keep)


METHOD = Method(
    name="learned",
    stage="spatial",
    rule="keep what a network finds important and covers the rest, merge the others by another network",
    paper="the reference note's LearnedCompressor (its FastVLM section); ours as trained (docs/learned.md)",
    compress=compress,
    load=of_checkpoint,
    needs=frozenset({"saliency"}),
    weighted=True,
    deviations=(
        "the note's choice passes no gradient to importance; here kept tokens are gated by it",
        "the note merges the discarded tokens one by one, so their order counts; here they are pooled",
        "the note keeps the highest scores, near-duplicates too; here a score counts by what it covers",
        "both networks are told the budget, and the importance network the saliency and the picture's mean",
    ),
)
