"""A closer look at the pictures themselves: how much the resize leaves, and how likely they hold writing."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from statistics import fmean

import cv2
import numpy as np
import torch

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.results.difficulty import Difficulty, ReadLine, Resolution
from tokcomp_cli.core.timing import Clock
from tokcomp_cli.detail.sampled_pictures import Picture
from tokcomp_cli.difficulty.detail import TEXT
from tokcomp_cli.difficulty.ocr import Reader
from tokcomp_cli.errors import PlanError
from tokcomp_cli.fidelity.resolution import surviving

LEAST_CONTRAST = 0.7
LEAST_WORDS, LEAST_READ = 3, 0.5
ENLARGED = 2


def check_resolution(
    pictures: Sequence[Picture], found: Difficulty, facts: EncoderFacts, clock: Clock, *, ocr: bool
) -> tuple[Difficulty, Resolution]:
    """Return the difficulty with the text likelihood, and what the resize leaves.

    Args:
        pictures: At least one.
        found: The difficulty so far.
        facts: Of the encoder.
        clock: Gets the milliseconds.
        ocr: Whether words are read.
    """
    with clock.on("text"):
        likelihood, note, reader = text_likelihood(pictures, ocr=ocr)
    with clock.on("resolution"):
        left = resolution(pictures, facts, reader if ocr else None, text=likelihood)
    return replace(found, text_likelihood=likelihood, text_note=note), left


def text_likelihood(
    pictures: Sequence[Picture], *, ocr: bool
) -> tuple[float | None, str | None, Reader | None]:
    """Return the mean likelihood of writing over pictures, a note on it, and what found it.

    Args:
        pictures: At least one.
        ocr: Whether words are to be read too, which cannot be done without the extra.

    Raises:
        PlanError: Words are to be read and the extra is not installed or broken.
    """
    try:
        reader = _reader(torch.get_num_threads())
    except PlanError as error:
        if ocr:
            raise
        return None, f"text likelihood not measured: {error}", None
    note = None if len(pictures) == 1 else f"mean over {len(pictures)} pictures"
    return fmean(reader.likelihood(picture.rgb) for picture in pictures), note, reader


@lru_cache(maxsize=1)
def _reader(threads: int) -> Reader:
    """Return one reader for all files: loading its models takes longer than a small picture."""
    return Reader(threads=threads)


def resolution(
    pictures: Sequence[Picture], facts: EncoderFacts, reader: Reader | None, *, text: float | None = None
) -> Resolution:
    """Return what the resize to the encoder's input leaves of pictures.

    The rule: the resize decides where fewer than half of the words can still be read in what the encoder
    gets, of at least three words, or of fewer where writing is likely. Where no words were read, it decides
    where less than 0.7 of the contrast is left. Gradient energy alone cannot say it: it counts the noise of a
    large photo like the print of a page.

    Args:
        pictures: At least one.
        facts: Of the encoder.
        reader: Reads words; None to leave them out.
        text: Likelihood of writing, or None where not measured.
    """
    found = [surviving(picture.rgb, picture.seen, picture.source) for picture in pictures]
    kept, contrast = (fmean(one.gradient for one in found), fmean(one.contrast for one in found))
    full = left = None
    lines = list[tuple[ReadLine, ...]]()
    if reader is not None:
        lines = [_read(picture, reader) for picture in pictures]
        full = sum(len(line.words) for one in lines for line in one)
        left = full - sum(len(line.lost) for one in lines for line in one)
    told = full is not None and full >= (1 if text is not None and text > TEXT else LEAST_WORDS)
    bound = (left or 0) < LEAST_READ * (full or 0) if told else contrast < LEAST_CONTRAST
    size = f"{facts.input_size[1]}×{facts.input_size[0]}"
    note = f"the resize to {size} pixels leaves {contrast:.2f} of the contrast"
    if full:
        read = f"at {size} pixels {left} of {full} {'word' if full == 1 else 'words'} can still be read"
        note = read if told else f"{read}; {note}"
    elif full == 0:
        note = f"no words were found; {note}"
    if bound:
        note += "; resolution-bound: judge with the detail path"
    single = lines[0] if len(lines) == 1 else None
    return Resolution(kept, contrast, bound, len(pictures), full, left, note, single)


def _read(picture: Picture, reader: Reader) -> tuple[ReadLine, ...]:
    """Return the lines read in a picture, with the words that are not read in what the encoder gets."""
    found, still = reader.lines(picture.rgb), reader.words(_unsquashed(picture))
    left, top, right, bottom = picture.source
    lines = []
    for words, box in found:
        lost = []
        for word in words:
            if still[word]:
                still[word] -= 1
            else:
                lost.append(word)
        x1, x2 = ((x - left) / (right - left) for x in box[::2])
        y1, y2 = ((y - top) / (bottom - top) for y in box[1::2])
        place = round(x1, 4), round(y1, 4), round(x2, 4), round(y2, 4)
        lines.append(ReadLine(words, tuple(lost), place))
    return tuple(lines)


def _unsquashed(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the encoder's input in the picture's proportions, twice as large as it is at its longer side.

    A reader that was trained on upright print should not fail on the squeeze; enlarging adds no detail, and
    at twice the size it read most words of the real pages tried.
    """
    left, top, right, bottom = picture.source
    scale = ENLARGED * max(picture.seen.shape[:2]) / max(right - left, bottom - top)
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    return np.asarray(cv2.resize(picture.seen, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
