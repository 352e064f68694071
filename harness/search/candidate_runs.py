"""Runs a candidate: makes its environment, runs the subject in it, and keeps what that shows."""

import contextlib
import functools
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from harness.base.errors import HarnessError, UncheckedError, UsageError
from harness.base.files import reserved
from harness.base.project import Project
from harness.environments.candidates import prepared
from harness.environments.locks import digest, read_lock
from harness.environments.space import cache_of_candidates, made_anew, remove_unused
from harness.environments.targets import Target
from harness.environments.virtual_environments import (
    Environment,
    ensure_environment,
    reserved_environment,
    share_bytecode,
)
from harness.observing.probing import Limits
from harness.running.parcels import Elsewhere, packed
from harness.search.bisection import Ran
from harness.search.subjects import Attributable, Place


@dataclass(frozen=True, kw_only=True)
class Runner:
    """How candidates run.

    `results` is the directory of what candidates show: a search that was interrupted goes on from
    there. `targets` are the names of all targets, whose environments stay; candidates have
    `budget` bytes for theirs. uv's cache for a candidate is its own, or with `users_cache` that of
    the user, which has the packages of all targets. With `elsewhere`, candidates run there.
    """

    subject: Attributable[Any]
    project: Project
    results: Path
    limits: Limits
    targets: Collection[str]
    budget: int
    users_cache: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)  # besides those of the candidate
    elsewhere: Elsewhere | None = None

    def run(
        self,
        target: Target,
        runs: int,
        environments: Path | None = None,
        results: Path | None = None,
    ) -> Ran[Any]:
        """Run a candidate, after making its environment in `environments` if necessary."""
        results = results or self.results
        try:
            if self.elsewhere:
                return self._elsewhere(
                    self.elsewhere, target, runs, results, anew=bool(environments)
                )
            with reserved(results, target.name, "--results"):
                environments = environments or self.project.environments
                return self._ran(target, runs, environments, results / target.name)
        except UsageError:
            raise
        except HarnessError as error:
            return Ran(reason=str(error))

    def prepare(self, target: Target, environments: Path | None = None) -> None:
        """Make the environment of a candidate that may run soon; why not is told when it runs."""
        with (
            contextlib.suppress(HarnessError),
            reserved_environment(target, environments or self.project.environments),
        ):
            self.environment(target, environments)

    def environment(self, target: Target, environments: Path | None = None) -> Environment:
        """The environment of a candidate, made if necessary. Raises UnusableEnvironmentError."""
        environments = environments or self.project.environments
        project = prepared(target, self.project).with_places(environments=environments)
        users = self.users_cache or target.name in self.targets
        cache = None if users else cache_of_candidates(self.project.environments)
        made = ensure_environment(target, project, cache)
        return replace(made, variables={**made.variables, **self.variables})

    @contextlib.contextmanager
    def held(self, target: Target) -> Iterator[Environment]:
        """The environment of a candidate, which no other process changes meanwhile."""
        with reserved_environment(target, self.project.environments):
            yield self.environment(target)

    @property
    def jobs(self) -> int | None:
        """How many candidates run at once elsewhere; None if they run here."""
        return self.elsewhere.connection.cores if self.elsewhere else None

    def cheap(self, target: Target) -> bool:
        """Whether a candidate is installed, or has shown something before."""
        places = (self.project.environments, self.results)
        return any((each / target.name).is_dir() for each in places)

    def remove_unused(self) -> None:
        """Keep the environments of candidates within their budget."""
        remove_unused(self.project.environments, self.targets, self.budget)

    def _ran(self, target: Target, runs: int, environments: Path, directory: Path) -> Ran[Any]:
        """What a candidate shows, or has shown to an earlier search."""
        project = prepared(target, self.project).with_places(environments=environments)
        if kept := self._kept(target, project, runs, directory):
            return kept
        with reserved_environment(target, environments):
            environment = self.environment(target, environments)
            share_bytecode(environment.directory)  # others have run since it was made ahead
            place = Place(
                target=target,
                environment=environment,
                project=project,
                directory=directory,
                limits=self.limits,
            )
            directory.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            shown, reason = None, ""
            try:
                shown = self.subject.show(place, runs)
            except UsageError:
                raise
            except HarnessError as error:
                reason = str(error)
            return Ran(
                shown=shown,
                reason=reason,
                seconds=time.monotonic() - began,
                lock_sha256=environment.lock_sha256,
            )

    def _kept(
        self, target: Target, project: Project, runs: int, directory: Path
    ) -> Ran[Any] | None:
        """What an earlier search has kept of a candidate; None if nothing."""
        if not target.locked:  # what it is made from changes
            return None
        lock_sha256 = digest(read_lock(target, project.locks))
        try:
            shown = self.subject.kept(directory, lock_sha256, runs)
        except UncheckedError as error:  # an earlier search could not tell
            return Ran(reason=str(error), kept=True)
        return None if shown is None else Ran(shown=shown, kept=True)

    def _elsewhere(
        self, there: Elsewhere, target: Target, runs: int, results: Path, *, anew: bool
    ) -> Ran[Any]:
        """What a candidate shows on a worker; its record comes home."""
        project = prepared(target, self.project)
        directory = results / target.name
        if kept := self._kept(target, project, runs, directory):
            return kept
        scenarios, files = self.subject.sent(project)
        home = project.with_places(scenarios=scenarios, results=results)
        runner = replace(self, elsewhere=None)
        work = functools.partial(_run_there, runner=runner, target=target, runs=runs, anew=anew)
        answer = there.answer(packed(target, home, work, files), home)
        ran = msgspec.json.decode(answer, type=_CameTo)
        if ran.reason:
            return Ran(reason=ran.reason, seconds=ran.seconds)
        shown = self.subject.kept(directory, ran.lock_sha256, runs)
        if shown is None:
            raise UncheckedError(f"{directory}: what came back from the worker cannot be read")
        return Ran(shown=shown, seconds=ran.seconds)


class _CameTo(msgspec.Struct):
    """What a candidate came to on a worker, apart from its record."""

    reason: str
    seconds: float
    lock_sha256: str


def _run_there(project: Project, *, runner: Runner, target: Target, runs: int, anew: bool) -> bytes:
    """Run the candidate of a parcel, in an environment made `anew` or one that stays there."""
    runner = replace(
        runner,
        subject=runner.subject.within(project),
        project=project,
        results=project.results,
    )
    with contextlib.ExitStack() as stack:
        environments = stack.enter_context(made_anew(project.environments)) if anew else None
        ran = runner.run(target, runs, environments)
        runner.remove_unused()
    came = _CameTo(reason=ran.reason, seconds=ran.seconds, lock_sha256=ran.lock_sha256)
    return msgspec.json.encode(came)
