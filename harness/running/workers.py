"""Work on many targets at once, in processes of their own."""

import contextlib
import itertools
import logging
import multiprocessing
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from harness.base.errors import UsageError
from harness.base.processes import end_with_parent
from harness.environments.targets import Target

log = logging.getLogger(__name__)

Item = TypeVar("Item")
T = TypeVar("T")
SECONDS = 10  # to find the scheduler of a cluster, and its first worker
PATIENCE = 20  # seconds without a target that is done, before the workers are counted


def in_workers(
    work: Callable[[Target], T], targets: Sequence[Target], jobs: int
) -> Iterator[tuple[Target, T | None]]:
    """Each target with what `work` returns, as it is done, at most `jobs` at once.

    None if the process that did the work was killed twice. `work` must be picklable.
    """
    lost = []
    with workers(jobs) as pool:
        futures = {pool.submit(work, target): target for target in targets}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:  # one was killed, and took all that waited along
                lost.append(futures[future])
    for target in lost:
        with workers(1) as pool:
            try:
                yield target, pool.submit(work, target).result()
            except BrokenProcessPool:
                yield target, None


@contextlib.contextmanager
def workers(jobs: int) -> Iterator[Executor]:
    """At most `jobs` processes; an error or an interrupt ends them and the probes they started."""
    # spawned, not forked: a worker lives through many targets and imports its modules once
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="state-harness-") as directory,
        ProcessPoolExecutor(
            jobs, mp_context=context, initializer=end_with_parent, initargs=(os.getpid(),)
        ) as pool,
    ):
        try:
            yield _Filed(pool, Path(directory))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


class _Filed(Executor):
    """Hands each call to a pool in a file.

    A pool of CPython 3.11.2 waits for ever for a worker that was killed, if calls of more bytes
    than a pipe holds were waiting for that worker; one of 3.11.7 does not.
    """

    def __init__(self, pool: Executor, directory: Path) -> None:
        self._pool, self._directory = pool, directory
        self._numbers = itertools.count()

    def submit(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        path = self._directory / f"{next(self._numbers)}.pickle"
        path.write_bytes(pickle.dumps((work, args, kwargs)))
        return self._pool.submit(_called, path)


def _called(path: Path) -> Any:
    work, args, kwargs = pickle.loads(path.read_bytes())  # noqa: S301 - of the process above
    path.unlink()
    return work(*args, **kwargs)


def in_cluster(
    work: Callable[[Item], T], items: Sequence[Item], address: str
) -> Iterator[tuple[Item, Future[T]]]:
    """Each item with the outcome of `work`, as it is done, on the Dask cluster of a scheduler.

    What a lost worker was to do, another one does; `work` and the items must be picklable. Raises
    UsageError if there is no scheduler at the address, or if the scheduler has no worker. Without
    any worker later, the targets wait for one, and a warning says so.
    """
    if not address.strip():  # for which Dask would start a cluster of its own
        raise UsageError("--dask: the address is empty; it is like tcp://HOST:8786")
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "--dask needs the package `distributed`: install tensorflow-state-harness[dask]"
        ) from error
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(f"--dask {address}: no scheduler of Dask answers there") from error
    with client, client.get_executor(pure=False) as pool:  # type: ignore[no-untyped-call]
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError as error:
            raise UsageError(
                f"--dask {address}: the scheduler has no worker; start one with "
                f"`dask worker {address} --nthreads 1`"
            ) from error
        futures = {pool.submit(work, item): item for item in items}
        left = set(futures)
        while left:
            done, left = wait(left, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            if not done and not client.ncores():  # type: ignore[no-untyped-call]
                log.warning("--dask %s: waiting, since the cluster has no worker left", address)
            for future in done:
                yield futures[future], future
