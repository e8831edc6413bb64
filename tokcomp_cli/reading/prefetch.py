"""Make the next things in a thread while the last ones are used."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
WAKE_SECONDS = 0.1


class _Ended:
    """What the thread hands on last: nothing, or what broke it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetched(items: Iterator[Item], *, most: int) -> Generator[Item]:
    """Yield the same items, made in a thread ahead of their use; an error in it is raised here.

    The iterator runs in that thread from its first item to its clean-up. Where this generator is closed
    early, the thread stops at the next item.

    Args:
        items: Makes them.
        most: Items that may wait to be used.
    """
    queue: Queue[Item | _Ended] = Queue(most)
    stop = Event()

    def hand_on(item: Item | _Ended) -> None:
        while not stop.is_set():
            with suppress(Full):
                queue.put(item, timeout=WAKE_SECONDS)
                break

    def make() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                hand_on(item)
                if stop.is_set():
                    break
        except BaseException as found:
            error = found
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
        hand_on(_Ended(error))

    thread = Thread(target=make, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = queue.get(timeout=WAKE_SECONDS)
            except Empty:
                if thread.is_alive() or not queue.empty():
                    continue
                raise RuntimeError("the thread that makes the next items ended without a word") from None
            if isinstance(item, _Ended):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        thread.join()
