"""Processes that work on many targets at once."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pytest

from harness.running.workers import workers

LARGE = bytes(1_000_000)  # more than a pipe holds


def end_itself(_: bytes) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.fault(
    "processes",
    "a worker is killed while calls with large arguments wait for it",
    "the calls fail at once, also with CPython 3.11.2, whose own pool waits for ever",
)
def test_a_killed_worker_ends_all_calls_however_large() -> None:
    with workers(1) as pool:
        calls = [pool.submit(work, LARGE) for work in (end_itself, len, len, len, len)]
        for each in calls:
            with pytest.raises(BrokenProcessPool):
                each.result(30)


def test_a_call_has_its_arguments_and_its_error() -> None:
    with workers(1) as pool:
        assert pool.submit(len, LARGE).result() == len(LARGE)
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()
