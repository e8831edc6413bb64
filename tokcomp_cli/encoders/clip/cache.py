"""Where weights lie that were fetched before; looks at the disk and nothing else."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SAFE, PICKLED = "open_clip_model.safetensors", "open_clip_pytorch_model.bin"
URL_CACHE = Path("~/.cache/clip")


def repository(tag: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return the hub repository of a pretrained tag and the files to try, best first; None without one.

    Args:
        tag: open_clip's entry, whose `hf_hub` is `owner/name/` or `owner/name/file`.
    """
    stated = str(tag.get("hf_hub") or "")
    if not stated:
        return None
    repo, file = os.path.split(stated)
    if not file:
        return repo, (SAFE, PICKLED)
    stem, suffix = os.path.splitext(file)  # noqa: PTH122
    return repo, ((f"{stem}.safetensors", file) if suffix in (".bin", ".pth") else (file,))


def cached(repo: str, file: str) -> Path | None:
    """Return a file of a hub repository if it is in the hub's cache on this machine."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, file)
    return Path(found) if isinstance(found, str) and Path(found).is_file() else None


def cached_weights(tag: Mapping[str, Any]) -> Path | None:
    """Return the weights of a pretrained tag if they are on disk."""
    stated = tag.get("file")
    if stated:
        return Path(str(stated)) if Path(str(stated)).is_file() else None
    return next((path for path in _places(tag) if path.is_file()), None)


def _places(tag: Mapping[str, Any]) -> Iterator[Path]:
    hub = repository(tag)
    if hub is not None:
        yield from (path for file in hub[1] if (path := cached(hub[0], file)) is not None)
    url = str(tag.get("url") or "")
    if url:
        yield URL_CACHE.expanduser() / url.rsplit("/", 1)[-1]
