"""Makes the input of a night: records of jobs, baselines, an archive."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.base.project import Project
from harness.judging.criteria import Criteria
from harness.observing.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    distributions_text,
    file_name,
    internals_document,
    steps_document,
)
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation, Record, save_record
from harness.observing.snapshots import from_record
from harness.running.results import Checked, TargetResult, read_result
from harness.upkeep.archive import Archive
from harness.upkeep.assess import assess
from harness.upkeep.night import Night
from tests.support.makers import gives, internal, record, run, surroundings, twice
from tests.support.places import CRITERIA, TARGETS, project_at

NOW = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
LOCKED, FRESH, NIGHTLY = "tf-2.15", "tf-2.21-fresh", "tf-nightly"
KERAS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.1.0"}


def recorded(
    *observations: Observation,
    target: str = FRESH,
    began: datetime.datetime = NOW,
    distributions: Mapping[str, str] = KERAS,
    source: str | None = None,
    model: str = "a CPU",
) -> Record:
    """The record of a target at a moment, with one internal that has this source."""
    where = replace(surroundings(distributions), cpu={"model": model, "flags": ["avx", "sse"]})
    made = record(
        twice(*observations),
        target=target,
        internals=[internal(source="s" if source else None)],
        sources={"s": source} if source else {},
        environment=where,
    )
    return replace(made, started=began.isoformat())


@dataclass(frozen=True, kw_only=True)
class Place:
    """The project and the archive of a night."""

    root: Path
    criteria: Criteria = CRITERIA

    @property
    def project(self) -> Project:
        return project_at(self.root)

    @property
    def results(self) -> Path:
        return self.project.results

    @property
    def baselines(self) -> Path:
        return self.project.baselines

    @property
    def archive(self) -> Archive:
        return Archive(directory=self.project.archive)

    def accept(self, what: Record) -> None:
        """Make the baselines of a target from a record."""
        directory = self.baselines / what.target
        directory.mkdir(parents=True, exist_ok=True)
        observed = from_record(what, Tolerances())
        for pair, steps in observed.steps.items():
            steps_document(steps).write(directory / file_name(*pair))
        internals_document(observed.internals).write(directory / INTERNALS)
        text = distributions_text(observed.distributions)
        (directory / DISTRIBUTIONS).write_text(text, encoding="utf-8")

    def store(self, what: Record, *, name: str | None = None) -> Path:
        path = self.results / (name or what.target) / "record.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_record(what, path)
        return path

    def read(self, *names: str, now: datetime.datetime = NOW) -> list[TargetResult]:
        """The judged results of some targets."""
        return [
            read_result(TARGETS[name], self.project, self.criteria, now)
            for name in names or (FRESH,)
        ]

    def see(self, *names: str, now: datetime.datetime = NOW) -> Night:
        """A night on some targets, with the records that are in the results."""
        return assess(self.read(*names, now=now), TARGETS, self.archive, self.criteria, now)

    def night(self, what: Record) -> Night:
        """A night on one target with this record."""
        self.store(what)
        began = datetime.datetime.fromisoformat(what.started)
        return self.see(what.target, now=began)


GOOD, BAD = gives(1.0), gives(2.0)

NEWER = {**KERAS, "keras": "3.16.0"}

OLD_SOURCE, NEW_SOURCE = "def f():\n    return 1\n", "def f():\n    return 2\n"


def losing(what: Record, scenario: str = "reset") -> Record:
    """A record without a scenario, or without the internals, that was lost."""
    if scenario == "internals":
        return replace(what, internals=(), internals_failure="the watch crashed")
    lost_run = run(scenario=scenario, end="crashed", detail="SIGSEGV")
    return replace(what, runs=(*(r for r in what.runs if r.scenario != scenario), lost_run))


BOTH = {FRESH: True, LOCKED: True}

PARTLY = {FRESH: True, LOCKED: False}


def assess_night(place: Place, days: int, checked: Mapping[str, bool]) -> Night:
    for target, there in checked.items():
        path = place.store(recorded(GOOD, target=target, began=NOW - days * DAY))
        if not there:
            path.unlink()
    return place.see(*checked, now=NOW - days * DAY)


def never_made(place: Place) -> None:
    checked = Checked(target=FRESH, failure="uv says no", exit_code=3, earlier="uv said no")
    path = place.results / FRESH / "verdicts.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**vars(checked), "verdicts": []}), encoding="utf-8")
