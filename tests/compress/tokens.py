"""Token sets for the tests of methods: seeded, of every awkward kind."""

from dataclasses import replace
from importlib import import_module
from types import ModuleType

import torch
from hypothesis import strategies as st
from torch import Tensor

from tokcomp_cli.compress import METHODS, vary
from tokcomp_cli.compress.base import Method
from tokcomp_cli.compress.learned import CompressorCard, Learned
from tokcomp_cli.compress.learned_network import LearnedCompressor
from tokcomp_cli.core.tokens import Compressed, TokenSet, grid_tokens

KINDS = ("random", "constant", "zero", "few", "shared")


def modules(*names: str) -> list[ModuleType]:
    """Files of methods; in the package's namespace their names stand for the methods."""
    return [import_module(f"tokcomp_cli.compress.{name}") for name in names]


def untrained(tokens: TokenSet, *, num_keep: int) -> Compressed:
    """Learned compression by networks that were never trained, for tokens of any width and any budget."""
    width = tokens.features.shape[1]
    generator = torch.Generator().manual_seed(width)
    with torch.device("cpu"):
        net = LearnedCompressor(width).requires_grad_(False)
        for value in net.parameters():
            value.copy_(torch.randn(value.shape, generator=generator) * 0.3)
    card = CompressorCard("e", "", width, 1.0, 0, 1, 1, "answers", (), 0, 1, 1, 0.0, (), {})
    return Learned(net, card, "learned")(tokens, num_keep=num_keep)


def all_spatial() -> list[Method]:
    """Return every spatial method and variant, the one with weights with untrained ones."""
    rows = [method for method in METHODS if method.compress]
    with_weights = {
        method.name: replace(method, compress=untrained, load=None) for method in rows if method.load
    }
    variants = [vary(method, one.name) for method in rows for one in method.variants]
    return [*(with_weights.get(method.name, method) for method in rows), *variants]


def vectors(kind: str, count: int, width: int, generator: torch.Generator) -> Tensor:
    drawn = torch.randn(count, width, generator=generator)
    if kind == "constant":
        return drawn[:1].expand(count, width).clone()
    if kind == "zero":
        return torch.zeros(count, width)
    if kind == "few":
        return drawn[torch.randint(0, min(3, count), (count,), generator=generator)]
    return drawn + 10 if kind == "shared" else drawn


def token_set(kind: str, grid: tuple[int, int], *, width: int = 6, seed: int = 0, size: int = 1) -> TokenSet:
    generator = torch.Generator().manual_seed(seed)
    count = grid[0] * grid[1]
    flat = kind in {"constant", "zero"}
    saliency = torch.full((count,), 0.5) if flat else torch.rand(count, generator=generator)
    relevance = torch.full((count,), 0.2) if flat else torch.rand(count, generator=generator) * 2 - 1
    return grid_tokens(
        vectors(kind, count, width, generator),
        grid,
        size=size,
        saliency=saliency,
        keys=vectors(kind, count, width, generator),
        relevance=relevance,
    )


@st.composite
def token_sets(draw: st.DrawFn) -> TokenSet:
    grid = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    return token_set(
        draw(st.sampled_from(KINDS)),
        grid,
        width=draw(st.integers(1, 7)),
        seed=draw(st.integers(0, 999)),
        size=draw(st.sampled_from([1, 3])),
    )


@st.composite
def videos(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Features (T, P, D) and saliency (T, P)."""
    frames, patches, width = draw(st.integers(1, 11)), draw(st.integers(1, 9)), draw(st.integers(1, 6))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    kind = draw(st.sampled_from(("still", "walk", *KINDS)))
    if kind in {"still", "walk"}:
        first = torch.randn(1, patches, width, generator=generator)
        drift = torch.randn(frames, patches, width, generator=generator).cumsum(0)
        features = first + (0.2 if kind == "walk" else 0.0) * drift
    else:
        features = vectors(kind, frames * patches, width, generator).view(frames, patches, width)
    return features, torch.rand(frames, patches, generator=generator)
