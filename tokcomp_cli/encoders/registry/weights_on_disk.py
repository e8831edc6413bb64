"""Where weights lie that were fetched before, and their hash; the network is never asked."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tokcomp_cli.errors import EncoderError

SAFE, PICKLED = "open_clip_model.safetensors", "open_clip_pytorch_model.bin"
URL_CACHE = Path("~/.cache/clip")
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "spiece.model",
)


def hub_cache() -> Path:
    """Return the folder of the hub's cache, found as huggingface_hub finds it, which takes long to import."""
    if stated := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(stated).expanduser()
    home = os.environ.get("HF_HOME")
    if not home:
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
    return Path(home).expanduser() / "hub"


def repository_folder(repo: str) -> Path:
    """Return where the hub's cache keeps a repository."""
    return hub_cache() / f"models--{repo.replace('/', '--')}"


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


def sha256_of(path: Path) -> str:
    """Return the hash of a file.

    Raises:
        EncoderError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EncoderError(f"{str(path)!r} cannot be read: {error.strerror}") from error
