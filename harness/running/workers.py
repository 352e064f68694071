"""Work on many targets at once, in processes of their own."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from harness.base.processes import end_with_parent
from harness.environments.targets import Target

T = TypeVar("T")


def in_workers(
    work: Callable[[Target], T], targets: Sequence[Target], jobs: int
) -> Iterator[tuple[Target, T | None]]:
    """Each target with what `work` returns, as it is done, at most `jobs` at once.

    None if the process that did the work was killed twice. `work` must be picklable.
    """
    lost = []
    with _pool(jobs) as pool:
        futures = {pool.submit(work, target): target for target in targets}
        try:
            for future in as_completed(futures):
                try:
                    yield futures[future], future.result()
                except BrokenProcessPool:  # one was killed, and took all that waited along
                    lost.append(futures[future])
        except BaseException:  # an interrupt ends the workers, whose probes end with them
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise
    for target in lost:
        with _pool(1) as pool:
            try:
                yield target, pool.submit(work, target).result()
            except BrokenProcessPool:
                yield target, None


def _pool(jobs: int) -> ProcessPoolExecutor:
    # spawned, not forked: a worker lives through many targets and imports its modules once
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=end_with_parent)
