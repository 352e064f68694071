"""Records that are stored and accepted below a directory, and the report on them."""

from pathlib import Path

from harness.judging.criteria import Criteria
from harness.observing.records import Record
from harness.report.gather import gather
from harness.report.model import Report, TargetReport
from tests.support.makers import (
    gives,
    internal,
    raises,
    record,
    surroundings,
    twice,
)
from tests.support.nights import Place
from tests.support.places import CRITERIA, TARGETS, project_at
from tests.support.reports import NOW

WHOLE = record(
    [*twice(gives(1.0, 2.0), raises("no", step="raising")), *twice(gives(3.0), variant="strict")],
    target="tf-2.15",
    internals=[internal()],
    environment=surroundings(),
)


def store(root: Path, what: Record, *, name: str | None = None) -> Path:
    return Place(root=root).store(what, name=name)


def accept(root: Path, what: Record) -> Path:
    """Make the baselines of a target from a record."""
    Place(root=root).accept(what)
    return root / "baselines" / what.target


def gathered(root: Path, *names: str, criteria: Criteria = CRITERIA) -> Report:
    return gather(project_at(root), TARGETS, criteria, names, NOW)


def only(report: Report) -> TargetReport:
    [target] = report.targets
    return target
