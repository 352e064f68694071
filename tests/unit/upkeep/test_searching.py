"""Which finding of a night is searched, between which environments, and what becomes of it."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.base.errors import UnusableEnvironmentError
from harness.base.project import Project
from harness.environments.axes import Axis
from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.observing.probing import Limits
from harness.running.results import files_of
from harness.search.attribution import Attribution
from harness.search.candidate_runs import Runner
from harness.upkeep import searching as module
from harness.upkeep.causes import Cause, cause_of
from harness.upkeep.searching import Searching, cause_of_script, keep_cause
from tests.support.attributions import FOUND, KERAS, NUMPY, culprit
from tests.support.nights import BAD, FRESH, GOOD, NEWER, Place, recorded
from tests.support.places import CRITERIA, TARGETS
from tests.unit.upkeep.test_script_nights import Place as Repository
from tests.unit.upkeep.test_script_nights import good

Asked = list[tuple[str, Target, Target]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(root=tmp_path, criteria=replace(CRITERIA, known=()))
    place.accept(recorded(GOOD))
    return place


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is searched; the answer is always that Keras is to blame, in one build."""
    asked: Asked = []

    def attribute(
        runner: Runner, old: Target, new: Target, tell: Callable[[str], None]
    ) -> Attribution:
        asked.append((runner.subject.name, old, new))
        tell("a mix ran")
        return FOUND

    monkeypatch.setattr(module, "attribute", attribute)
    monkeypatch.setattr(module, "axes_to_blame", lambda _: [])
    return asked


def searching(project: Project, criteria: Criteria, minutes: float = 1.0) -> Searching:
    return Searching(
        project=project,
        targets=TARGETS,
        criteria=criteria,
        jobs=1,
        limits=Limits(),
        deadline=time.monotonic() + minutes * 60,
    )


def search(place: Place, minutes: float = 1.0) -> Cause | None:
    how = searching(place.project, place.criteria, minutes)
    [result] = place.read(FRESH)
    keep_cause(result, how, lambda _: None)
    return cause_of(files_of(FRESH, place.results))


def test_a_new_finding_is_searched_between_the_packages_of_baseline_and_night(
    place: Place, asked: Asked
) -> None:
    place.store(recorded(BAD, distributions=NEWER))
    cause = search(place)
    [(subject, old, new)] = asked
    assert subject == "stateful:step"
    assert "keras==3.15.1" in old.requirements
    assert "keras==3.16.0" in new.requirements
    assert old.locked
    assert new.locked
    assert cause is not None
    assert cause.finding == "other values: stateful / step"
    assert f"because of {KERAS}" in cause.found
    assert cause.reason == ""


def test_nothing_is_searched_where_nothing_is_new(place: Place, asked: Asked) -> None:
    place.store(recorded(GOOD, distributions=NEWER))
    assert search(place) is None
    assert asked == []


def test_nothing_is_searched_where_the_packages_are_those_of_the_baseline(
    place: Place, asked: Asked
) -> None:
    place.store(recorded(BAD))
    assert search(place) is None
    assert asked == []


def test_the_search_ends_with_its_time(
    place: Place, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.store(recorded(BAD, distributions=NEWER))
    clock = iter([0.0, math.inf])
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    cause = search(place)
    assert len(asked) == 1
    assert cause is not None
    assert (cause.found, cause.reason) == ("", "the time for the search was over")


def test_nothing_runs_once_the_time_is_over(place: Place, asked: Asked) -> None:
    place.store(recorded(BAD, distributions=NEWER))
    cause = search(place, minutes=0)
    assert asked == []
    assert cause is not None
    assert (cause.found, cause.reason) == ("", "the time for the search was over")


def test_a_build_that_vanished_is_the_reason_why_there_is_no_answer(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attribute(*_: Any) -> Attribution:
        raise UnusableEnvironmentError("there is no version of keras==3.15.1")

    monkeypatch.setattr(module, "attribute", attribute)
    place.store(recorded(BAD, distributions=NEWER))
    cause = search(place)
    assert cause is not None
    assert cause.reason == "there is no version of keras==3.15.1"


def test_a_fault_of_the_search_is_a_reason_and_ends_no_night(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attribute(*_: Any) -> Attribution:
        raise KeyError("keras")

    monkeypatch.setattr(module, "attribute", attribute)
    place.store(recorded(BAD, distributions=NEWER))
    cause = search(place)
    assert cause is not None
    assert cause.reason == "the search failed: KeyError: 'keras'"


def test_a_scenario_that_is_gone_is_the_reason(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "scenario_scripts", lambda _: {})
    place.store(recorded(BAD, distributions=NEWER))
    cause = search(place)
    assert cause is not None
    assert cause.reason == "there is no scenario stateful any more"


def test_the_builds_of_a_package_that_alone_brings_the_change_are_searched() -> None:
    found = replace(FOUND, brings=(culprit(KERAS), culprit(NUMPY), culprit("h5py 1 → 2")))
    assert module.axes_to_blame(found) == [Axis.KERAS, Axis.NUMPY]
    assert module.axes_to_blame(replace(FOUND, brings=(culprit(KERAS, NUMPY),))) == []


def test_a_script_is_searched_at_the_statement_of_its_worst_finding(
    asked: Asked, tmp_path: Path
) -> None:
    place = Repository(tmp_path)
    place.accept(place.recorded(*good()))
    check = place.check(place.recorded(*good(2.0), distributions=NEWER))
    how = searching(place.project, CRITERIA)
    cause = cause_of_script(check, how, tmp_path, lambda _: None)
    [(subject, old, new)] = asked
    assert subject == "scripts/some.py:1"
    assert "keras==3.15.1" in old.requirements
    assert "keras==3.16.0" in new.requirements
    files = files_of(check.target.name, check.script.results(place.project))
    assert cause == cause_of(files)
    assert cause is not None
    assert f"because of {KERAS}" in cause.found
    same = place.check(place.recorded(*good(2.0)))
    assert cause_of_script(same, how, tmp_path, lambda _: None) is None
    assert cause_of(files) is None  # an earlier answer is none of this night
    assert len(asked) == 1
