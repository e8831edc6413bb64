"""`tokcomp models pull`: the one place that uses the network, and only when asked to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError, RepositoryNotFoundError
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]
from tqdm import tqdm  # type: ignore[import-untyped]

from tokcomp_cli.encoders import AUTO
from tokcomp_cli.encoders.registry.auto import CLIP
from tokcomp_cli.encoders.registry.catalogue import CARD, licence_in, split
from tokcomp_cli.encoders.registry.open_clip_tables import model_config, tag_config
from tokcomp_cli.encoders.registry.weights_on_disk import (
    TOKENIZER_FILES,
    repository,
    repository_folder,
    sha256_of,
)
from tokcomp_cli.errors import EncoderError, first_line

Progress = Callable[[int, int | None], None]
SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was fetched.

    Attributes:
        name: As users give it.
        path: The weights.
        size_bytes: Of the weights.
        sha256: Of the weights.
        verified: Whether the hub states the hash and it is the same.
        licence: As the model card states it, or None.
    """

    name: str
    path: Path
    size_bytes: int
    sha256: str
    verified: bool
    licence: str | None


class Bar(tqdm):  # type: ignore[misc]
    """A progress bar that draws nothing and reports bytes done and bytes to do."""

    report: ClassVar[Progress | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("name", None)
        super().__init__(*args, **{**kwargs, "disable": True})
        self.done, self.whole = int(kwargs.get("initial") or 0), kwargs.get("total")

    def update(self, n: float | None = 1) -> bool | None:
        """Report `n` more bytes."""
        self.done += int(n or 0)
        report = type(self).report
        if report is not None:
            report(self.done, self.whole)
        return None


def pull(
    name: str,
    *,
    progress: Progress | None = None,
    offline: bool = False,
    endpoint: str | None = None,
) -> Pulled:
    """Fetch an encoder's weights, card and tokenizer into the hub's cache and return what came.

    A fetch that was cut off goes on where it stopped; what is there already is not fetched again.

    Args:
        name: `clip:<model>/<pretrained>`, or `auto` for the CLIP that `auto` prefers.
        progress: Called with bytes done and bytes to do (None where the hub does not say), file by file.
        offline: Whether the network is forbidden.
        endpoint: Address of the hub or a mirror; None for the usual.

    Raises:
        PlanError: There is no such model or tag.
        EncoderError: The network is forbidden or away, or what came is not what the hub says.
    """
    wanted = CLIP if name == AUTO else name
    model, tag = split(wanted)
    config, stated = model_config(model), tag_config(model, tag)
    hub = repository(stated)
    if hub is None:
        raise EncoderError(f"open_clip names no repository for {wanted}; fetch its weights by hand")
    if offline:
        raise EncoderError(
            f"`offline` forbids the network; {wanted} would come from {hub[0]}: pull it elsewhere"
        )
    weights = _first(hub[0], hub[1], _bar(progress), endpoint)
    digest, verified = _verified(weights)
    card = _optional(hub[0], CARD, endpoint)
    tokenizer = config["text_cfg"].get("hf_tokenizer_name")
    if tokenizer:
        for file in TOKENIZER_FILES:
            _optional(str(tokenizer), file, endpoint)
    return Pulled(wanted, weights, weights.stat().st_size, digest, verified, licence_in(card))


def _first(repo: str, files: tuple[str, ...], bar: type[Bar], endpoint: str | None) -> Path:
    """Return the first of some files that a repository has, fetched."""
    for file in files:
        try:
            return _fetch(repo, file, bar, endpoint)
        except EntryNotFoundError as error:
            if isinstance(error, LocalEntryNotFoundError):
                raise _unreachable(repo, error) from error
    raise EncoderError(f"{repo} holds none of {', '.join(files)}; its owner may have renamed them")


def _optional(repo: str, file: str, endpoint: str | None) -> Path | None:
    """Return a file of a repository, or None where it has none."""
    try:
        return _fetch(repo, file, Bar, endpoint)
    except EntryNotFoundError:
        return None


def _bar(progress: Progress | None) -> type[Bar]:
    """Return a kind of bar that reports to a function; the hub takes a class, not an object."""
    return Bar if progress is None else type("ReportingBar", (Bar,), {"report": staticmethod(progress)})


def _fetch(repo: str, file: str, bar: type[Bar], endpoint: str | None) -> Path:
    try:
        _resume(repo, file, bar, endpoint)
        return Path(hf_hub_download(repo, file, endpoint=endpoint))
    except EntryNotFoundError:
        raise
    except RepositoryNotFoundError as error:
        raise EncoderError(
            f"the hub has no {repo}, or it is open only to those who accepted its terms; sign in with "
            "`hf auth login`, or fetch it by hand and use clip:local-dir:<folder>"
        ) from error
    except EncoderError:
        raise
    except Exception as error:  # of the HTTP library beneath the hub's client, which changes with its version
        raise _unreachable(repo, error) from error


def _resume(repo: str, file: str, bar: type[Bar], endpoint: str | None) -> None:
    """Bring a large file to where the hub's cache keeps it, going on after what an earlier run left.

    The hub's own client starts a file afresh in every process. It takes a file that lies under its hash for
    fetched, and only links it.
    """
    url = hf_hub_url(repo, file, endpoint=endpoint)
    stated = get_hf_file_metadata(url, headers=build_hf_headers(), endpoint=endpoint)
    if stated.etag is None or stated.size is None or len(stated.etag) != SHA256_DIGITS:
        return  # a small file, which the hub does not keep by its hash
    blob = repository_folder(repo) / "blobs" / stated.etag
    if blob.is_file():
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    partial = blob.with_name(f"{blob.name}.part")
    if partial.is_file() and partial.stat().st_size > stated.size:
        partial.unlink()
    with partial.open("ab") as into:
        http_get(
            stated.location,
            into,
            resume_size=into.tell(),
            headers=build_hf_headers() if stated.location == url else None,
            expected_size=stated.size,
            displayed_filename=file,
            tqdm_class=bar,
        )
    _require_hash(partial, stated.etag)
    partial.replace(blob)


def _require_hash(path: Path, stated: str) -> str:
    """Return the hash of a file.

    Raises:
        EncoderError: It is not the stated one; the file is deleted.
    """
    digest = sha256_of(path)
    if digest != stated:
        path.unlink()
        raise EncoderError(
            f"what came is not what the hub says: expected sha256 {stated[:12]}, found {digest[:12]}; the "
            "file is deleted, pull it again"
        )
    return digest


def _unreachable(repo: str, error: Exception) -> EncoderError:
    return EncoderError(
        f"{repo} cannot be fetched ({first_line(error)}); check the network and run it again to go on where "
        "it stopped, or copy the model's folder here and use clip:local-dir:<folder>"
    )


def _verified(weights: Path) -> tuple[str, bool]:
    """Return the hash of the weights and whether the hub stated it: large files are kept under their hash.

    Raises:
        EncoderError: They differ; the file is deleted.
    """
    blob = weights.resolve()
    if len(blob.name) != SHA256_DIGITS:
        return sha256_of(weights), False
    return _require_hash(blob, blob.name), True
