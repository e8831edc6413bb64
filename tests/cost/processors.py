"""Processors of `transformers` built from settings alone, and what they really make of pictures."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from transformers.video_utils import VideoMetadata

Picture = torch.Tensor


def qwen(patch: int, least: int, most: int) -> Callable[[Picture], int]:
    from transformers.models.qwen2_vl import Qwen2VLImageProcessor

    made = Qwen2VLImageProcessor(patch_size=patch, size={"shortest_edge": least, "longest_edge": most})
    return lambda picture: int(made(picture, return_tensors="pt")["image_grid_thw"].prod()) // 4


def internvl() -> Callable[[Picture], int]:
    from transformers.models.got_ocr2 import GotOcr2ImageProcessor

    made = GotOcr2ImageProcessor(size={"height": 448, "width": 448}, crop_to_patches=True, max_patches=12)
    return lambda picture: len(made(picture, return_tensors="pt")["pixel_values"]) * 256


def llava() -> Callable[[Picture], int]:
    from transformers.models.clip import CLIPImageProcessor

    sides = {"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}}
    made = CLIPImageProcessor(**sides)

    def tokens(picture: Picture) -> int:
        height, width = made(picture, return_tensors="pt")["pixel_values"].shape[-2:]
        return (height // 14) * (width // 14)

    return tokens


def fastvlm() -> Callable[[Picture], int]:
    from transformers.models.clip import CLIPImageProcessor

    sides = {"size": {"shortest_edge": 1024}, "crop_size": {"height": 1024, "width": 1024}}
    made = CLIPImageProcessor(**sides)

    def tokens(picture: Picture) -> int:
        height, width = made(picture, return_tensors="pt")["pixel_values"].shape[-2:]
        return (height // 64) * (width // 64)

    return tokens


def llava_onevision() -> Callable[[Picture], int]:
    from transformers.models.llava_onevision import LlavaOnevisionImageProcessor, LlavaOnevisionProcessor

    made = LlavaOnevisionImageProcessor()
    # The processor without its tokenizer: what it reads to expand the placeholder of a picture.
    own = SimpleNamespace(
        image_processor=made, num_image_tokens=729, vision_feature_select_strategy="full",
        vision_aspect_ratio="anyres_max_9", image_token="x",
    )  # fmt: skip
    for name in ("_get_number_of_features", "_get_unpadded_features"):
        setattr(own, name, getattr(LlavaOnevisionProcessor, name).__get__(own))
    return lambda picture: len(
        LlavaOnevisionProcessor.replace_image_token(own, made(picture, return_tensors="pt"), 0)
    )


def smolvlm(side: int, long_side: int, each: int) -> Callable[[Picture], int]:
    from transformers.models.smolvlm import SmolVLMImageProcessor

    made = SmolVLMImageProcessor(size={"longest_edge": long_side}, max_image_size={"longest_edge": side})
    return lambda picture: made(picture, return_tensors="pt")["pixel_values"].shape[1] * each


def gemma3(*, crops: bool) -> Callable[[Picture], int]:
    from transformers.models.gemma3 import Gemma3ImageProcessor

    made = Gemma3ImageProcessor(
        size={"height": 896, "width": 896}, do_pan_and_scan=crops, pan_and_scan_min_crop_size=256,
        pan_and_scan_max_num_crops=4, pan_and_scan_min_ratio_to_activate=1.2,
    )  # fmt: skip
    return lambda picture: len(made(picture, return_tensors="pt")["pixel_values"]) * 256


def gemma4(most: int) -> Callable[[Picture], int]:
    from transformers.models.gemma4 import Gemma4ImageProcessor

    made = Gemma4ImageProcessor(max_soft_tokens=most)
    return lambda picture: int(made(picture, return_tensors="pt")["num_soft_tokens_per_image"][0])


def lfm2() -> Callable[[Picture], int]:
    from transformers.models.lfm2_vl import Lfm2VlImageProcessor

    made = Lfm2VlImageProcessor()

    def tokens(picture: Picture) -> int:
        shapes = made(picture, return_tensors="pt")["spatial_shapes"]
        return int((shapes[:, 0].div(2).ceil() * shapes[:, 1].div(2).ceil()).sum())

    return tokens


PICTURES: dict[tuple[str, str | None], Callable[[], Callable[[Picture], int]]] = {
    ("qwen2-vl", "max_pixels=12845056"): lambda: qwen(14, 3136, 12845056),
    ("qwen2.5-vl", "max_pixels=1003520"): lambda: qwen(14, 3136, 1003520),
    ("qwen3-vl", "cap_pixels_per_frame=True"): lambda: qwen(16, 65536, 16777216),
    ("internvl3", "max_patches=12"): internvl,
    ("llava-1.5", None): llava,
    ("llava-onevision", None): llava_onevision,
    ("smolvlm2", "256M and 500M"): lambda: smolvlm(512, 2048, 64),
    ("smolvlm2", "2.2B"): lambda: smolvlm(384, 1536, 81),
    ("fastvlm", None): fastvlm,
    ("gemma-3", "do_pan_and_scan=False"): lambda: gemma3(crops=False),
    ("gemma-3", "do_pan_and_scan=True"): lambda: gemma3(crops=True),
    **{
        ("gemma-4", f"max_soft_tokens={most}"): lambda most=most: gemma4(most)
        for most in (70, 140, 280, 560, 1120)
    },
    ("lfm2-vl", None): lfm2,
}


Shape = tuple[int, int, int, float]
"""Width, height, frames in the file, and frames a second."""


def video(made: Any, clip: Shape) -> tuple[int, int]:
    """Return frames and tokens of a Qwen video processor: its own sampling and resizing, without pixels."""
    width, height, total, fps = clip
    seconds = total / fps
    about = VideoMetadata(total_num_frames=total, fps=fps, duration=seconds, width=width, height=height)
    frames = len(made.sample_frames(about, fps=2))
    pixels = torch.empty(1, frames, 3, height, width, dtype=torch.uint8, device="meta")
    patch = made.patch_size * made.merge_size
    resized = made.resize(
        pixels, made.size, made.resample, factor=patch, temporal_factor=made.temporal_patch_size,
        cap_pixels_per_frame=made.cap_pixels_per_frame,
    )  # fmt: skip
    patches, time, rows, columns = made.patchify(resized, made.patch_size, made.merge_size, 2)
    assert patches.shape[1] == time * rows * columns
    return frames, time * rows * columns // made.merge_size**2


def qwen2_video() -> object:
    from transformers.models.qwen2_vl import Qwen2VLVideoProcessor

    return Qwen2VLVideoProcessor(do_sample_frames=True, fps=2, cap_pixels_per_frame=True)


def qwen3_video(*, cap: bool) -> object:
    from transformers.models.qwen3_vl import Qwen3VLVideoProcessor

    return Qwen3VLVideoProcessor(
        size={"shortest_edge": 4096, "longest_edge": 25165824}, cap_pixels_per_frame=cap
    )


def smolvlm_video() -> Any:
    from transformers.models.smolvlm import SmolVLMVideoProcessor

    return SmolVLMVideoProcessor(fps=1, num_frames=64)


def smolvlm_frames(made: Any, clip: Shape) -> int:
    width, height, total, fps = clip
    about = VideoMetadata(total_num_frames=total, fps=fps, duration=total / fps, width=width, height=height)
    return len(made.sample_frames(about, num_frames=64, fps=1))


VIDEOS: dict[tuple[str, str], Callable[[], Any]] = {
    ("qwen2-vl", "max_pixels=12845056"): qwen2_video,
    ("qwen2.5-vl", "max_pixels=12845056"): qwen2_video,
    ("qwen3-vl", "cap_pixels_per_frame=True"): lambda: qwen3_video(cap=True),
    ("qwen3-vl", "cap_pixels_per_frame=False"): lambda: qwen3_video(cap=False),
}
