"""How facts and frames travel from the decoding process: JSON lines and raw arrays, nothing executable."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import FrameBatch, MediaFacts

Message = dict[str, object]
_MAX_LINE = 1 << 24


def send(pipe: BinaryIO, message: Message, *arrays: npt.NDArray[np.generic]) -> None:
    """Write one message and its arrays; the shapes and types go into the message."""
    described = [[array.dtype.str, list(array.shape)] for array in arrays]
    pipe.write(json.dumps({**message, "arrays": described}).encode("ascii") + b"\n")
    for array in arrays:
        pipe.write(np.ascontiguousarray(array).tobytes())
    pipe.flush()


def receive(pipe: BinaryIO) -> tuple[Message, list[npt.NDArray[np.generic]]]:
    """Return the next message and its arrays.

    Raises:
        EOFError: The other side ended, or wrote something else than a message.
    """
    line = pipe.readline(_MAX_LINE)
    try:
        message = cast("Message", json.loads(line))
        described = cast("list[tuple[str, list[int]]]", message.pop("arrays"))
        arrays = [_array(pipe, dtype, shape) for dtype, shape in described]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EOFError("the decoding process ended") from error
    return message, arrays


def facts_message(facts: MediaFacts) -> Message:
    """Return facts as a message."""
    return asdict(facts)


def facts_of_message(message: Message) -> MediaFacts:
    """Return the facts that a message holds."""
    known = {field.name for field in fields(MediaFacts)}
    values = {name: value for name, value in message.items() if name in known}
    values["notes"] = tuple(cast("list[str]", values.get("notes", [])))
    return MediaFacts(**values)  # type: ignore[arg-type]


def batch_of_arrays(arrays: list[npt.NDArray[np.generic]]) -> FrameBatch:
    """Return the batch whose three arrays are given."""
    rgb, pts_seconds, frame_index = arrays
    return FrameBatch(
        rgb.astype(np.uint8, copy=False),
        pts_seconds.astype(np.float64, copy=False),
        frame_index.astype(np.int64, copy=False),
    )


def batch_arrays(batches: Iterator[FrameBatch]) -> Iterator[tuple[npt.NDArray[np.generic], ...]]:
    """Yield the three arrays of each batch."""
    for batch in batches:
        yield batch.rgb, batch.pts_seconds, batch.frame_index


def _array(pipe: BinaryIO, dtype: str, shape: list[int]) -> npt.NDArray[np.generic]:
    """Return the next array."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    content = pipe.read(size)
    if len(content) != size or kind.hasobject:
        raise EOFError("the decoding process ended within an array")
    return np.frombuffer(content, dtype=kind).reshape(shape)
