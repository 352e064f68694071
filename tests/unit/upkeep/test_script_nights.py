"""A night of scripts: a finding is dated by the nights before, and needs both tries."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from harness.base.project import Project
from harness.environments.targets import Target
from harness.judging.changes import ChangeKind
from harness.judging.held import Held, hold
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation, Record, save_record
from harness.observing.script_baselines import script_baseline, trace_text
from harness.observing.scripts import trace
from harness.running.holding import OwnScript, ScriptCheck, check_record
from harness.running.trying import Tried
from harness.upkeep.archive import Archive
from harness.upkeep.causes import Cause
from harness.upkeep.conclude import conclude
from harness.upkeep.night import Night
from harness.upkeep.regressions import Difference, Origin, fingerprint_of
from harness.upkeep.script_nights import assess_scripts, changes, worst_finding
from harness.upkeep.tracker.folder import FolderTracker
from tests.support.makers import array, record, surroundings, twice
from tests.support.nights import DAY, KERAS, NEWER, NOW
from tests.support.places import TARGETS, project_at
from tests.support.traces import did, statement, step

SCRIPT = (
    statement(1, "y = layer(x)", binds=["y"], reads=["layer", "x"]),
    statement(2, "print(y)", reads=["print", "y"]),
)
TARGET = TARGETS["tf-nightly"]


class Place:
    """A repository with a script, and its nights."""

    def __init__(self, root: Path) -> None:
        self.project: Project = replace(project_at(root), root=root)
        path = root / "scripts/some.py"
        path.parent.mkdir(parents=True)
        path.touch()
        self.script = OwnScript(path=path, name="scripts/some.py")

    def recorded(
        self,
        *observations: Observation,
        began: datetime.datetime = NOW,
        distributions: dict[str, str] = KERAS,
    ) -> Record:
        made = record(
            twice(*observations), target=TARGET.name, environment=surroundings(distributions)
        )
        return replace(made, statements=SCRIPT, started=began.isoformat())

    def accept(self, what: Record) -> None:
        path = script_baseline(self.script.path, TARGET.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trace_text(trace(what, Tolerances())), encoding="utf-8")

    def check(self, what: Record) -> ScriptCheck:
        path = self.script.results(self.project) / TARGET.name / "record.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        save_record(what, path)
        return check_record(self.script, TARGET, self.project, Tolerances())

    def night(self, what: Record, first: Held | None = None) -> Night:
        check = replace(self.check(what), first=first)
        return self.assess([check], datetime.datetime.fromisoformat(what.started))

    def assess(
        self,
        checks: list[ScriptCheck],
        now: datetime.datetime = NOW,
        causes: Mapping[str, Sequence[Cause]] | None = None,
    ) -> Night:
        targets = {TARGET.name: TARGET}
        archive = Archive(directory=self.project.archive)
        return assess_scripts(
            checks, [TARGET], targets, self.project, archive, now, Tolerances(), causes
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def good(value: float = 1.0) -> list[Observation]:
    return [did(1, {"y": array(value)}), did(2, printed=f"{value}\n")]


def test_a_night_like_the_baseline_finds_nothing(place: Place) -> None:
    place.accept(place.recorded(*good()))
    night = place.night(place.recorded(*good()))
    [seen] = night.seen
    assert (seen.standing, seen.sightings, seen.clean) == (Standing.UNCHANGED, (), True)
    assert night.scripts == {"scripts.some": "scripts/some.py"}


def test_scripts_of_similar_names_do_not_share_an_archive(place: Place) -> None:
    names = ("a/b.py", "a.b.py", f"x/{'long/' * 30}b.py", f"y/{'long/' * 30}b.py")
    check = place.check(place.recorded(*good()))
    checks = [replace(check, script=replace(check.script, name=name)) for name in names]
    scripts = place.assess(checks).scripts
    assert [*scripts.values()] == [*names]
    assert next(iter(scripts)) == "a.b"
    assert max(map(len, scripts)) < 120


def test_a_finding_is_where_the_difference_begins_and_dates_from_the_first_night(
    place: Place,
) -> None:
    place.accept(place.recorded(*good()))
    place.night(place.recorded(*good(), began=NOW - 2 * DAY))
    place.night(place.recorded(*good(2.0), began=NOW - DAY, distributions=NEWER))
    night = place.night(place.recorded(*good(2.0), distributions=NEWER))
    [sighting] = night.sightings
    assert sighting.change.kind is ChangeKind.VALUES
    assert sighting.change.where == "scripts.some / y = layer(x)"
    assert sighting.change.after.startswith("line 1: y: 2.0 instead of 1.0")
    window = sighting.window
    assert (window.good, window.bad) == (NOW - 2 * DAY, NOW - DAY)
    assert window.packages == (Difference(name="keras", good="3.15.1", bad="3.16.0"),)
    assert window.origin is Origin.NEWS


def test_a_night_that_did_not_reach_the_statement_is_no_evidence(place: Place) -> None:
    place.accept(place.recorded(*good()))
    place.night(place.recorded(*good(), began=NOW - 3 * DAY))
    died = place.recorded(began=NOW - 2 * DAY)
    ends = [replace(each, end="crashed", detail="SIGSEGV") for each in died.runs]
    place.night(replace(died, runs=tuple(ends)))
    place.night(place.recorded(*good(2.0), began=NOW - DAY))
    [sighting] = place.night(place.recorded(*good(2.0))).sightings
    assert (sighting.window.good, sighting.window.bad) == (NOW - 3 * DAY, NOW - DAY)


ERRORS = [
    (good(), [did(1, error="TypeError: no")], ChangeKind.NEWLY_RAISES),
    ([did(1, error="TypeError: no")], good(), ChangeKind.WORKS),
    ([did(1, error="TypeError: no")], [did(1, error="TypeError: never")], ChangeKind.ERROR),
    ([did(1, error="TypeError: no")], [did(1, error="ValueError: no")], ChangeKind.ERROR),
    (good(), [did(1, {"y": array(1.0, dtype="float64")}), good()[1]], ChangeKind.LAYOUT),
]


@pytest.mark.parametrize(("old", "new", "kind"), ERRORS)
def test_the_kind_of_a_finding(
    place: Place, old: list[Observation], new: list[Observation], kind: ChangeKind
) -> None:
    place.accept(place.recorded(*old))
    found = place.check(place.recorded(*new))
    assert [each.kind for each in changes(place.script, found.held)] == [kind]


def test_a_finding_of_one_try_alone_is_no_regression(place: Place) -> None:
    place.accept(place.recorded(*good()))
    before = trace(place.recorded(*good()), Tolerances())
    first = hold("scripts/some.py", before, before, Tolerances())
    [seen] = place.night(place.recorded(*good(2.0)), first=first).seen
    assert seen.sightings == ()
    assert seen.once == ("other values: scripts.some / y = layer(x)",)
    assert not seen.clean


STOPPED = did(1, error="OSError: no network")


@pytest.mark.parametrize("end", ["crashed", "completed"])
def test_a_try_that_did_not_reach_the_statement_does_not_contradict_the_other(
    place: Place, end: Literal["crashed", "completed"]
) -> None:
    accepted = place.recorded(*good())
    place.accept(accepted)
    stopped = place.recorded(*([STOPPED] if end == "completed" else []))
    runs = tuple(replace(each, end=end) for each in stopped.runs)
    before, seen = (trace(each, Tolerances()) for each in (accepted, replace(stopped, runs=runs)))
    first = hold("scripts/some.py", before, seen, Tolerances())
    other = place.recorded(did(1, {"y": array(1.0)}), did(2, printed="2.0\n"))
    [found] = place.night(other, first=first).seen
    assert [each.change.where for each in found.sightings] == ["scripts.some / print(y)"]


def test_a_night_that_an_error_stopped_before_the_statement_is_no_evidence(place: Place) -> None:
    place.accept(place.recorded(*good()))
    other = did(1, {"y": array(1.0)}), did(2, printed="2.0\n")
    place.night(place.recorded(*good(), began=NOW - 3 * DAY))
    place.night(place.recorded(*other, began=NOW - 2 * DAY, distributions=NEWER))
    place.night(place.recorded(STOPPED, began=NOW - DAY, distributions=NEWER))
    [sighting] = place.night(place.recorded(*other, distributions=NEWER)).sightings
    window = sighting.window
    assert (window.good, window.bad, window.origin) == (NOW - 3 * DAY, NOW - 2 * DAY, Origin.NEWS)


def test_no_issue_is_closed_because_an_error_came_before_its_statement(place: Place) -> None:
    place.accept(place.recorded(*good()))
    other = did(1, {"y": array(1.0)}), did(2, printed="2.0\n")
    issue_of(place, place.night(place.recorded(*other, began=NOW - DAY, distributions=NEWER)))
    night = place.night(place.recorded(STOPPED, distributions=NEWER))
    assert night.seen[0].lost == ("scripts/some.py: an error came before line 2",)
    assert all("state: open" in text for text in issues_of(place, night))


def test_what_has_no_baseline_was_not_checked(place: Place) -> None:
    [seen] = place.night(place.recorded(*good())).seen
    assert not seen.checked
    assert seen.lost[0].startswith("scripts/some.py: no baseline yet")


def test_a_target_that_was_not_run_has_the_reason(place: Place) -> None:
    held = Held(script="scripts/some.py", target=TARGET.name, failure="no interpreter")
    tried = Tried(target=TARGET, failure="no interpreter")
    check = ScriptCheck(script=place.script, tried=tried, held=held)
    [seen] = place.assess([check]).seen
    assert (seen.standing, seen.failure) == (
        Standing.NOT_RUN,
        "scripts/some.py: no interpreter",
    )


def test_an_archive_that_cannot_be_used_fails_one_script_alone(place: Place) -> None:
    place.accept(place.recorded(*good()))
    check = place.check(place.recorded(*good()))
    (place.script.results(place.project) / TARGET.name / "record.json").unlink()
    [seen] = place.assess([check]).seen
    assert seen.standing is Standing.INCONCLUSIVE
    assert "scripts/some.py could not be assessed" in seen.failure


def issues_of(place: Place, night: Night) -> list[str]:
    tracker = FolderTracker(place.project.archive / "issues")
    targets: dict[str, Target] = {TARGET.name: TARGET}
    place.project.results.mkdir(exist_ok=True)
    conclude(night, targets, tracker, place.project.results)
    paths = sorted((place.project.archive / "issues").glob("*.md"))
    return [path.read_text(encoding="utf-8") for path in paths]


def issue_of(place: Place, night: Night) -> str:
    [text] = issues_of(place, night)
    return text


def test_the_issue_says_how_to_see_it_again_and_how_to_accept_it(place: Place) -> None:
    place.accept(place.recorded(*good()))
    text = issue_of(place, place.night(place.recorded(*good(2.0), distributions=NEWER)))
    assert "keras 3.16.0: other values: scripts.some / y = layer(x)" in text
    command = "state-harness check scripts/some.py --on tf-nightly"
    assert f"```sh\n{command}\n```" in text
    assert f"```sh\n{command} --force-regen\n```" in text
    assert "known" not in text
    text = issue_of(place, place.night(place.recorded(*good(), began=NOW + DAY)))
    assert "state: closed" in text


def test_a_named_step_is_a_finding_by_its_name(place: Place) -> None:
    both = [step(name, n, 1, {"value": array(1.0)}) for n, name in ((5, "a"), (7, "b"))]
    place.accept(place.recorded(*both, did(1), did(2)))
    one = place.recorded(step("a", 6, 1, {"value": array(2.0)}), did(1), did(2))
    held = place.check(one).held
    assert [(c.kind, c.subject, c.after) for c in changes(place.script, held)] == [
        (ChangeKind.VALUES, "step a", "step a: value: 2.0 instead of 1.0, 4.19e+06 ULP apart"),
        (ChangeKind.STEP, "step b", "step b: not reached"),
    ]


def test_the_worst_finding_has_the_line_of_its_statement(place: Place) -> None:
    place.accept(place.recorded(*good()))
    raised = did(2, error="ValueError")
    bad = place.check(place.recorded(did(1, {"y": array(1.0)}), raised, distributions=NEWER))
    found = worst_finding(bad, place.project)
    assert found is not None
    change, line = found
    assert (change.kind, line) == (ChangeKind.NEWLY_RAISES, 2)


def test_what_works_now_or_a_first_try_contradicts_is_no_finding_to_search(place: Place) -> None:
    raised = place.recorded(did(1, {"y": array(1.0)}), did(2, error="ValueError"))
    place.accept(raised)
    assert worst_finding(place.check(place.recorded(*good())), place.project) is None
    place.accept(place.recorded(*good()))
    fine = place.check(place.recorded(*good())).held
    assert worst_finding(replace(place.check(raised), first=fine), place.project) is None


def test_the_answer_of_a_search_stands_in_the_issue(place: Place) -> None:
    place.accept(place.recorded(*good()))
    check = place.check(place.recorded(*good(2.0), distributions=NEWER))
    found = worst_finding(check, place.project)
    assert found is not None
    cause = Cause(
        fingerprint=fingerprint_of(found[0]), finding="other values", found="because of keras\n"
    )
    night = place.assess([check], causes={TARGET.name: [cause]})
    tracker = FolderTracker(place.project.archive / "issues")
    conclude(night, {TARGET.name: TARGET}, tracker, place.project.results, "")
    [issue] = tracker.directory.glob("*.md")
    text = issue.read_text(encoding="utf-8")
    assert "### Which package, on tf-nightly" in text
    assert "because of keras" in text
