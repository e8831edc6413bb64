"""Which encoder `auto` stands for."""

import os
from pathlib import Path

AUTO = "auto"
CLIP = "clip:ViT-B-16/datacomp_xl_s13b_b90k"
# open_clip's table has the same; it takes seconds to import, and `auto` is asked at every start
REPOSITORY = "laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K"
FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


def choose_auto(preferred: str = CLIP) -> tuple[str, str | None]:
    """Return the encoder to use and a line for the user, or None where nothing needs saying.

    Args:
        preferred: The CLIP to use when its weights are on disk.
    """
    if on_disk(preferred):
        return preferred, None
    return "embedded", (f"encoder: embedded, as {preferred} is not on disk; `tokcomp models pull` fetches it")


def on_disk(name: str) -> bool:
    """Return whether the weights of a `clip:` encoder are on this machine."""
    if name == CLIP:
        snapshots = hub_cache() / f"models--{REPOSITORY.replace('/', '--')}" / "snapshots"
        return any((found / file).is_file() for found in snapshots.glob("*") for file in FILES)
    from tokcomp_cli.encoders.clip.source import find
    from tokcomp_cli.errors import TokcompError

    try:
        find(name)
    except TokcompError:
        return False
    return True


def hub_cache() -> Path:
    """Return the folder of the hub's cache, found as huggingface_hub finds it."""
    if stated := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(stated).expanduser()
    home = os.environ.get("HF_HOME")
    if not home:
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    return Path(home).expanduser() / "hub"
