"""The errors a user may meet, and the exit code of each.

    TokcompError            1   base; never raised itself
    ├── PlanError           2   wrong usage: an option, a method name, a budget
    ├── MediaError          1   a file that cannot be read as a picture or a video
    ├── EncoderError        1   weights missing, altered or unfit
    ├── ModelError          1   a vision-language model missing, unknown or unfit
    ├── EvidenceError       1   data or an answerer of the evidence missing, altered or unfit
    ├── OutputError         1   a result that cannot be written any further (a full disk)
    └── ContractError       1   our own bug: a stage broke a conservation law

Every message is one sentence that says what was expected, what came and what to do.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from enum import IntEnum


class ExitCode(IntEnum):
    """The process's exit codes (docs/settings.md)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    SOME_FAILED = 3
    BELOW_TARGET = 4
    INTERRUPTED = 130


class TokcompError(Exception):
    """Base of every error that is shown to a user without a traceback."""

    exit_code: ExitCode = ExitCode.FAILED


class PlanError(TokcompError):
    """What was asked for cannot be done, whatever the file."""

    exit_code = ExitCode.USAGE


class MediaError(TokcompError):
    """A file that is not there, not readable or holds no picture."""


class EncoderError(TokcompError):
    """An encoder whose weights are missing, altered or unfit."""


class ModelError(TokcompError):
    """A vision-language model that is missing, unknown or does not fit into memory."""


class EvidenceError(TokcompError):
    """Data, a checkpoint or an answerer of the evidence that is missing, altered or unfit."""


class OutputError(TokcompError):
    """A result that cannot be written, after others were."""


class ContractError(TokcompError):
    """A stage broke its contract: a bug of tokcomp or of a plug-in method."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text, at most 160 characters, or its type where it has no text."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def near(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest known word, whatever the case, or nothing."""
    by_lower = {one.lower(): one for one in known}
    match = get_close_matches(word.lower(), by_lower, n=1)
    return f" (did you mean {by_lower[match[0]]!r}?)" if match else ""


def check_choice(key: str, value: str, known: Sequence[str]) -> None:
    """Raise PlanError where a setting has none of the values it may have."""
    if value not in known:
        raise PlanError(f"`{key}` takes {', '.join(known)}; got {value!r}{near(str(value), known)}")
