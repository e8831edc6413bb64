"""What a method is: a name, a pure function, and where it comes from; it can be called on tensors."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

from tokcomp_cli.compress.dendrogram import Dendrogram
from tokcomp_cli.compress.protocols import (
    Compress,
    CompressAtRandom,
    CompressVideo,
    Decide,
    Decision,
    Need,
    OpenGroup,
)
from tokcomp_cli.compress.tensors import TokenTensors, whole_number
from tokcomp_cli.compress.weights import Weights
from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.lazy import Generator, Tensor, torch
from tokcomp_cli.core.origin import check_owner
from tokcomp_cli.core.tokens import Compressed, TokenSet
from tokcomp_cli.errors import ContractError, PlanError

__all__ = ["Compress", "Decision", "Method", "Need", "OpenGroup", "Variant", "Weights"]


@dataclass(frozen=True, slots=True)
class Variant:
    """The same method by another reading, most often the original with its defects.

    Attributes:
        name: Users write `method:name`.
        rule: What it does otherwise, in a sentence.
        compress: Its function.
        needs: What it needs of an encoder or the user.
        merges: As in `Method`.
        weighted: As in `Method`.
    """

    name: str
    rule: str
    compress: Compress | CompressAtRandom
    needs: frozenset[Need] = frozenset()
    merges: bool = True
    weighted: bool = False


@dataclass(frozen=True, repr=False)
class Method:
    """A row of the table of methods, to be called on tensors.

    Exactly one of `compress` (spatial), `decide` and `compress_video` (temporal) is there.

    Attributes:
        name: As users write it.
        stage: `spatial` or `temporal`.
        compress: The spatial method's function, or None.
        decide: The function of a temporal method that merges frames as they come, or None.
        tree: The dendrogram whose cuts the spatial method returns, or None where it has none: every budget
            can then be read off it.
        compress_video: The function of a temporal method that chooses tokens over the whole video, or
            None. With such a method every frame is its own merged frame.
        rule: What it does, in a sentence.
        paper: Where it comes from: arXiv id, or another plain reference.
        needs: What it needs of an encoder or the user.
        needs_grid: Whether it reads rows and columns, not only the order of the tokens.
        merges: Whether a kept token is the mean of what it owns; else it is one of the inputs.
        weighted: Whether a kept token is neither, but a weighted sum: what it loses has to be measured on
            the vectors that it returned, as it does not follow from the owners.
        any_count: Whether it lands on every count; else on the nearest grid below.
        defaults: Its constants, by name.
        deviations: Where it differs from the paper or its code, and why.
        variants: Other readings.
        load: Makes the method of its own weights from `name`, of others from `name:FILE`; None for methods
            without weights.
        weights: The weights it runs with, or None.
    """

    name: str
    stage: Literal["spatial", "temporal"]
    rule: str
    paper: str
    compress: Compress | CompressAtRandom | None = None
    decide: Decide | None = None
    compress_video: CompressVideo | None = None
    tree: Callable[[TokenSet], Dendrogram] | None = None
    needs: frozenset[Need] = frozenset()
    needs_grid: bool = False
    merges: bool = True
    weighted: bool = False
    any_count: bool = True
    defaults: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()
    load: Callable[[Method, str], Method] | None = None
    weights: Weights | None = None

    def __post_init__(self) -> None:
        """Write the page that `help` shows."""
        object.__setattr__(self, "__doc__", help_text(self))

    def __repr__(self) -> str:
        return f"<{self.stage} method {self.name}>"

    def __call__(
        self,
        x: Tensor,
        *,
        num_keep: int,
        num_prefix_tokens: int = 0,
        grid: tuple[int, int] | None = None,
        saliency: Tensor | None = None,
        keys: Tensor | None = None,
        relevance: Tensor | None = None,
        seed: int = 0,
    ) -> Compressed:
        """Return what the method makes of a caller's tokens, on their device and in their dtype.

        A spatial method takes each item of a batch by itself. What a method does not need is checked
        and not read. Gradients pass from the kept features to `x`.

        Args:
            x: Tokens, (N, D) or (B, N, D); for a method over a whole video (T, P, D), one row a frame.
            num_keep: Tokens to keep beside the prefix: 1 to N - `num_prefix_tokens`, over a whole video
                1 to T * P. A grid method takes the nearest count below.
            num_prefix_tokens: Class and register tokens at the start; they come first, unchanged.
            grid: Rows and columns of the patches.
            saliency: One value for each patch, (..., P) where P leaves out the prefix.
            keys: Attention key of each patch, (..., P, E).
            relevance: How much each patch answers a query, higher is more, (..., P).
            seed: For a method that draws; every item of a batch starts from it.

        Returns:
            `features` (..., K, D), `sizes` (..., K) and `owner` (..., N), which names the kept token of
            each input token, prefix included, or -1. Over a whole video (K, D), (K,) and (T * P,).

        Raises:
            PlanError: An argument is wrong or missing; nothing was computed yet.
            ContractError: The method broke its contract: a bug in it.
        """
        given = TokenTensors(x, num_prefix_tokens, grid, saliency, keys, relevance)
        if self.stage == "spatial":
            self._check(given, num_keep, given.num_patches)
            return given.put_together([self.run(tokens, num_keep, seed) for tokens in given.token_sets()])
        if self.compress_video is None:
            raise PlanError(f"{self.name} decides frame by frame inside `analyze`; it takes no tensors")
        if x.ndim != 3 or num_prefix_tokens:
            raise PlanError(
                f"{self.name} needs the patches of a video, (T, P, D) without prefix tokens, got "
                f"{tuple(x.shape)} with `num_prefix_tokens` {num_prefix_tokens}; leave the prefix out"
            )
        self._check(given, num_keep, x.shape[0] * x.shape[1])
        return self.run_video(x, num_keep, saliency)

    def _check(self, given: TokenTensors, num_keep: int, most: int) -> None:
        """Raise PlanError unless `num_keep` is from 1 to `most` and what the method needs was given."""
        whole_number("num_keep", num_keep, 1, most)
        missing = [name for name in self.reads if getattr(given, name) is None]
        if missing:
            listed = " and ".join(f"`{name}`" for name in missing)
            raise PlanError(f"method {self.name} needs {listed}; pass it, or choose ward, tome or divprune")

    def check_encoder(self, facts: EncoderFacts) -> None:
        """Raise EvidenceError where the method's weights were trained on another encoder's tokens."""
        if self.weights is not None:
            self.weights.check(self.name, facts)

    @property
    def reads(self) -> tuple[str, ...]:
        """Return the arguments of a call that the method needs beside `x` and `num_keep`."""
        given = sorted(self.needs - {"seed"})
        needs = ("relevance" if need == "text" else need for need in given)
        return (*needs, *(("grid",) if self.needs_grid else ()))

    def run(self, tokens: TokenSet, num_keep: int, generator: Generator | int = 0) -> Compressed:
        """Return what a spatial method makes of a token set, its contract checked.

        Args:
            tokens: N tokens in raster order.
            num_keep: Tokens to keep, 1 to N.
            generator: Source of randomness on the CPU, or a seed; read only where `needs` has `seed`.

        Raises:
            ContractError: The method has no function, lost mass or broke the order.
            PlanError: The tokens lack what it needs.
        """
        if self.compress is None:
            raise ContractError(f"method {self.name} of stage {self.stage} has no compress function")
        if "seed" in self.needs:
            if isinstance(generator, int):
                generator = torch.Generator("cpu").manual_seed(generator)
            result = cast("CompressAtRandom", self.compress)(tokens, num_keep=num_keep, generator=generator)
        else:
            result = cast("Compress", self.compress)(tokens, num_keep=num_keep)
        check_owner(result.owner, tokens.sizes, result.sizes, method=self.name)
        return result

    def run_video(self, features: Tensor, num_keep: int, saliency: Tensor | None = None) -> Compressed:
        """Return what a method over a whole video makes of its patches, its contract checked.

        Args:
            features: (T, P, D).
            num_keep: Tokens to keep, 1 to T * P.
            saliency: (T, P), or None.

        Raises:
            ContractError: The method has no such function, lost mass or broke the order.
            PlanError: It needs saliency.
        """
        if self.compress_video is None:
            raise ContractError(f"method {self.name} does not work on a whole video")
        result = self.compress_video(features, num_keep=num_keep, saliency=saliency)
        ones = torch.ones(features.shape[:2].numel(), dtype=torch.int64, device=features.device)
        check_owner(result.owner, ones, result.sizes, method=self.name)
        return result


def help_text(method: Method) -> str:
    """Return what a method does and needs, where it comes from and how it is called, for `help`."""
    read = method.reads + (("seed",) if "seed" in method.needs else ())
    lines = [
        f"{method.name}: {method.rule}.",
        f"Reads `x`, `num_keep`{''.join(f', `{name}`' for name in read)}.",
        f"Reference: {method.paper}.",
        *(f"Differs: {one}." for one in method.deviations),
        *(f"Variant {method.name}:{one.name}: {one.rule}." for one in method.variants),
    ]
    return "\n".join([*lines, "", inspect.cleandoc(Method.__call__.__doc__ or "")])
