"""Many targets: as many at once as there are cores, going on after failures, resumable."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.base.errors import UncheckedError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.running.check import Checking, check, unchecked
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One target is done, now or (`earlier`) in the matrix that this one takes up."""

    checked: Checked
    done: int
    total: int
    seconds_left: float
    earlier: bool = False


@dataclass(frozen=True, kw_only=True)
class Journal:
    """What an unfinished matrix was asked for, and the targets that it has done."""

    targets: tuple[str, ...]
    suite: SuiteOptions
    done: tuple[Checked, ...] = ()


def run_matrix(
    targets: Sequence[Target],
    project: Project,
    criteria: Criteria,
    how: Checking,
    *,
    restart: bool = False,
) -> Iterator[Progress]:
    """Check `targets`, as many at once as `how` has jobs, and tell of each as it is done.

    Each target that is done is kept in `results/matrix.json` until all are: the same matrix takes
    up one that was interrupted, unless `restart` is set.
    """
    path = project.results / "matrix.json"
    journal = Journal(targets=tuple(target.name for target in targets), suite=how.suite)
    if not restart:
        journal = _interrupted(path, journal)
    for checked in journal.done:
        yield Progress(
            checked=checked,
            done=len(journal.done),
            total=len(targets),
            seconds_left=0,
            earlier=True,
        )
    finished = {checked.target for checked in journal.done}
    waiting = [target for target in targets if target.name not in finished]
    began = time.monotonic()
    write_whole(path, msgspec.json.encode(journal))
    in_workers = _in_workers(waiting, project, criteria, how)
    for number, checked in enumerate(in_workers, 1):
        journal = replace(journal, done=(*journal.done, checked))
        write_whole(path, msgspec.json.encode(journal))
        each = (time.monotonic() - began) / number
        yield Progress(
            checked=checked,
            done=len(journal.done),
            total=len(targets),
            seconds_left=each * (len(waiting) - number),
        )
    path.unlink(missing_ok=True)


def _in_workers(
    targets: Sequence[Target], project: Project, criteria: Criteria, how: Checking
) -> Iterator[Checked]:
    """Each target as it is done; one whose worker is killed twice is a failure like any other."""
    each = replace(how, jobs=1, quiet=True)  # the other cores have other targets

    def submit(pool: ProcessPoolExecutor, target: Target) -> Future[Checked]:
        return pool.submit(check, target, project, criteria, each)

    lost = []
    with _pool(how.jobs) as pool:
        futures = {submit(pool, target): target for target in targets}
        try:
            for future in as_completed(futures):
                try:
                    yield future.result()
                except BrokenProcessPool:  # one was killed, and took all that waited along
                    lost.append(futures[future])
        except BaseException:  # an interrupt must not wait for what has not begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for target in lost:
        with _pool(1) as pool:
            try:
                yield submit(pool, target).result()
            except BrokenProcessPool:
                killed = UncheckedError("the process that checked it was killed, twice")
                yield unchecked(target, project, killed)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # spawned, not forked: a worker lives through many targets and loads pytest once
    return ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))


def _interrupted(path: Path, wanted: Journal) -> Journal:
    """The journal of an interrupted matrix that was asked for the same, else `wanted`."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Journal)
    except (OSError, ValueError, msgspec.MsgspecError):
        return wanted
    asked = (found.targets, found.suite)
    return found if asked == (wanted.targets, wanted.suite) else wanted
