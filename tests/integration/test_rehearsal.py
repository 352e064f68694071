"""Nights in a row on real targets, run as CI does: jobs first, then what concludes the night.

Before the second, a Keras comes out that does otherwise; before the third, one that is mended.
"""

import datetime
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.judging.criteria import load_criteria
from harness.judging.known import load_known
from harness.observing.records import load_record, started_at
from harness.upkeep.accept import Reason, accept_regression
from harness.upkeep.night import Conclusion, load_conclusion
from harness.upkeep.tracker import Issue, Tracker
from harness.upkeep.tracker.folder import FolderTracker
from harness.upkeep.tracker.github import GitHubTracker
from tests.integration.command_line import Harness
from tests.integration.github import serving
from tests.integration.planting import planted
from tests.integration.wheels import release_keras
from tests.support.places import CANONICAL, CRITERIA, ROOT, TARGETS, copy_baselines, project_at

FRESH = ("tf-2.20-fresh", "tf-2.21-fresh")
NIGHTLY = ("tf-2.15", *FRESH)
INDEX = "2026-11-20T00:00:00Z"  # so that nothing comes out but what the test brings out
LSTM = "keras/src/layers/rnn/lstm.py"
SWAPPED = ("return h, [h, c]", "return h, [c, h]")


@dataclass(frozen=True, kw_only=True)
class Nights:
    """What the jobs of each night recorded, a directory for each of them; and where it was run."""

    harness: Harness
    records: Path

    def started(self, night: str) -> dict[str, datetime.datetime]:
        """When each target was begun in a night."""
        found = self.records.joinpath(night).glob("records-*/*/record.json")
        return {path.parent.name: started_at(load_record(path)) for path in found}


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Where nights are concluded, with issues in one of the trackers."""

    nights: Nights
    archive: Path
    tracker: Tracker
    name: str
    variables: dict[str, str]

    def conclude(self, night: str) -> tuple[int, Conclusion]:
        harness = self.nights.harness
        arguments = [f"--records={self.nights.records / night}", f"--archive={self.archive}"]
        arguments += [f"--tracker={self.name}"]
        code = call(harness, "nightly", *NIGHTLY, *arguments, **self.variables)
        return code, load_conclusion(harness.project.results / "night.json")

    @property
    def issues(self) -> list[Issue]:
        return self.tracker.issues()


def call(harness: Harness, *arguments: str, **variables: str) -> int:
    environment = {**os.environ, "CI": "true", **variables}
    return subprocess.run(
        harness.command(*arguments), cwd=ROOT, env=environment, check=False
    ).returncode


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    place = tmp_path_factory.mktemp("nights")
    project = project_at(place)
    harness = Harness(project=project)
    index = {"UV_EXCLUDE_NEWER": INDEX, "UV_FIND_LINKS": str(place / "wheels")}
    (place / "wheels").mkdir()
    copy_baselines(ROOT / "baselines", "tf-2.15", project.baselines)
    assert call(harness, "matrix", *FRESH, **{**index, "CI": ""}) == 3  # baselines are made

    def run(night: str) -> int:
        job = harness.with_places(results=place / "results" / night)
        code = call(job, "matrix", *NIGHTLY, "--again", **index)
        for name in NIGHTLY:  # each from a job of its own, as it is on GitHub
            shutil.copytree(
                job.project.results / name, place / "records" / night / f"records-{name}" / name
            )
        return code

    assert run("first") == 0
    [packages] = (project.environments / FRESH[0]).glob("lib/python*/site-packages")
    release_keras(packages, "3.99.0", place / "wheels", {LSTM: SWAPPED})
    assert run("second") == 1
    release_keras(packages, "3.99.1", place / "wheels", {LSTM: SWAPPED[::-1]})
    assert run("third") == 0
    return Nights(harness=harness, records=place / "records")


@pytest.fixture(params=["folder", "github"])
def desk(request: pytest.FixtureRequest, nights: Nights, tmp_path: Path) -> Iterator[Desk]:
    archive = tmp_path / "archive"
    if request.param == "folder":
        tracker: Tracker = FolderTracker(archive / "issues")
        yield Desk(
            nights=nights, archive=archive, tracker=tracker, name=request.param, variables={}
        )
        return
    with serving(repository="owner/name", token="sesame") as server:  # noqa: S106
        tracker = GitHubTracker.from_environment(os.environ | server.environment)
        yield Desk(
            nights=nights,
            archive=archive,
            tracker=tracker,
            name=request.param,
            variables=server.environment,
        )


def test_a_change_in_keras_is_one_issue_from_the_night_it_comes_to_the_night_it_goes(
    desk: Desk,
) -> None:
    code, _ = desk.conclude("first")
    assert code == 0
    assert desk.issues == []

    code, conclusion = desk.conclude("second")
    assert code == 1
    [issue] = desk.issues
    [regression] = conclusion.regressions
    assert issue.open
    assert regression.targets == FRESH
    assert "keras" in {each.name for each in regression.windows[0].packages}
    good, bad = desk.nights.started("first"), desk.nights.started("second")
    for window in regression.windows:
        assert (window.good, window.bad) == (good[window.target], bad[window.target])
    for said in (
        "| tf-2.20-fresh, tf-2.21-fresh | keras | `3.15.1` | `3.99.0` |",
        "other values",
        "stateful / first pass",
        "state-harness run tf-2.20-fresh -k",
        "--with keras==3.99.0",
        f"nox -s accept -- tf-2.21-fresh {regression.fingerprint}",
    ):
        assert said in issue.body

    assert desk.conclude("second")[0] == 1
    assert desk.issues == [issue]  # nothing is new, and nobody is woken

    code, conclusion = desk.conclude("third")
    assert (code, conclusion.regressions) == (0, ())
    [closed] = desk.issues
    assert (closed.number, closed.open) == (issue.number, False)

    desk.conclude("second")
    [back] = desk.issues
    assert (back.number, back.open) == (issue.number, True)


def test_a_night_tells_what_it_could_not_check_and_reports_the_rest(
    nights: Nights, tmp_path: Path
) -> None:
    harness = nights.harness.with_places(results=tmp_path / "results")
    results = harness.project.results
    copy_baselines(ROOT / "baselines", "keras-3.15", harness.project.baselines)
    assert call(harness, "run", "keras-3.15") == 0
    crash = ("import os as _os", "import os as _os; _os.abort()")
    crashing = harness.package_file("tf-2.15", "tensorflow/__init__.py")
    differing = harness.package_file("keras-3.15", LSTM)
    targets, archive = ("tf-2.15", *FRESH, "keras-3.15"), tmp_path / "archive"
    with planted(crashing, [crash]), planted(differing, [SWAPPED]):
        # fresh targets cannot be resolved: there was no TensorFlow on that day
        code = call(
            harness, "nightly", *targets, f"--archive={archive}", UV_EXCLUDE_NEWER="2015-01-01"
        )
    assert code == 1
    conclusion = load_conclusion(results / "night.json")
    unchecked = {each.target: each.failure for each in conclusion.night.unchecked}
    assert unchecked.keys() == {"tf-2.15", *FRESH}
    assert unchecked["tf-2.15"] == "Crash: the probe ended with SIGABRT"
    assert all("there is no version of tensorflow" in unchecked[name] for name in FRESH)
    assert all(each.earlier for each in conclusion.night.seen)  # each was given a second try
    [issue] = FolderTracker(archive / "issues").issues()
    assert "keras-3.15" in issue.title
    assert "The ground moved" in issue.title
    summary = (results / "night.md").read_text(encoding="utf-8")
    assert "1 of 4 targets checked, 3 not" in summary
    assert "| tf-2.15 | `Crash: the probe ended with SIGABRT` |" in summary

    code = call(harness, "nightly", *targets[:1], f"--archive={archive}")
    assert code == 0
    [issue] = FolderTracker(archive / "issues").issues()
    assert issue.open  # what it is about was not looked at


def test_an_accepted_change_has_no_issue_but_what_the_oracle_says_of_it_stays(
    nights: Nights, tmp_path: Path
) -> None:
    known = tmp_path / "known_changes.toml"
    harness = nights.harness.with_places(
        results=tmp_path / "results", baselines=tmp_path / "baselines", known_changes=known
    )
    project = harness.project
    shutil.copytree(nights.harness.project.baselines, project.baselines)
    shutil.copyfile(CANONICAL.known_changes, known)
    archive = f"--archive={tmp_path / 'archive'}"
    for night in ("first", "second"):
        call(harness, "nightly", *NIGHTLY, f"--records={nights.records / night}", archive)
    [regression] = load_conclusion(project.results / "night.json").regressions
    reason = Reason(link="https://keras.io", why="h and c are swapped.", instead="swap them")
    for name in FRESH:
        criteria = load_criteria(project, TARGETS)  # with what the one before has added
        accept_regression(TARGETS[name], regression.fingerprint, reason, project, criteria)
    [entry] = load_known(known)[len(CRITERIA.known) :]
    assert (entry.package, entry.since) == ("keras", "3.99.0")
    records = f"--records={nights.records / 'second'}"
    assert call(harness, "nightly", *NIGHTLY, records, archive) == 1
    conclusion = load_conclusion(project.results / "night.json")
    assert conclusion.regressions == ()
    assert conclusion.night.wrong.keys() == {*FRESH}  # no baseline makes them right
    assert all(text.startswith("oracle / ") for text in conclusion.night.wrong[FRESH[0]])
    summary = (project.results / "night.md").read_text(encoding="utf-8")
    assert summary.count("| differs |") == len(FRESH)
    [issue] = FolderTracker(tmp_path / "archive" / "issues").issues()
    assert not issue.open
