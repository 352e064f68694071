"""Subjects of the catalogue: a scenario or a step of it, and a watched internal."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.base.errors import BaselineError, UncheckedError, UsageError
from harness.base.project import PROBE, Project
from harness.environments.targets import Target
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import diff
from harness.judging.known import KnownChange
from harness.judging.oracle.matching import oracle_verdicts
from harness.judging.verdicts import Outcome
from harness.observing.probing import start_probe
from harness.observing.records import WATCH, Record
from harness.observing.snapshots import Snapshot, from_baseline, from_record
from harness.running.parcels import Files, sent_scenarios
from harness.search.subjects import Accepted, Place, Seen, kept_record, key_of

ORACLE = {  # what a verdict of the oracle says
    Outcome.EQUAL: "agrees with the oracle",
    Outcome.DRIFT: "differs from the oracle",
    Outcome.NOT_APPLICABLE: "the oracle cannot tell",
}
FIXED = "fixed"  # the variant with fixed weights


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
        return key_of(self.scenario, self.script)

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
        record = kept_record(directory, lock_sha256, runs)
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

    def sent(self, project: Project) -> tuple[Path, Files]:
        return project.scenarios, sent_scenarios(project)

    def within(self, project: Project) -> "ScenarioSubject":
        del project
        return self

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
        return key_of(WATCH, PROBE / "watched.json")

    def require(self, old: Seen[Snapshot], new: Seen[Snapshot]) -> None:
        """Each watched internal is looked at everywhere, also where Keras lacks it."""

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> Seen[Snapshot] | None:
        record = kept_record(directory, lock_sha256, runs)
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

    def sent(self, project: Project) -> tuple[Path, Files]:
        return project.scenarios, sent_scenarios(project)

    def within(self, project: Project) -> "InternalSubject":
        del project
        return self

    def traced(self, shown: Seen[Snapshot]) -> tuple[str | Path, ...]:
        del shown
        return ()

    def judged(self, shown: Seen[Snapshot]) -> dict[str, str]:
        del shown
        return {}


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


def _known(known: Sequence[KnownChange]) -> str:
    """The titles of the known changes, and what to write instead."""
    return "".join(
        f" (known: {each.title}; write instead: {each.instead})"
        for each in known
        if not each.general
    )
