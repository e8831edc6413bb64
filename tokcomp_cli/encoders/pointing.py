"""Whether an encoder's relevance finds what a text names: what a check on boxes found, kept in the cache."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.interval import Interval
from tokcomp_cli.encoders.calibration import folder, key
from tokcomp_cli.errors import EncoderError

FORMAT = "1"
FEWEST_PICTURES = 20


@dataclass(frozen=True, slots=True)
class Pointing:
    """The pointing game: how often the highest patch lies in the box of what a phrase names.

    Attributes:
        pictures: Pictures seen.
        phrases: Lines, one a phrase and its box.
        relevance: Share of phrases whose most relevant patch has its centre in the box, Wilson interval.
        saliency: The same of the picture's most salient patch.
        centre: The same of the picture's centre.
        over_saliency: Relevance minus saliency, phrase by phrase; bootstrap interval over pictures.
        over_centre: Relevance minus centre, likewise.
    """

    pictures: int
    phrases: int
    relevance: Interval
    saliency: Interval
    centre: Interval
    over_saliency: Interval
    over_centre: Interval

    @property
    def beats_saliency(self) -> bool | None:
        """Return whether relevance is better beyond chance; None where the pictures are too few to tell."""
        return None if self.pictures < FEWEST_PICTURES else self.over_saliency.low > 0

    @property
    def verdict(self) -> str:
        """Return in words what that means for relevance."""
        if self.beats_saliency is None:
            fewest = f"{self.pictures} of the {FEWEST_PICTURES} that it takes"
            return f"too few pictures to tell whether relevance beats saliency: {fewest}"
        beats = "beats" if self.beats_saliency else "does not beat"
        return (
            f"relevance {beats} saliency: it points into the box of {self.relevance.mean:.0%} of "
            f"{self.phrases} phrases, saliency of {self.saliency.mean:.0%}"
        )


def doubt(facts: EncoderFacts, where: Path | None = None) -> str | None:
    """Return what is to be said of an encoder's relevance, None where a kept check says that it is good.

    Args:
        facts: Of an encoder with a text tower, as it will run.
        where: Folder; None for the user's cache.
    """
    found = load(facts, where)
    if found is None:
        return (
            f"no check has shown that relevance of encoder {facts.name} finds what a query names; "
            "run tokcomp models check with --boxes"
        )
    return None if found.beats_saliency else f"encoder {facts.name}: {found.verdict}"


def load(facts: EncoderFacts, where: Path | None = None) -> Pointing | None:
    """Return the check kept for an encoder, or None where there is none that can be read."""
    try:
        stated = json.loads(_path(facts, where).read_text(encoding="utf-8"))
        if stated.pop("format") != FORMAT:
            return None
        del stated["encoder"]
        pictures, phrases = int(stated.pop("pictures")), int(stated.pop("phrases"))
        return Pointing(pictures, phrases, **{name: Interval(**one) for name, one in stated.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # a damaged file counts as none: then the query says that there was no check


def save(found: Pointing, facts: EncoderFacts, where: Path | None = None) -> Path:
    """Keep a check and return its file.

    Raises:
        EncoderError: The folder cannot be written.
    """
    path = _path(facts, where)
    partial = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stated = {"format": FORMAT, "encoder": facts.name, **asdict(found)}
        partial.write_text(json.dumps(stated), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise EncoderError(f"the check cannot be kept in {str(path.parent)!r}: {error.strerror}") from error
    return path


def _path(facts: EncoderFacts, where: Path | None) -> Path:
    return (where or folder()) / f"{key(facts)}.pointing.json"
