"""Searches among real candidates: makes their environments, runs them, and keeps what they show."""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from harness.base.errors import HarnessError, UncheckedError, UsageError
from harness.environments.mixes import Pair, side
from harness.environments.space import made_anew
from harness.environments.targets import Target
from harness.running.workers import workers
from harness.search.answer import Answer, Found
from harness.search.attribute import attribute
from harness.search.bisection import Bisection, Confirmed, Ran
from harness.search.candidate_runs import Runner


@dataclass(frozen=True, kw_only=True)
class Search:
    """Among which candidates, in order, a change is searched; at most `jobs` run at once.

    With `attributed`, the answer says of each window which packages are to blame. With
    `accepted`, targets between the ends count as their baselines have them.
    """

    runner: Runner
    candidates: Sequence[Target]
    jobs: int
    attributed: bool = True
    accepted: bool = True


def bisect(search: Search, tell: Callable[[str], None]) -> Answer:
    """Find the windows in which a behaviour changes; `tell` gets a line for each candidate.

    Raises UncheckedError if an end cannot be told, or if both ends do the same.
    """
    began = time.monotonic()
    runner = search.runner
    with (
        made_anew(runner.project.environments) as fresh,
        workers(runner.prepare, 1) as ahead,  # makes the next environments while others run
        _pool(runner, search.jobs) as run,
    ):

        def submit(number: int, runs: int, anew: bool) -> Future[Ran[Any]]:
            candidate = search.candidates[number]
            if not runner.cheap(candidate):
                runner.remove_unused()
            if anew:
                results = fresh / "results" / str(next(repeats))
                return run(candidate, runs, fresh, results)
            return run(candidate, runs)

        def prepare(numbers: Sequence[int], anew: bool) -> None:
            if runner.elsewhere:  # nobody knows on which worker they will run
                return
            wanted = {(number, anew) for number in numbers}
            for each in [each for each in prepared.keys() - wanted if prepared[each].cancel()]:
                del prepared[each]
            for number in numbers:
                candidate = search.candidates[number]
                if (number, anew) not in prepared and (anew or not runner.cheap(candidate)):
                    future = ahead.submit(candidate, fresh if anew else None)
                    prepared[number, anew] = future

        prepared: dict[tuple[int, bool], Future[None]] = {}
        repeats = itertools.count()
        bisection = Bisection[Any](
            subject=runner.subject,
            total=len(search.candidates),
            submit=submit,
            prepare=prepare,
            accepted=dict(_accepted(search)) if search.accepted else {},
            jobs=search.jobs,
            cheap=lambda number: runner.cheap(search.candidates[number]),
            name=lambda number: search.candidates[number].name,
            tell=tell,
        )
        try:
            found = bisection.search()
            ahead.shutdown(wait=False)
        except BrokenProcessPool as error:
            raise UncheckedError(
                "a process that ran a candidate was killed, as when memory is short; the same "
                "command goes on from what is kept, and needs less memory with --jobs=1"
            ) from error
    answer = Answer(
        subject=runner.subject.name,
        candidates=tuple(search.candidates),
        found=tuple(_attributed(_found(each, search, bisection), search, tell) for each in found),
        seen=dict(sorted(bisection.seen.items())),
        probes=bisection.probes,
        repeats=bisection.repeats,
        running=sum(bisection.seconds),
        seconds=time.monotonic() - began,
    )
    runner.remove_unused()
    return answer


@contextlib.contextmanager
def _pool(runner: Runner, jobs: int) -> Iterator[Callable[..., Future[Ran[Any]]]]:
    """Starts a run of a candidate, at most `jobs` at once."""
    if runner.elsewhere is None:
        with workers(runner.run, jobs) as pool:
            yield pool.submit
        return
    waiting = ThreadPoolExecutor(jobs)  # for workers elsewhere
    try:
        yield lambda *arguments: waiting.submit(runner.run, *arguments)
    finally:
        waiting.shutdown(wait=False, cancel_futures=True)


def _accepted(search: Search) -> Iterator[tuple[int, Any]]:
    """What the baselines of targets between the ends say of the subject."""
    runner = search.runner
    for number, candidate in enumerate(search.candidates[:-1]):
        if number and candidate.name in runner.targets and candidate.locked:
            shown = runner.subject.accepted(candidate, runner.project)
            if shown is not None:
                yield number, shown


def _found(confirmed: Confirmed, search: Search, bisection: Bisection[Any]) -> Found:
    window = confirmed.window
    last_old, first_new = (search.candidates[each] for each in (window.first, window.last))
    pair = Pair(*(side(each, search.runner.project) for each in (last_old, first_new)))
    return Found(
        last_old=last_old,
        first_new=first_new,
        differences=confirmed.differences,
        packages=tuple(map(pair.described, pair.differing)),
        unknown=tuple(
            (search.candidates[each], bisection.seen[each].reason) for each in window.unknown
        ),
        doubt=confirmed.doubt,
    )


def _attributed(found: Found, search: Search, tell: Callable[[str], None]) -> Found:
    """A window with the packages to blame, or the reason why nobody knows them."""
    if not search.attributed:
        return found
    tell(f"which packages are to blame, {found.last_old.name} to {found.first_new.name}")
    try:
        attribution = attribute(search.runner, found.last_old, found.first_new, tell)
    except UsageError:
        raise
    except HarnessError as error:  # the window is an answer without it
        return replace(found, unattributed=str(error))
    return replace(found, attribution=attribution)
