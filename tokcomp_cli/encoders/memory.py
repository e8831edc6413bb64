"""How an encoder says that memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

# What torch's allocator says on Linux and elsewhere, its CUDA allocator, and oneDNN, in a RuntimeError.
NO_MEMORY = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "could not create a primitive",
    "could not create a memory object",
)


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise MemoryError inside for whatever torch raises where memory does not suffice.

    Raises:
        MemoryError: Memory does not suffice; a smaller batch may do.
    """
    try:
        yield
    except RuntimeError as error:
        if not any(words in str(error) for words in NO_MEMORY):
            raise
        raise MemoryError("memory does not suffice for a batch of this size") from error
