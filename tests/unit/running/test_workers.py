"""Processes that work on many targets at once."""

import functools
import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pytest

from harness.running.workers import workers

LARGE = bytes(1_000_000)  # more than a pipe holds


def work(large: bytes, divisor: int) -> float:
    if divisor < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return len(large) / divisor


@pytest.mark.fault(
    "processes",
    "a worker is killed while calls of much data wait for it",
    "the calls fail at once, also with CPython 3.11.2, whose own pool waits for ever",
)
def test_a_killed_worker_ends_all_calls() -> None:
    with workers(functools.partial(work, LARGE), 1) as pool:
        calls = [pool.submit(divisor) for divisor in (-1, 1, 1, 1, 1)]
        for each in calls:
            with pytest.raises(BrokenProcessPool):
                each.result(30)


def test_a_call_after_a_worker_was_killed_fails_as_the_calls_before() -> None:
    with workers(functools.partial(work, b""), 1) as pool:
        with pytest.raises(BrokenProcessPool):
            pool.submit(-1).result(30)
        late = pool.submit(1)
        with pytest.raises(BrokenProcessPool):
            late.result(30)


def test_a_call_has_its_outcome_or_its_error() -> None:
    with workers(functools.partial(work, LARGE), 1) as pool:
        assert pool.submit(2).result() == len(LARGE) / 2
        with pytest.raises(ZeroDivisionError):
            pool.submit(0).result()
