"""Searches among real candidates: makes their environments, runs them, and keeps what they show."""

import functools
import itertools
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.base.errors import HarnessError, UncheckedError, UsageError
from harness.base.files import reserved
from harness.base.project import Project
from harness.environments.candidates import prepared
from harness.environments.locks import digest, pinned, read_lock
from harness.environments.space import cache_of_candidates, made_anew, remove_unused
from harness.environments.targets import Target
from harness.environments.virtual_environments import ensure_environment, reserved_environment
from harness.judging.divergence import PACKAGES
from harness.observing.probing import Limits
from harness.running.workers import workers
from harness.search.answer import Answer, Found
from harness.search.bisection import Bisection, Confirmed, Ran
from harness.search.subjects import Place, Subject


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is searched, among which candidates in order, and how.

    `results` is the directory of what candidates show: a search that was interrupted goes on from
    there. At most `jobs` candidates run at once. `targets` are the names of all targets, whose
    environments stay; candidates have `budget` bytes for theirs.
    """

    subject: Subject[Any]
    candidates: Sequence[Target]
    project: Project
    results: Path
    jobs: int
    limits: Limits
    targets: Collection[str]
    budget: int


def bisect(search: Search, tell: Callable[[str], None]) -> Answer:
    """Find the windows in which a behaviour changes; `tell` gets a line for each candidate.

    Raises UncheckedError if an end cannot be told, or if both ends do the same.
    """
    began = time.monotonic()
    with workers(search.jobs) as pool, made_anew(search.project.environments) as fresh:

        def submit(number: int, runs: int, anew: bool) -> Future[Ran[Any]]:
            where = fresh if anew else search.project.environments
            results = fresh / "results" / str(next(repeats)) if anew else search.results
            if not cheap(number):
                remove_unused(search.project.environments, search.targets, search.budget)
            return pool.submit(_run, search, search.candidates[number], runs, where, results)

        cheap = functools.partial(_is_cheap, search)
        repeats = itertools.count()
        bisection = Bisection[Any](
            subject=search.subject,
            total=len(search.candidates),
            submit=submit,
            jobs=search.jobs,
            cheap=cheap,
            name=lambda number: search.candidates[number].name,
            tell=tell,
        )
        try:
            found = bisection.search()
        except BrokenProcessPool as error:
            raise UncheckedError(
                "a process that ran a candidate was killed, as when memory is short; the same "
                "command goes on from what is kept, and needs less memory with --jobs=1"
            ) from error
    remove_unused(search.project.environments, search.targets, search.budget)
    return Answer(
        subject=search.subject.name,
        candidates=tuple(search.candidates),
        found=tuple(_found(each, search, bisection) for each in found),
        seen=dict(sorted(bisection.seen.items())),
        probes=bisection.probes,
        repeats=bisection.repeats,
        seconds=time.monotonic() - began,
    )


def _run(search: Search, target: Target, runs: int, environments: Path, results: Path) -> Ran[Any]:
    """Run a candidate, after making its environment in `environments` if necessary."""
    began = time.monotonic()
    try:
        with reserved(results, target.name, "--results"):
            shown, kept = _shown(search, target, runs, environments, results / target.name)
    except UsageError:
        raise
    except HarnessError as error:
        return Ran(reason=str(error), seconds=time.monotonic() - began)
    return Ran(shown=shown, seconds=time.monotonic() - began, kept=kept)


def _shown(
    search: Search, target: Target, runs: int, environments: Path, directory: Path
) -> tuple[Any, bool]:
    """What a candidate shows, and whether it has shown that to an earlier search."""
    project = prepared(target, search.project).with_places(environments=environments)
    if target.locked:
        kept = search.subject.kept(directory, digest(read_lock(target, project.locks)), runs)
        if kept is not None:
            return kept, True
    named = target.name in search.targets
    cache = None if named else cache_of_candidates(search.project.environments)
    with reserved_environment(target, environments):
        place = Place(
            target=target,
            environment=ensure_environment(target, project, cache),
            project=project,
            directory=directory,
            limits=search.limits,
        )
        directory.mkdir(parents=True, exist_ok=True)
        return search.subject.show(place, runs), False


def _is_cheap(search: Search, number: int) -> bool:
    """Whether a candidate is installed, or has shown something before."""
    name = search.candidates[number].name
    return any((each / name).is_dir() for each in (search.project.environments, search.results))


def _found(confirmed: Confirmed, search: Search, bisection: Bisection[Any]) -> Found:
    window = confirmed.window
    last_old, first_new = (search.candidates[each] for each in (window.first, window.last))
    return Found(
        last_old=last_old,
        first_new=first_new,
        differences=confirmed.differences,
        packages=tuple(_packages(last_old, first_new, search.project)),
        unknown=tuple(
            (search.candidates[each], bisection.seen[each].reason) for each in window.unknown
        ),
        doubt=confirmed.doubt,
    )


def _packages(old: Target, new: Target, project: Project) -> Iterator[str]:
    """The packages that differ between the locks of two candidates, with both versions."""
    if not (old.locked and new.locked):
        return
    has, gets = (pinned(read_lock(e, prepared(e, project).locks)) for e in (old, new))
    named = [name for name in PACKAGES if name in has or name in gets]
    for name in dict.fromkeys([*named, *sorted(has.keys() | gets.keys())]):
        if has.get(name) != gets.get(name):
            yield f"{name} {has.get(name, 'absent')} → {gets.get(name, 'absent')}"
