"""For each golden: run our reading of the original on its inputs and compare with what the original gave."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from tests.compress.tokens import modules
from tokcomp_cli.compress import find
from tokcomp_cli.compress.farthest_point_sampling import farthest
from tokcomp_cli.compress.selection import top
from tokcomp_cli.core.tokens import Compressed, TokenSet

TOLERANCE = 1e-4
cdpruner, dart, dycoke, evs, holitom = modules("cdpruner", "dart", "dycoke", "evs", "holitom")
prumerge, scope, vidcom2 = modules("prumerge", "scope", "vidcom2")
visionzip, vispruner = modules("visionzip", "vispruner")


class Golden:
    """Arrays of one file as tensors, by name, and its `params`."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self.params = json.loads(str(stored["params"]))
            self._arrays = {name: torch.from_numpy(stored[name]) for name in stored.files if name != "params"}

    def __getitem__(self, name: str) -> Tensor:
        return self._arrays[name]


def as_tokens(features: Tensor, *, saliency: Tensor | None = None, keys: Tensor | None = None) -> TokenSet:
    count = len(features)
    position = torch.stack([torch.zeros(count), torch.zeros(count), torch.arange(count)], dim=1).long()
    return TokenSet(features, torch.ones(count, dtype=torch.int64), position, saliency, keys)


def run(method: str, tokens: TokenSet, num_keep: int) -> Compressed:
    result = find("spatial", method).run(tokens, num_keep)
    assert len(result.features) == num_keep
    return result


def class_attention(golden: Golden) -> Tensor:
    """Class token's attention to the patches, mean over heads, from queries and keys (H, 1 + N, D)."""
    queries, keys = golden["vit_q"], golden["vit_k"]
    attention = (queries[:, :1] @ keys.transpose(1, 2) / queries.shape[-1] ** 0.5).softmax(-1)
    return attention[:, 0, 1:].mean(0)


def kept_mask(result: Compressed) -> Tensor:
    return result.owner >= 0


def assert_close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=TOLERANCE)


def tome(golden: Golden) -> None:
    """Both the table's method and the steps that the file names."""
    tokens, owner = golden["tokens"], golden["out_owner"]
    steps = golden.params.get("r_per_step", [golden.params.get("r")])
    result = run("tome", as_tokens(tokens), len(tokens) - sum(steps))
    pairs = torch.unique(torch.stack([result.owner, owner], dim=1), dim=0)
    assert len(pairs) == len(result.features) == len(golden["out_tokens"]), "not the same partition"
    assert_close(result.features[pairs[:, 0]], golden["out_tokens"][pairs[:, 1]])
    assert_close(result.sizes[pairs[:, 0]].float(), golden["out_sizes"][pairs[:, 1]].float())


def divprune(golden: Golden) -> None:
    tokens, num_keep = golden["tokens"], golden.params["num_keep"]
    assert torch.equal(farthest(tokens, num_keep), golden["out_indices"])
    kept = kept_mask(run("divprune", as_tokens(tokens), num_keep))
    assert torch.equal(kept.nonzero().squeeze(1), golden["out_indices"].sort().values)


def flashvid_adts(golden: Golden) -> None:
    tokens = as_tokens(golden["tokens"], saliency=golden["attention"])
    kept = kept_mask(run("flashvid-adts", tokens, golden.params["num_keep"]))
    assert torch.equal(kept.nonzero().squeeze(1), golden["out_indices"].sort().values)


def visionzip_original(golden: Golden) -> None:
    """Row 0 is the class token, which stays outside our token set; the other rows are in our order."""
    hidden, params = golden["hidden"], golden.params
    saliency, keys = golden["cls_attention"].mean(0), golden["keys"][1:]
    label, source = visionzip.labels(
        keys, saliency, dominant=params["dominant"], contextual=params["contextual"]
    )
    tokens = as_tokens(hidden[1:])
    rows = visionzip.target_and_mean(tokens, label, source)
    assert_close(torch.cat([hidden[:1], rows]), golden["out_tokens"])
    dominant = golden["out_dominant_indices"][1:] - 1
    assert set(source[: params["dominant"]].tolist()) == set(dominant.tolist())


def prumerge_original(golden: Golden) -> None:
    """Attention over class token and patches by queries and keys of all heads side by side."""
    tokens, keys = golden["tokens"], golden["keys"]
    saliency = (golden["queries"][:1] @ keys.T / keys.shape[1] ** 0.5).softmax(-1)[0, 1:]
    keep = top(saliency, len(golden["out_tokens"]) - 1)
    assert abs(len(keep) - len(tokens) * golden.params["ratio"]) <= 1
    rows = prumerge.neighbour_sums(tokens, keys[1:], saliency, keep)
    extra = prumerge.unselected_sum(tokens, saliency, keep)
    assert_close(torch.cat([rows, extra[None]]), golden["out_tokens"])
    result = run("prumerge:original", as_tokens(tokens, saliency=saliency, keys=keys[1:]), len(keep))
    assert_close(result.features, rows[result.owner[keep].argsort()])


def scope_original(golden: Golden) -> None:
    params = golden.params
    chosen = scope.choose(
        golden["tokens"], class_attention(golden), params["num_keep"], alpha=params["alpha"]
    )
    assert set(chosen.tolist()) == set(golden["out_mask"].nonzero().flatten().tolist())


def vispruner_original(golden: Golden) -> None:
    params = golden.params
    chosen = vispruner.choose(
        golden["tokens"], class_attention(golden), params["num_keep"], important=params["important_ratio"]
    )
    assert torch.equal(chosen, golden["out_mask"].nonzero().flatten())


def cdpruner_original(golden: Golden) -> None:
    image, text = F.normalize(golden["image_embeds"], dim=1), F.normalize(golden["text_embeds"], dim=1)
    chosen = cdpruner.choose(golden["tokens"], -(image @ text.T).mean(1), golden.params["num_keep"])
    assert set(chosen.tolist()) == set(golden["out_mask"].nonzero().flatten().tolist())


def dart_original(golden: Golden) -> None:
    params, embeds = golden.params, golden["embeds"]
    size = golden["llm_k"].transpose(0, 1).flatten(1).abs().sum(1)
    first, count = int(golden["first_image"]), int(golden["num_image"])
    image = torch.arange(first, first + count)
    text = torch.cat([torch.arange(first), torch.arange(first + count, len(embeds))])
    chosen = dart.choose(
        embeds[image],
        top(size[image], params["pivot_image_token"]),
        params["num_keep"],
        text_pivots=embeds[text[top(size[text], params["pivot_text_token"])]],
    )
    assert set(chosen.tolist()) == set(golden["out_mask"].nonzero().flatten().tolist())


def evs_original(golden: Golden) -> None:
    tokens = golden["tokens"]
    frames, patches, _ = tokens.shape
    num_keep = int(golden["out_mask"].sum())
    assert abs(num_keep - max(patches, frames * patches * (1 - golden.params["pruning_rate"]))) <= 1
    assert torch.equal(evs.choose(tokens, num_keep), golden["out_mask"].view(frames, patches))


def vidcom2_original(golden: Golden) -> None:
    chosen = vidcom2.choose_original(golden["tokens"], golden.params["retention"])
    assert torch.equal(chosen, golden["out_indices"].flatten())


def dycoke_original(golden: Golden) -> None:
    tokens = golden["tokens"]
    chosen = dycoke.choose_original(tokens, golden.params["prune_ratio"])
    theirs = golden["out_indices"]
    assert torch.equal(chosen.sort().values, theirs.sort().values)
    assert_close(tokens.flatten(0, 1)[theirs], golden["out_tokens"])


def holitom_windows(golden: Golden) -> None:
    still = (golden["similarity"] > golden.params["tau"]).numpy()
    found, saved = holitom.windows(still, golden.params["max_window"])
    assert found == [tuple(pair) for pair in golden["out_windows"].tolist()]
    assert saved == int(golden["out_saved"])


ORIGINALS: Mapping[str, Callable[[Golden], None]] = {
    "tome_step": tome,
    "tome_iterated": tome,
    "divprune": divprune,
    "flashvid_adts": flashvid_adts,
    "visionzip": visionzip_original,
    "prumerge": prumerge_original,
    "scope": scope_original,
    "vispruner": vispruner_original,
    "cdpruner": cdpruner_original,
    "dart": dart_original,
    "evs": evs_original,
    "vidcom2": vidcom2_original,
    "dycoke": dycoke_original,
    "holitom_windows": holitom_windows,
}


def comparison(stem: str) -> Callable[[Golden], None] | None:
    """Comparison for a file whose name is a known one, or goes on with a number or after an underscore."""
    known = [name for name in ORIGINALS if re.fullmatch(rf"{name}(\d+|_.*)?", stem)]
    return ORIGINALS[max(known, key=len)] if known else None
