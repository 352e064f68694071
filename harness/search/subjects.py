"""Runs on a candidate the thing whose change is searched, and compares candidates by that thing."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from harness.base import processes
from harness.base.errors import BaselineError, HarnessError, RecordError, UncheckedError, UsageError
from harness.base.files import write_whole
from harness.base.project import PROBE, Project
from harness.environments.extras import Extras, ensure_extras
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import diff
from harness.judging.divergence import boundary
from harness.judging.known import KnownChange
from harness.judging.oracle.matching import oracle_verdicts
from harness.judging.verdicts import Outcome
from harness.observing.numerics import Tolerances
from harness.observing.probing import Limits, PlainScript, observe_script, start_probe
from harness.observing.records import WATCH, Record, Run, load_record
from harness.observing.scripts import Trace, trace
from harness.observing.snapshots import Snapshot, from_baseline, from_record

ORACLE = {  # what a verdict of the oracle says
    Outcome.EQUAL: "agrees with the oracle",
    Outcome.DRIFT: "differs from the oracle",
    Outcome.NOT_APPLICABLE: "the oracle cannot tell",
}
FIXED = "fixed"  # the variant with fixed weights
CANNOT_TELL = 125  # the exit code of a command that cannot test a candidate, as git bisect has it
CODES = "codes.json"  # the exit codes of a command on a candidate
SIGNALLED = 128  # exit codes from here on: a signal ended the command
NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")

DIGITS = 12  # of a digest in a file name

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a candidate is run: its environment, and the directory of what it shows."""

    target: Target
    environment: Environment
    project: Project
    directory: Path
    limits: Limits


class Subject(Protocol[S]):
    """The thing whose change is searched. All methods but `show` are pure."""

    @property
    def name(self) -> str:
        """How the user named it."""

    @property
    def key(self) -> str:
        """A file name for its results, another one as soon as its source is another one."""

    def require(self, old: S, new: S) -> None:
        """Raise UsageError if neither end has what the user named."""

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> S | None:
        """What an earlier call of `show` has left, of the same lock and at least as many runs."""

    def show(self, place: Place, runs: int) -> S:
        """All that a candidate does in `runs` runs, which is kept in the directory of `place`.

        Raises UncheckedError, with the reason, if that cannot be told.
        """

    def each_run(self, shown: S) -> list[S]:
        """The same, of each run alone."""

    def differences(self, old: S, new: S) -> list[str]:
        """The differences of two candidates, a sentence each; empty if none can be told."""

    def not_compared(self, old: S, new: S) -> list[str]:
        """What could not be compared between two candidates, each by its name."""


class Attributable(Subject[S], Protocol[S]):
    """A subject of whose change more can be said than where it begins."""

    def accepted(self, target: Target, project: Project) -> Any:
        """What the baseline of a target shows; None if there is none, or not of this subject."""

    def traced(self, shown: S) -> tuple[str | Path, ...]:
        """The arguments of `executed.py` that run it; empty if its functions cannot be traced."""

    def judged(self, shown: S) -> dict[str, str]:
        """The oracle's verdict on each step that it knows, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Accepted(Generic[S]):
    """What a baseline says of the subject."""

    value: S


@dataclass(frozen=True, kw_only=True)
class Seen(Accepted[S]):
    """A record of a candidate, and what it says of the subject."""

    record: Record

    def runs(self) -> list[Record]:
        """A record of each run alone: a run beside itself, since one run has no noise."""
        places = {(run.scenario, run.variant) for run in self.record.runs}
        numbers = sorted({run.number for run in self.record.runs})
        return [
            replace(self.record, runs=tuple(_twice(self.record.runs, number)))
            for number in numbers
            if {(r.scenario, r.variant) for r in self.record.runs if r.number == number} == places
        ]


def _twice(runs: Sequence[Run], number: int) -> list[Run]:
    alone = [run for run in runs if run.number == number]
    return [replace(run, number=again) for again in (1, 2) for run in alone]


@dataclass(frozen=True, kw_only=True)
class ScenarioSubject:
    """A canonical scenario or one of the project, or a single `step` or `variant` of it.

    With `exact`, values that differ within the tolerances differ.
    """

    name: str
    script: Path
    step: str = ""
    variant: str = ""
    exact: bool = False
    criteria: Criteria = field(default_factory=Criteria)

    @property
    def scenario(self) -> str:
        return self.script.stem

    @property
    def key(self) -> str:
        return _key(self.scenario, self.script)

    def require(self, old: Seen[Snapshot], new: Seen[Snapshot]) -> None:
        pairs = {pair for side in (old, new) for pair in side.value.steps}
        variants = sorted(variant for _, variant in pairs)
        if self.variant and self.variant not in variants:
            raise UsageError(
                f"--variant {self.variant}: {self.scenario} has none of this name; its variants "
                f"are {', '.join(variants)}"
            )
        steps = {name for side in (old, new) for each in side.value.steps.values() for name in each}
        if not steps:
            raise UncheckedError(f"{self.scenario}: no end has shown a step")
        if self.step and self.step not in steps:
            raise UsageError(
                f"{self.name!r}: {self.scenario} has no step {self.step!r}; its steps are "
                f"{', '.join(sorted(steps))}"
            )

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> Seen[Snapshot] | None:
        record = _kept(directory, lock_sha256, runs)
        return self._seen(record) if record else None

    def show(self, place: Place, runs: int) -> Seen[Snapshot]:
        return self._seen(_record(place, runs, only=self.scenario))

    def _seen(self, record: Record) -> Seen[Snapshot]:
        found = self._snapshot(record)
        for gap in found.gaps:
            if gap.variant in ("", self.variant or gap.variant):
                raise UncheckedError(str(gap))
        return Seen(record=record, value=found)

    def each_run(self, shown: Seen[Snapshot]) -> list[Seen[Snapshot]]:
        return [Seen(record=each, value=self._snapshot(each)) for each in shown.runs()]

    def accepted(self, target: Target, project: Project) -> Accepted[Snapshot] | None:
        if self.exact:  # a baseline comes from another machine, which may round otherwise
            return None
        try:
            found = from_baseline(target, project)
        except BaselineError:
            return None
        steps = {pair: each for pair, each in found.steps.items() if pair[0] == self.scenario}
        return Accepted(value=self._of_variant(replace(found, steps=steps))) if steps else None

    def _snapshot(self, record: Record) -> Snapshot:
        return self._of_variant(from_record(record, self.criteria.tolerances))

    def _of_variant(self, found: Snapshot) -> Snapshot:
        chosen = {
            pair: steps for pair, steps in found.steps.items() if self.variant in ("", pair[1])
        }
        return replace(found, steps=chosen, left_out=())  # only this scenario is searched

    def differences(self, old: Accepted[Snapshot], new: Accepted[Snapshot]) -> list[str]:
        kinds = {kind for kind in ChangeKind if kind.finding}
        kinds |= {ChangeKind.ROUNDING} if self.exact else set()
        return [
            f"{each.change.where}: {each.change}{_known(each.known)}"
            for each in diff(old.value, new.value, self.criteria).changes
            if each.change.kind in kinds
            and each.change.scenario == self.scenario
            and self.step in ("", each.change.subject)
        ]

    def not_compared(self, old: Accepted[Snapshot], new: Accepted[Snapshot]) -> list[str]:
        return list(diff(old.value, new.value, self.criteria).lost)

    def traced(self, shown: Seen[Snapshot]) -> tuple[str | Path, ...]:
        has = sorted(variant for _, variant in shown.value.steps)
        variant = self.variant or (FIXED if FIXED in has else has[0])
        return (self.script, "--variant", variant, *(("--step", self.step) if self.step else ()))

    def judged(self, shown: Seen[Snapshot]) -> dict[str, str]:
        steps = shown.value.steps.get((self.scenario, FIXED), {})
        chosen = {name: each for name, each in steps.items() if self.step in ("", name)}
        return {
            each.step: f"{ORACLE[each.outcome]}: {each.reason}"
            for each in oracle_verdicts(self.scenario, chosen)
        }


@dataclass(frozen=True, kw_only=True)
class InternalSubject:
    """A watched internal, such as `RNN.call`; its source counts too."""

    name: str
    criteria: Criteria = field(default_factory=Criteria)

    @property
    def key(self) -> str:
        return _key(WATCH, PROBE / "watched.json")

    def require(self, old: Seen[Snapshot], new: Seen[Snapshot]) -> None:
        """Each watched internal is looked at everywhere, also where Keras lacks it."""

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> Seen[Snapshot] | None:
        record = _kept(directory, lock_sha256, runs)
        return self._seen(record) if record else None

    def show(self, place: Place, runs: int) -> Seen[Snapshot]:
        return self._seen(_record(place, runs, only=WATCH))

    def _seen(self, record: Record) -> Seen[Snapshot]:
        if record.internals_failure:
            raise UncheckedError(record.internals_failure)
        return Seen(record=record, value=from_record(record, self.criteria.tolerances))

    def accepted(self, target: Target, project: Project) -> Accepted[Snapshot] | None:
        try:
            return Accepted(value=from_baseline(target, project))
        except BaselineError:
            return None

    def each_run(self, shown: Seen[Snapshot]) -> list[Seen[Snapshot]]:
        return [shown]  # it is looked at once

    def differences(self, old: Accepted[Snapshot], new: Accepted[Snapshot]) -> list[str]:
        return [
            f"{each.change.where}: {each.change}{_known(each.known)}"
            for each in diff(old.value, new.value, self.criteria).changes
            if each.change.subject == self.name and not each.change.scenario
        ]

    def not_compared(self, old: Accepted[Snapshot], new: Accepted[Snapshot]) -> list[str]:
        shown = all(side.value.shows(("", ""), self.name) for side in (old, new))
        return [] if shown else [self.name]

    def traced(self, shown: Seen[Snapshot]) -> tuple[str | Path, ...]:
        del shown
        return ()

    def judged(self, shown: Seen[Snapshot]) -> dict[str, str]:
        del shown
        return {}


@dataclass(frozen=True, kw_only=True)
class ScriptSubject:
    """A plain script of a user, or the statement in one line of it."""

    name: str
    script: PlainScript
    line: int = 0
    extras: Extras = field(default_factory=Extras)
    wheels: Path
    tolerances: Tolerances = field(default_factory=Tolerances)

    @property
    def key(self) -> str:
        said = (*self.script.arguments, str(self.script.directory or ""), str(self.extras))
        return _key(self.script.path.stem, self.script.path, *said)

    def require(self, old: Seen[Trace], new: Seen[Trace]) -> None:
        lines = {each.line for side in (old, new) for each in side.value.statements}
        if self.line and self.line not in lines:
            raise UsageError(
                f"{self.name!r}: no statement begins in line {self.line}; statements begin in "
                f"{', '.join(map(str, sorted(lines)))}"
            )

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> Seen[Trace] | None:
        record = _kept(directory, lock_sha256, runs)
        return self._seen(record) if record else None

    def show(self, place: Place, runs: int) -> Seen[Trace]:
        packages = ensure_extras(
            self.extras, place.target, place.environment, place.project.environments, self.wheels
        )
        script = replace(self.script, packages=packages)
        record = observe_script(
            script, place.target, place.environment, place.directory, place.limits, runs
        )
        return self._seen(record)

    def _seen(self, record: Record) -> Seen[Trace]:
        found = trace(record, self.tolerances)
        if found.ended:
            raise UncheckedError(found.ended)
        return Seen(record=record, value=found)

    def accepted(self, target: Target, project: Project) -> None:
        """The baseline of a script is one of another repository."""

    def each_run(self, shown: Seen[Trace]) -> list[Seen[Trace]]:
        return [Seen(record=each, value=trace(each, self.tolerances)) for each in shown.runs()]

    def differences(self, old: Seen[Trace], new: Seen[Trace]) -> list[str]:
        found = boundary(old.value, new.value, self.tolerances).divergences
        of_line = [each for each in found if self.line in (0, each.statement.line)]
        return [
            f"{each.statement.name}: {'; '.join(map(str, each.differences))}" for each in of_line
        ]

    def not_compared(self, old: Seen[Trace], new: Seen[Trace]) -> list[str]:
        found = boundary(old.value, new.value, self.tolerances)
        unclear = (*found.not_compared, *found.not_reached)
        return [each.name for each in unclear if self.line in (0, each.line)]

    def traced(self, shown: Seen[Trace]) -> tuple[str | Path, ...]:
        del shown
        if self.extras != Extras() or self.script.directory:  # it needs more than its own file
            return ()
        line = ("--line", str(self.line)) if self.line else ()
        return (self.script.path, *line, "--", *self.script.arguments)

    def judged(self, shown: Seen[Trace]) -> dict[str, str]:
        del shown
        return {}


@dataclass(frozen=True, kw_only=True)
class CommandSubject:
    """A command of the shell whose exit code says whether a candidate is good.

    0 is good, 125 cannot be told, 128 and above is a signal, which cannot be told either, and any
    other one is bad.
    """

    command: str

    @property
    def name(self) -> str:
        return f"`{self.command}`"

    @property
    def key(self) -> str:
        return f"command-{hashlib.sha256(self.command.encode()).hexdigest()[:DIGITS]}"

    def require(self, old: "Codes", new: "Codes") -> None:
        """A command names nothing that an end could lack."""

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> "Codes | None":
        try:
            found = msgspec.json.decode((directory / CODES).read_bytes(), type=Codes)
        except (OSError, msgspec.DecodeError):
            return None
        return found if found.lock_sha256 == lock_sha256 and len(found.codes) >= runs else None

    def show(self, place: Place, runs: int) -> "Codes":
        codes = tuple(self._run(place) for _ in range(runs))
        found = Codes(lock_sha256=place.environment.lock_sha256, codes=codes)
        write_whole(place.directory / CODES, msgspec.json.encode(found))
        return found

    def _run(self, place: Place) -> int:
        """The exit code of the command. Raises UncheckedError if that says nothing."""
        variables = place.environment.process_variables()
        binaries = place.environment.directory / "bin"
        variables["PATH"] = os.pathsep.join([str(binaries), variables.get("PATH", "")])
        try:
            done = processes.run(
                ["sh", "-c", self.command], env=variables, timeout=place.limits.scenario
            )
        except HarnessError as error:
            raise UncheckedError(str(error)) from error
        if done.returncode == CANNOT_TELL:
            raise UncheckedError(f"{self.name} ended with {CANNOT_TELL}: it cannot tell")
        if done.returncode < 0 or done.returncode >= SIGNALLED:
            raise UncheckedError(f"{self.name} was ended by a signal ({done.returncode})")
        return done.returncode

    def accepted(self, target: Target, project: Project) -> None:
        """A command has no baseline."""

    def each_run(self, shown: "Codes") -> list["Codes"]:
        return [msgspec.structs.replace(shown, codes=(code,)) for code in shown.codes]

    def differences(self, old: "Codes", new: "Codes") -> list[str]:
        return [] if old.verdict == new.verdict else [f"{self.name}: {new} instead of {old}"]

    def not_compared(self, old: "Codes", new: "Codes") -> list[str]:
        del old, new
        return []

    def traced(self, shown: "Codes") -> tuple[str | Path, ...]:
        del shown
        return ()

    def judged(self, shown: "Codes") -> dict[str, str]:
        del shown
        return {}


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """The exit codes of a command on a candidate."""

    lock_sha256: str
    codes: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """`good`, `bad`, or `both`."""
        found = {"bad" if code else "good" for code in self.codes}
        return found.pop() if len(found) == 1 else "both"

    def __str__(self) -> str:
        return f"{self.verdict} (exit code {' and '.join(map(str, sorted(set(self.codes))))})"


def _record(place: Place, runs: int, *, only: str) -> Record:
    """The record of a candidate, of one scenario or of the internals alone."""
    with start_probe(
        place.target,
        place.environment,
        place.project.scenarios,
        place.directory,
        jobs=1,
        limits=place.limits,
        runs=runs,
        only=(only,),
    ) as probe:
        return probe.record()


def _kept(directory: Path, lock_sha256: str, runs: int) -> Record | None:
    """The record that an earlier search has left, if it has as many runs and no failure."""
    try:
        record = load_record(directory / "record.json")
    except RecordError:
        return None
    has = max((run.number for run in record.runs), default=runs)
    same = record.lock_sha256 == lock_sha256
    return record if same and not record.failure and has >= runs else None


def _known(known: Sequence[KnownChange]) -> str:
    """The titles of the known changes, and what to write instead."""
    return "".join(
        f" (known: {each.title}; write instead: {each.instead})"
        for each in known
        if not each.general
    )


def _key(name: str, source: Path, *said: str) -> str:
    """A file name that changes with a source, with the probe, and with `said`."""
    found = hashlib.sha256()
    for path in (source, *sorted(PROBE.glob("*.py"))):
        found.update(path.read_bytes() + b"\0")
    for each in said:
        found.update(b"\0" + each.encode())
    return f"{NOT_A_NAME.sub('-', name)[:60]}-{found.hexdigest()[:DIGITS]}"
