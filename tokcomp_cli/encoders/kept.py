"""Encoders kept in memory, so that a second call does not load one again."""

from functools import lru_cache
from pathlib import Path
from threading import Lock

from tokcomp_cli.encoders import CLIP, open_encoder, resolved
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.encoders.calibration import folder
from tokcomp_cli.encoders.choice import EncoderChoice

MOST_KEPT = 2
_LOADING = Lock()


def kept_encoder(choice: EncoderChoice) -> Encoder:
    """Return the chosen encoder: the one loaded before where nothing that decides its tokens has changed.

    The last two are kept. Threads may share an encoder.

    Raises:
        PlanError: There is none of that name, or it cannot be run so.
        EncoderError: Its weights are missing, altered or unfit.
    """
    choice = resolved(choice)
    with _LOADING:
        return _loaded(choice, tuple(map(_version, _files(choice))))


@lru_cache(maxsize=MOST_KEPT)
def _loaded(choice: EncoderChoice, versions: tuple[object, ...]) -> Encoder:
    del versions  # part of the key only
    return open_encoder(choice)


def _files(choice: EncoderChoice) -> tuple[Path, ...]:
    """Return the files and folders that a CLIP is made of; the shipped encoders do not change."""
    if not choice.name.startswith(CLIP):
        return ()
    from tokcomp_cli.encoders.clip.source import CONFIG_NAME, find

    weights = find(choice.name, offline=choice.offline).weights
    return weights, weights.parent / CONFIG_NAME, folder()


def _version(path: Path) -> tuple[str, int, int] | None:
    """Return name, time of change and size of a file, or None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return str(path), found.st_mtime_ns, found.st_size
