"""The encoder that ships inside the package: ViT-S/16, DINOv2 lineage, 224 px (card: weights/README.md)."""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import squash
from tokcomp_cli.core.lazy import F, Tensor, np, npt, torch
from tokcomp_cli.core.tokens import FrameTokens
from tokcomp_cli.encoders.choice import EncoderChoice, Precision
from tokcomp_cli.encoders.geometry import blank_frames, check_finite
from tokcomp_cli.encoders.precision import check_device, choose
from tokcomp_cli.errors import EncoderError

WEIGHTS = Path(__file__).parent / "weights" / "vit_s16_int8.safetensors"
SHA256 = "fe92d354d31ca69ce33cc806d0bd6fd52803230f632b5e1230317a8e85fde04b"
DEPTH, HEADS, WIDTH, PATCH, SIDE = 12, 6, 384, 16, 14
HEAD = WIDTH // HEADS
INPUT = (PATCH * SIDE, PATCH * SIDE)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

FACTS = EncoderFacts(
    name="embedded",
    architecture="ViT-S/16, DINOv2 lineage, int8 weights",
    weights_sha256=SHA256,
    grid=(SIDE, SIDE),
    patch_size=PATCH,
    input_size=INPUT,
    dim=WIDTH,
    layer="last block after the final norm",
    saliency="class-token attention of the last block, mean over heads",
    preprocessing="squash to 224 x 224, bicubic; ImageNet mean and std",
    text=False,
    floor=20.0,
    threshold=0.52,
    similarity="mean",
    calibrated=True,
)


def load_weights(path: Path) -> dict[str, Tensor]:
    """Return the float32 state, keys as in timm's `vit_small_patch16_224`.

    Matrices are stored as int8 with one float16 scale per output channel.

    Raises:
        EncoderError: The file is missing or is not the one that was shipped.
    """
    from safetensors.torch import load

    try:
        blob = path.read_bytes()
    except OSError as error:
        raise EncoderError(
            f"the weights of the embedded encoder cannot be read ({error.strerror}); reinstall tokcomp"
        ) from error
    found = hashlib.sha256(blob).hexdigest()
    if found != SHA256:
        raise EncoderError(
            f"the weights of the embedded encoder are altered: expected sha256 {SHA256[:12]}, "
            f"found {found[:12]}; reinstall tokcomp"
        )
    stored = load(blob)
    state = {}
    for name, value in stored.items():
        if name.endswith(".scale"):
            continue
        scale = stored.get(f"{name}.scale")
        state[name] = value.float()
        if scale is not None:
            state[name] *= scale.float().view(-1, *[1] * (value.ndim - 1))
    return state


class EmbeddedEncoder:
    """ViT-S/16 written out as functions of its weights.

    In bfloat16 only the products of the blocks are; the residual stream, norms, attention scores and the
    embedding of patches stay in float32. All in bfloat16 it would be 1.1 times as fast, and off by twice as
    much: too much for dark frames.

    timm has the same model (a test holds the two to 1e-4), but importing it costs as much time again as
    importing torch, on every start of the command; and the class attention and the keys have to be
    read out of the last block anyhow.
    """

    def __init__(
        self, weights: Path = WEIGHTS, *, device: str = "cpu", precision: Precision = "float32"
    ) -> None:
        self._dtype = choose(precision, device)
        self.facts = replace(FACTS, device=device, dtype=str(self._dtype).removeprefix("torch."))
        self._state = {
            name: value.to(device, self._dtype if _in_product(name) else torch.float32)
            for name, value in load_weights(weights).items()
        }
        self._mean = torch.tensor(IMAGENET_MEAN, device=device).view(3, 1, 1) * 255
        self._std = torch.tensor(IMAGENET_STD, device=device).view(3, 1, 1) * 255

    def at_grid(self, grid: tuple[int, int]) -> EmbeddedEncoder:
        """Return the same tower for another input size, its positions interpolated.

        Args:
            grid: Rows and columns of patches; the input is 16 times as large.

        Reference: timm's `resample_abs_pos_embed` (bicubic, antialiased).
        """
        other = copy(self)
        other.__dict__.pop("blank", None)
        whole = self._state["pos_embed"]
        patches = whole[:, 1:].view(1, *self.facts.grid, WIDTH).permute(0, 3, 1, 2)
        patches = F.interpolate(patches, size=grid, mode="bicubic", antialias=True).flatten(2).transpose(1, 2)
        other._state = self._state | {"pos_embed": torch.cat([whole[:, :1], patches], 1)}
        size = (PATCH * grid[0], PATCH * grid[1])
        preprocessing = f"squash to {size[1]} x {size[0]}, bicubic; ImageNet mean and std"
        other.facts = replace(self.facts, grid=grid, input_size=size, preprocessing=preprocessing)
        return other

    @cached_property
    def blank(self) -> Tensor:
        """Return the mean response to blank grey frames at each grid position, float32, (P, D)."""
        return self.encode(blank_frames(self.facts.input_size)).features.mean(0)

    def encode(self, rgb: npt.NDArray[np.uint8]) -> FrameTokens:
        """Return the tokens of each frame, float32, on the CPU.

        Args:
            rgb: Pictures as displayed, uint8, (T, H, W, 3).

        Raises:
            EncoderError: The tower returned values that are not finite.
        """
        pictures = squash(rgb, self.facts.input_size).to(self.facts.device).float()
        with torch.no_grad():
            tokens = self._forward((pictures - self._mean) / self._std)
        check_finite(tokens.features, self.facts)
        check_finite(tokens.pooled, self.facts)
        return tokens.cpu()

    def encode_text(self, text: str) -> Tensor | None:  # noqa: ARG002
        """Return None: this encoder has no text tower."""
        return None

    def _forward(self, pictures: Tensor) -> FrameTokens:
        """Return the tokens of normalised pictures, (T, 3, H, W)."""
        tokens = self._embed(pictures)
        query = key = tokens
        for block in range(DEPTH):
            attended, query, key = self._attention(tokens, block)
            tokens = torch.addcmul(tokens, attended.float(), self._weight(block, "ls1.gamma"))
            tokens = torch.addcmul(tokens, self._mlp(tokens, block).float(), self._weight(block, "ls2.gamma"))
        tokens = F.layer_norm(tokens, (WIDTH,), self._state["norm.weight"], self._state["norm.bias"], 1e-6)
        looks = (query[:, :, :1].float() @ key.transpose(-1, -2).float() / HEAD**0.5).softmax(-1)
        return FrameTokens(
            tokens[:, 1:],
            saliency=looks[:, :, 0, 1:].mean(1),
            pooled=tokens[:, 0],
            keys=key.transpose(1, 2).flatten(2)[:, 1:],
        )

    def _weight(self, block: int, name: str) -> Tensor:
        return self._state[f"blocks.{block}.{name}"]

    def _linear(self, x: Tensor, block: int, name: str) -> Tensor:
        return F.linear(
            x.to(self._dtype), self._weight(block, f"{name}.weight"), self._weight(block, f"{name}.bias")
        )

    def _norm(self, x: Tensor, block: int, name: str) -> Tensor:
        weight, bias = self._weight(block, f"{name}.weight"), self._weight(block, f"{name}.bias")
        return F.layer_norm(x, (WIDTH,), weight, bias, 1e-6)

    def _embed(self, pictures: Tensor) -> Tensor:
        """Return class token and patch tokens with positions, (T, 1 + P, D)."""
        state = self._state
        weight, bias = state["patch_embed.proj.weight"], state["patch_embed.proj.bias"]
        patches = F.conv2d(pictures, weight, bias, stride=PATCH).flatten(2).transpose(1, 2)
        return torch.cat([state["cls_token"].expand(len(patches), -1, -1), patches], 1) + state["pos_embed"]

    def _attention(self, tokens: Tensor, block: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return a block's attention output, (T, 1 + P, D), queries and keys, (T, heads, 1 + P, d)."""
        batch, count, _ = tokens.shape
        qkv = self._linear(self._norm(tokens, block, "norm1"), block, "attn.qkv")
        query, key, value = qkv.view(batch, count, 3, HEADS, HEAD).permute(2, 0, 3, 1, 4)
        mixed = _attended(query, key, value).transpose(1, 2).flatten(2)
        return self._linear(mixed, block, "attn.proj"), query, key

    def _mlp(self, tokens: Tensor, block: int) -> Tensor:
        hidden = F.gelu(self._linear(self._norm(tokens, block, "norm2"), block, "mlp.fc1"))
        return self._linear(hidden, block, "mlp.fc2")


def _attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Return scaled dot-product attention, (T, heads, 1 + P, d).

    In bfloat16 on a CPU torch's fused form is slow: written out, it takes 2.2 ms and not 3.3 for four
    frames.
    """
    if query.dtype is torch.float32 or query.is_cuda:
        return F.scaled_dot_product_attention(query, key, value)
    scores = query.float() @ key.float().transpose(-1, -2) * HEAD**-0.5
    mixed: Tensor = scores.softmax(-1).to(value.dtype) @ value.contiguous()
    return mixed


def _in_product(name: str) -> bool:
    """Return whether a weight is one of a block's products, which the number format is for."""
    return name.startswith("blocks.") and not name.endswith("gamma") and ".norm" not in name


def make(choice: EncoderChoice) -> EmbeddedEncoder:
    """Return the encoder with its shipped weights.

    Raises:
        PlanError: There is no such device or number format.
        EncoderError: The weights are missing or altered.
    """
    return EmbeddedEncoder(device=check_device(choice.device), precision=choice.precision)
