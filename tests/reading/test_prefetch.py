import threading
import time

import pytest

from tokcomp_cli.reading.prefetch import prefetched


def test_the_same_items_in_the_same_order():
    assert list(prefetched(iter(range(50)), most=3)) == list(range(50))
    assert list(prefetched(iter(()), most=1)) == []


def test_at_most_so_many_items_wait():
    made = []

    def items():
        for number in range(20):
            made.append(number)
            yield number

    waiting = prefetched(items(), most=2)
    assert next(waiting) == 0
    time.sleep(0.2)
    assert len(made) <= 4
    assert list(waiting) == list(range(1, 20))


def test_an_error_in_the_thread_is_raised_where_it_is_waited_for():
    def items():
        yield 1
        raise ValueError("broken")

    waiting = prefetched(items(), most=2)
    assert next(waiting) == 1
    with pytest.raises(ValueError, match="broken"):
        next(waiting)


def test_closing_early_ends_the_thread_and_cleans_up():
    closed, before = threading.Event(), threading.active_count()

    def items():
        try:
            yield from range(10**9)
        finally:
            closed.set()

    waiting = prefetched(items(), most=1)
    assert next(waiting) == 0
    waiting.close()
    assert closed.is_set()
    assert threading.active_count() == before
