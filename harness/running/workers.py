"""Work on many targets at once, in processes of their own."""

import contextlib
import logging
import multiprocessing
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Generic, TypeVar

from harness.base.errors import UncheckedError, UsageError
from harness.base.processes import end_with_parent
from harness.environments.targets import Target

log = logging.getLogger(__name__)

Item = TypeVar("Item")
T = TypeVar("T")
SECONDS = 10  # to find the scheduler of a cluster, and its first worker
PATIENCE = 20  # seconds without a target that is done, before the workers are counted
_WORKS: list[Callable[..., Any]] = []  # of a worker: its only work


class Workers(Generic[T]):
    """Processes that all do the same work, which each of them gets once, when it starts.

    A call has only its arguments to hand over: a pool of CPython 3.11.2 waits for ever for a
    worker that was killed, if calls of more bytes than a pipe holds were waiting for that worker.
    """

    def __init__(self, work: Callable[..., T], jobs: int) -> None:
        # spawned, not forked: a worker lives through many calls and imports its modules once
        self._pool = ProcessPoolExecutor(
            jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(os.getpid(), work),
        )

    def submit(self, *args: Any) -> Future[T]:
        """The outcome of the work with these arguments; BrokenProcessPool if a worker is killed.

        That is the outcome, too, of a call that comes after a worker was killed.
        """
        try:
            return self._pool.submit(_done, *args)
        except BrokenProcessPool as error:
            broken: Future[T] = Future()
            broken.set_exception(error)
            return broken

    def shutdown(self, *, wait: bool) -> None:
        """Take no further calls, and do none that has not begun."""
        self._pool.shutdown(wait=wait, cancel_futures=True)


def _begin(parent: int, work: Callable[..., Any]) -> None:
    end_with_parent(parent)
    _WORKS.append(work)


def _done(*args: Any) -> Any:
    return _WORKS[-1](*args)


@contextlib.contextmanager
def workers(work: Callable[..., T], jobs: int) -> Iterator[Workers[T]]:
    """At most `jobs` processes for picklable `work`.

    An error or an interrupt ends them and the probes that they started.
    """
    pool = Workers(work, jobs)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False)
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(wait=True)


def in_workers(
    work: Callable[[Target], T], targets: Sequence[Target], jobs: int
) -> Iterator[tuple[Target, T | None]]:
    """Each target with what `work` returns, as it is done, at most `jobs` at once.

    None if the process that did the work was killed twice. `work` must be picklable.
    """
    lost = []
    with workers(work, jobs) as pool:
        futures = {pool.submit(target): target for target in targets}
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenProcessPool:  # one was killed, and took all that waited along
                lost.append(futures[future])
    for target in lost:
        with workers(work, 1) as pool:
            try:
                yield target, pool.submit(target).result()
            except BrokenProcessPool:
                yield target, None


class Connection:
    """The workers of a Dask cluster. What a lost worker was to do, another one does."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._pool = client.get_executor(pure=False)
        self._address = address
        self._futures: list[Future[Any]] = []

    @property
    def cores(self) -> int:
        """How many calls run at once."""
        return sum(self._client.ncores().values())

    def submit(self, work: Callable[[Item], T], item: Item) -> Future[T]:
        """The outcome of picklable work with a picklable item."""
        future: Future[T] = self._pool.submit(work, item)
        self._futures.append(future)
        return future

    def cancel(self) -> None:
        """Nobody waits any longer for what is not done."""
        for future in self._futures:
            future.cancel()

    def wait(self, futures: Collection[Future[T]]) -> set[Future[T]]:
        """Wait for the first of some futures; those that are done.

        Without any worker they wait for one, and a warning says so.
        """
        while True:
            done, _ = wait(futures, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            if done:
                return done
            if not self.cores:
                log.warning(
                    "--dask %s: waiting, since the cluster has no worker left", self._address
                )


def error_of(future: Future[T]) -> BaseException | None:
    """The error of a call that is done; Dask cancels what it lost with its scheduler."""
    try:
        error = future.exception()
    except CancelledError as cancelled:
        error = cancelled
    if isinstance(error, CancelledError):
        return UncheckedError(
            "the scheduler of the Dask cluster is gone; what is done is kept, and the same command "
            "goes on from there"
        )
    return error


@contextlib.contextmanager
def connected(address: str) -> Iterator[Connection]:
    """The workers of the Dask cluster whose scheduler is at an address.

    At the end nobody waits for what is not done. Raises UsageError if there is no scheduler at the
    address, or if the scheduler has no worker.
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
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS)
        except TimeoutError as error:
            raise UsageError(
                f"--dask {address}: the scheduler has no worker; start one with "
                f"`dask worker {address} --nthreads 1`"
            ) from error
        connection = Connection(client, address)
        try:
            yield connection
        finally:
            connection.cancel()


def in_cluster(
    work: Callable[[Item], T], items: Sequence[Item], address: str
) -> Iterator[tuple[Item, Future[T]]]:
    """Each item with the outcome of `work`, as it is done, on the Dask cluster of a scheduler.

    Raises UsageError, as `connected` does.
    """
    with connected(address) as cluster:
        left = {cluster.submit(work, item): item for item in items}
        while left:
            for future in cluster.wait(left):
                yield left.pop(future), future
