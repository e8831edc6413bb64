"""Measure int8 products in the embedded encoder beside bfloat16: `python docs/int8.py PICTURE_OR_CLIP ...`.

Activations get one scale a batch, as torch's own products in int8 take it; weights one a channel. It prints
the CPU time of a frame, and for each file how far both are from float32. It takes a few minutes.
"""

import argparse
import sys
import time
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tokcomp_cli.core.results.analysis import Analysis
from tokcomp_cli.encoders.embedded import SHA256, WEIGHTS, EmbeddedEncoder
from tokcomp_cli.encoders.stored_weights import StoredWeights
from tokcomp_cli.encoders.vit_small import HEAD, WIDTH, Block
from tokcomp_cli.pipeline.run import run
from tokcomp_cli.plan.plan import Plan

FRAMES, TRIALS = 4, 20


@dataclass(frozen=True)
class Int8Product:
    """A matrix in int8 with a scale a channel, and its bias in float32."""

    weight: Tensor
    scales: Tensor
    bias: Tensor

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor) -> "Int8Product":
        """Return the product with a weight, float32, (out, in), and a bias, (out,)."""
        scales = weight.abs().amax(1) / 127
        rounded = (weight / scales[:, None]).round().to(torch.int8)
        packed = torch.ops.onednn.qlinear_prepack(rounded, [FRAMES * 197, weight.shape[1]])
        return cls(packed, scales, bias)

    def __call__(self, x: Tensor, *, gelu: bool = False) -> Tensor:
        """Return x, (..., in), times the matrix plus the bias, bfloat16, (..., out)."""
        wide = x.float()
        scale = float(wide.abs().amax()) / 127
        rounded = wide.mul(1 / scale).round_().to(torch.int8).flatten(0, 1)
        after = ("gelu", [], "none") if gelu else ("none", [], "")
        zeros = torch.zeros(len(self.scales), dtype=torch.int32)
        made: Tensor = torch.ops.onednn.qlinear_pointwise(
            rounded, scale, 0, self.weight, self.scales, zeros, self.bias, 1.0, 0, torch.bfloat16, *after
        )
        return made.view(*x.shape[:-1], -1)


def in_int8(encoder: EmbeddedEncoder) -> EmbeddedEncoder:
    """Return the encoder with the products of its blocks in int8."""
    state, other = StoredWeights(WEIGHTS, sha256=SHA256), copy(encoder)

    def block(number: int, before: Block) -> Block:
        def product(name: str) -> Int8Product:
            weight, bias = (state[f"blocks.{number}.{name}.{part}"] for part in ("weight", "bias"))
            if name == "attn.qkv":
                scale = torch.tensor([HEAD**-0.5, 1.0, 1.0]).repeat_interleave(WIDTH)
                weight, bias = weight * scale[:, None], bias * scale
            return Int8Product.of(weight, bias)

        names = {"qkv": "attn.qkv", "proj": "attn.proj", "fc1": "mlp.fc1", "fc2": "mlp.fc2"}
        return replace(before, **{part: product(name) for part, name in names.items()})  # type: ignore[arg-type]

    blocks = tuple(block(number, before) for number, before in enumerate(encoder._tower.blocks))
    other._tower = replace(encoder._tower, blocks=blocks)
    return other


def milliseconds_a_frame(encoders: dict[str, EmbeddedEncoder]) -> dict[str, float]:
    """Return the least CPU time of a frame over several batches on one thread, encoders in turn."""
    pictures = np.random.default_rng(0).integers(0, 256, (FRAMES, 224, 224, 3), dtype=np.uint8)
    least = dict.fromkeys(encoders, float("inf"))
    for _ in range(TRIALS):
        for name, encoder in encoders.items():
            start = time.thread_time()
            encoder.encode(pictures)
            least[name] = min(least[name], (time.thread_time() - start) * 1000 / FRAMES)
    return least


def apart(found: Analysis, exact: Analysis) -> tuple[float, int | None, bool]:
    """Return how far apart `explained` and recommended tokens are at most, and whether all starts agree."""
    pairs = zip(found.stages, exact.stages, strict=True)
    moved = max(abs(one.fidelity.explained - other.fidelity.explained) for one, other in pairs)
    tokens = [
        one.recommendation.recommended.tokens
        for one in (found, exact)
        if one.recommendation is not None and one.recommendation.recommended is not None
    ]
    starts = [[entry.first_frame for entry in one.timeline] for one in (found, exact)]
    return moved, abs(tokens[0] - tokens[1]) if len(tokens) == 2 else None, starts[0] == starts[1]


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--fps", type=float, default=2.0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    exact, half = EmbeddedEncoder(), EmbeddedEncoder(precision="bfloat16")
    encoders = {"bfloat16": half, "int8": in_int8(half)}
    for name, spent in milliseconds_a_frame(encoders).items():
        sys.stdout.write(f"{name:9} {spent:6.1f} ms a frame\n")
    for path in given.files:
        plan = Plan.of(target=0.9, seed=0, gate="off", fps=given.fps)
        wanted = run(path, plan, exact).analysis
        for name, encoder in encoders.items():
            moved, tokens, same = apart(run(path, plan, encoder).analysis, wanted)
            starts = "the same starts" if same else "other starts"
            sys.stdout.write(f"{path}: {name}: explained {moved:.4f}, tokens {tokens}, {starts}\n")


if __name__ == "__main__":
    main()
