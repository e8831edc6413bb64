"""Write kept tokens so that every one can be traced to its patches."""

import json
from pathlib import Path

import torch
from safetensors.torch import save

from tokcomp_cli.core.files import write_whole
from tokcomp_cli.core.origin import check_conservation
from tokcomp_cli.pipeline.result import Result


def save_tokens(result: Result, path: Path) -> None:
    """Write the tokens of a result as safetensors, whole or not at all.

    Tensors: `features` float32 (N, D), `sizes` int64 (N,), `position` int64 (N, 3) = sampled frame, row,
    column of a token's earliest patch, `saliency` float32 (N,), `origin` int64 (T * P,) = token of each
    original patch or -1, `frame_index` int64 (T,) and `pts_seconds` float64 (T,) of the sampled frames.
    Tiles of the detail path, where a preset encoded them, count as nine more frames after those.

    Raises:
        PlanError: The path cannot be written.
        ContractError: Sizes and origin disagree.
    """
    tokens, origin = result.tokens, result.origin
    facts = result.analysis.encoder
    check_conservation(origin, tokens.sizes, len(result.frame_index) * facts.num_patches)
    tensors = {
        "features": tokens.features.contiguous(),
        "sizes": tokens.sizes,
        "position": tokens.position.contiguous(),
        "origin": origin,
        "frame_index": torch.tensor(result.frame_index, dtype=torch.int64),
        "pts_seconds": torch.tensor(result.pts_seconds, dtype=torch.float64),
    }
    if tokens.saliency is not None:
        tensors["saliency"] = tokens.saliency
    about = {
        "encoder": facts.name,
        "weights_sha256": facts.weights_sha256 or "",
        "grid": f"{facts.grid[0]}x{facts.grid[1]}",
    }
    write_whole(path, save(tensors, metadata={"tokcomp": json.dumps(about, sort_keys=True)}))
