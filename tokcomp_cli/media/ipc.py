"""How facts and frames travel from the decoding process: JSON lines and raw arrays, nothing executable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from tokcomp_cli.core.frames import ArrayPicture, FrameBatch, Kernel, MediaFacts, Scaling

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


def scaling_message(scaled: Sequence[Scaling]) -> list[list[object]]:
    """Return sizes as a part of a message."""
    return [[*size, kernel] for size, kernel in scaled]


def scaling_of_message(message: Message) -> tuple[Scaling, ...]:
    """Return the sizes that a message names."""
    listed = cast("list[tuple[int, int, Kernel]]", message["scaled"])
    return tuple(((height, width), kernel) for height, width, kernel in listed)


@dataclass(frozen=True, slots=True)
class SentPicture:
    """A picture that another process made, with what cannot be made from the whole one here.

    Attributes:
        whole: The whole picture.
        made: The same at other sizes, uint8, (h, w, 3).
    """

    whole: ArrayPicture
    made: Mapping[Scaling, npt.NDArray[np.uint8]]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.whole.size

    def rgb(self) -> npt.NDArray[np.uint8]:
        """Return the whole picture, uint8, (H, W, 3)."""
        return self.whole.rgb()

    def scaled(self, size: tuple[int, int], kernel: Kernel = "bicubic") -> npt.NDArray[np.uint8]:
        """Return the picture at another size, uint8, (h, w, 3), from the whole one where it was not sent."""
        made = self.made.get((size, kernel))
        return self.whole.scaled(size, kernel) if made is None else made


def batch_of_message(message: Message, arrays: list[npt.NDArray[np.generic]]) -> FrameBatch:
    """Return the batch that a message holds."""
    rgb, pts_seconds, frame_index, *made = arrays
    forms = scaling_of_message(message)
    pictures = tuple(
        SentPicture(
            ArrayPicture(whole),
            {form: stack[at].astype(np.uint8, copy=False) for form, stack in zip(forms, made, strict=True)},
        )
        for at, whole in enumerate(rgb.astype(np.uint8, copy=False))
    )
    return FrameBatch(
        pictures, pts_seconds.astype(np.float64, copy=False), frame_index.astype(np.int64, copy=False)
    )


def send_batch(pipe: BinaryIO, batch: FrameBatch, scaled: Sequence[Scaling], request: object) -> None:
    """Write a batch of a request: whole pictures, times, numbers, then one stack for each size."""
    made = [np.stack([picture.scaled(*form) for picture in batch.pictures]) for form in scaled]
    message: Message = {"request": request, "scaled": scaling_message(scaled)}
    send(pipe, message, batch.rgb, batch.pts_seconds, batch.frame_index, *made)


def _array(pipe: BinaryIO, dtype: str, shape: list[int]) -> npt.NDArray[np.generic]:
    """Return the next array."""
    kind = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    content = pipe.read(size)
    if len(content) != size or kind.hasobject:
        raise EOFError("the decoding process ended within an array")
    return np.frombuffer(content, dtype=kind).reshape(shape)
