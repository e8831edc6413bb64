"""What takes long to load, loaded as fast as it can be."""

import gc
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokcomp_cli.cli.interrupts import postponed

if TYPE_CHECKING:
    from tokcomp_cli.encoders.base import Encoder
    from tokcomp_cli.encoders.choice import EncoderChoice


def import_torch() -> None:
    """Import torch while the garbage collector waits.

    It makes 275,000 objects of which none is garbage; looking through them again and again is a fifth of the
    import (1.1 and 0.9 s). They are set aside for good, so that no later collection looks at them either.
    """
    if "torch" in sys.modules:
        return
    waits = gc.isenabled()
    gc.disable()
    try:
        with postponed():
            import torch  # noqa: F401
    finally:
        gc.freeze()
        if waits:
            gc.enable()


@contextmanager
def loading(choice: "EncoderChoice") -> "Iterator[Future[Encoder]]":
    """Load an encoder while inside, where the rest of the program is imported.

    Reading, checking and laying out weights leaves the interpreter free for that.
    """
    import_torch()
    from tokcomp_cli.encoders import open_encoder

    with ThreadPoolExecutor(1, "weights") as thread:
        yield thread.submit(open_encoder, choice)
