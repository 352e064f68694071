"""An update writes all files of the targets that can be made, and no file of the others."""

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import msgspec
import pytest
from packaging.version import Version

from harness.base.errors import TargetsError, UsageError
from harness.base.project import Project
from harness.environments.targets import Target, load_targets
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.verdicts import Outcome
from harness.observing.baselines import DISTRIBUTIONS, INTERNALS, internals_document, steps_document
from harness.observing.records import Record
from harness.observing.shared import SHARED, unused_files
from harness.running.check import Checking, check
from harness.running.matrix import Progress
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions
from harness.upkeep.releases.making import Update, update
from harness.upkeep.releases.proposal_text import proposal_markdown
from harness.upkeep.releases.proposals import Candidate, LeftOut, Proposal, pinned_to
from tests.support.makers import (
    SAMPLE,
    accept,
    gives,
    internal,
    record,
    surroundings,
    twice,
    verdict,
)
from tests.support.places import CRITERIA, project_at

DAY = datetime.date(2026, 3, 7)
CHECKS = Checking(jobs=1)
WRITES = Checking(jobs=1, writable=True, suite=SuiteOptions(force_regen=True))
SMALL = """\
schema_version = 1

# Keras
[target."keras-3.0"]
family = "keras"
python = "3.12"
requirements = ["keras==3.0.1"]
as_of = 2026-01-01

[target."keras-3.1"]
family = "keras"
python = "3.12"
requirements = ["keras==3.1.0"]
as_of = 2026-01-01
"""


def lock_of(version: str) -> str:
    body = f"keras=={version}\n"
    return f"# sha256 of the lines below: {hashlib.sha256(body.encode()).hexdigest()}\n{body}"


OLD_VALUES, NEW_VALUES = [(value,) * 5 for value in (1.0, 7.0)]  # so many that they are shared


def accept_values(directory: Path, *values: float) -> None:
    """Write baselines as a run would."""
    directory.mkdir(parents=True, exist_ok=True)
    steps_document(accept(gives(*values))).write(directory / "stateful-fixed.json")
    internals_document({}).write(directory / INTERNALS)


End = (
    Outcome | str | BaseException
)  # of a run: a verdict, a failure, or an exception that ends the update


@dataclass(kw_only=True)
class SmallProject:
    """A small project, an index with newer releases, and the end of each run."""

    root: Path
    ends: dict[str, Sequence[End]] = field(default_factory=dict)
    runs: list[tuple[list[str], Checking]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.root / "targets.toml"

    @property
    def contents(self) -> dict[str, str]:
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        return {str(p.relative_to(self.root)): p.read_text(encoding="utf-8") for p in paths}

    @property
    def project(self) -> Project:
        return project_at(self.root, targets=self.path, locks=self.root / "locks")

    def update(self) -> Update:
        return update(self.project, CRITERIA, CHECKS, today=DAY)

    def run(
        self,
        targets: Sequence[Target],
        project: Project,
        criteria: Criteria,
        how: Checking,
        *,
        restart: bool,
    ) -> Iterator[Progress]:
        """Replaces `run_matrix`; a first run writes baselines unless it fails."""
        second = bool(self.runs)
        self.runs.append(([each.name for each in targets], how))
        assert (criteria, restart) == (CRITERIA, True)
        assert project.results == self.root / "results" / "update"  # not those of the user's runs
        assert {each.name for each in targets} <= load_targets(self.path).keys()
        for number, each in enumerate(targets, start=1):
            end = self.ends.get(each.name, [Outcome.NO_BASELINE, Outcome.IDENTICAL])[second]
            if isinstance(end, BaseException):
                raise end
            if how.writable and how.suite.force_regen:
                accept_values(project.baselines / each.name, *NEW_VALUES)
            checked = Checked(target=each.name, failure=end)
            if isinstance(end, Outcome):
                checked = Checked(target=each.name, verdicts=(verdict(end),))
            yield Progress(checked=checked, done=number, total=len(targets), seconds_left=0)


def settled(candidate: Candidate, today: datetime.date) -> Proposal | LeftOut:
    """Replaces `settle`, without an index."""
    version = pinned_to(candidate.target, "keras")
    new = msgspec.structs.replace(candidate.target, as_of=today)
    return Proposal(target=new, like=candidate.like, lock=lock_of(str(version)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallProject:
    made = SmallProject(root=tmp_path / "project")
    made.root.mkdir()
    made.path.write_text(SMALL, encoding="utf-8")
    (made.root / "locks").mkdir()
    for name, version in (("keras-3.0", "3.0.1"), ("keras-3.1", "3.1.0")):
        (made.root / "locks" / f"{name}.txt").write_text(lock_of(version), encoding="utf-8")
        accept_values(made.root / "baselines" / name, *OLD_VALUES)
    index = {"keras": {(3, 0): Version("3.0.2"), (3, 1): Version("3.1.0")}}
    index["keras"] |= {(3, 2): Version("3.2.0"), (3, 3): Version("3.3.0"), (4, 0): Version("4.0")}
    monkeypatch.setattr("harness.upkeep.releases.making.released", lambda _: index)
    monkeypatch.setattr("harness.upkeep.releases.making.settle", settled)
    monkeypatch.setattr("harness.upkeep.releases.making.run_matrix", made.run)
    return made


def test_a_new_target_is_written_and_run_twice(project: SmallProject) -> None:
    before = project.contents
    found = project.update()
    names = ["keras-3.0", "keras-3.2", "keras-3.3"]
    assert [made.proposal.target.name for made in found.made] == names
    assert project.runs == [(names, WRITES), (names, CHECKS)]
    assert (found.left_out, found.majors, found.exit_code) == ((), ("keras 4.0",), 0)
    assert list(load_targets(project.path)) == ["keras-3.0", "keras-3.1", "keras-3.2", "keras-3.3"]
    after = project.contents
    [values] = steps_document(accept(gives(*NEW_VALUES))).shared
    assert after.keys() - before.keys() == {f"baselines/{SHARED}/{values}"} | {
        f"{place}"
        for name in names[1:]
        for place in (
            f"locks/{name}.txt",
            f"baselines/{name}/{INTERNALS}",
            f"baselines/{name}/stateful-fixed.json",
        )
    }
    assert {name for name in before if before[name] != after[name]} == {
        "targets.toml",
        "locks/keras-3.0.txt",
        "baselines/keras-3.0/stateful-fixed.json",
    }


def test_each_target_is_compared_with_the_one_before_it(project: SmallProject) -> None:
    diffs = [made.diff for made in project.update().made]
    assert [(d.before.name, d.before.keras, d.after.name, d.after.keras) for d in diffs] == [
        ("keras-3.0", "3.0.1", "keras-3.0", "3.0.2"),
        ("keras-3.1", "3.1.0", "keras-3.2", "3.2.0"),
        ("keras-3.2", "3.2.0", "keras-3.3", "3.3.0"),
    ]
    kinds = [[finding.change.kind for finding in d.changes] for d in diffs]
    values = [ChangeKind.VALUES, ChangeKind.PACKAGE]
    assert kinds == [values, values, [ChangeKind.PACKAGE]]


LOSSES: dict[str, tuple[Sequence[End], str]] = {
    "no environment": (["no wheel", Outcome.NO_BASELINE], "no wheel"),
    "a crash": ([Outcome.NO_BASELINE, Outcome.CRASHED], "stateful / fixed / step: crashed"),
    "a crash of the first run": ([Outcome.CRASHED, Outcome.NO_BASELINE], "no baseline"),
    "a time-out": ([Outcome.NO_BASELINE, Outcome.TIMED_OUT], "timed out"),
    "a crash of the probe": ([Outcome.NO_BASELINE, "Crash: SIGSEGV"], "Crash: SIGSEGV"),
}


@pytest.mark.parametrize("name", ["keras-3.0", "keras-3.2", "keras-3.3"])
@pytest.mark.parametrize(("ends", "why"), LOSSES.values(), ids=LOSSES)
def test_a_target_that_cannot_be_made_leaves_no_file_behind(
    ends: Sequence[End], why: str, name: str, project: SmallProject
) -> None:
    before = project.contents
    project.ends[name] = ends
    found = project.update()
    [left] = found.left_out
    assert (left.target.name, left.waits, found.exit_code) == (name, False, 3)
    assert why in left.why
    others = {"keras-3.0", "keras-3.2", "keras-3.3"} - {name}
    assert {made.proposal.target.name for made in found.made} == others
    after = project.contents
    mine = {
        path for path in before.keys() | after.keys() if f"{name}/" in path or f"{name}." in path
    }
    assert {path: before.get(path) for path in mine} == {path: after.get(path) for path in mine}
    assert unused_files(project.project.baselines) == []
    targets = load_targets(project.path)
    assert others <= targets.keys()
    assert (name in targets) is (name == "keras-3.0")
    assert targets["keras-3.0"].requirements == (
        ("keras==3.0.1",) if name == "keras-3.0" else ("keras==3.0.2",)
    )


def test_nothing_is_changed_if_nothing_can_be_made(project: SmallProject) -> None:
    before = project.contents
    project.ends = {name: ["no", "no"] for name in ("keras-3.0", "keras-3.2", "keras-3.3")}
    found = project.update()
    assert (found.made, len(found.left_out)) == ((), 3)
    assert project.contents == before


@pytest.mark.parametrize("second", [Outcome.DRIFT, Outcome.FIXED, Outcome.CHANGED])
def test_a_target_that_a_second_run_does_not_confirm_is_proposed_with_a_note(
    second: Outcome, project: SmallProject
) -> None:
    project.ends["keras-3.2"] = [Outcome.NO_BASELINE, second]
    found = project.update()
    assert (len(found.made), found.left_out, found.exit_code) == (3, (), 0)
    text = proposal_markdown(found)
    assert text.count("Observations that do not pass a second run: 1") == 1
    assert f"- stateful / fixed / step: {second}" in text.split("## keras-3.2")[1].split("\n## ")[0]


def test_a_first_run_that_fails_does_not_count_if_the_second_passes(project: SmallProject) -> None:
    project.ends["keras-3.0"] = ["a test failed without a verdict", Outcome.IDENTICAL]
    assert project.update().left_out == ()


INTERRUPTIONS = [KeyboardInterrupt(), UsageError("pytest refuses"), OSError("no space left")]


@pytest.mark.parametrize("error", INTERRUPTIONS, ids=repr)
@pytest.mark.parametrize("run", [0, 1], ids=["first run", "second run"])
def test_an_error_restores_all_files(error: BaseException, run: int, project: SmallProject) -> None:
    before = project.contents
    project.ends["keras-3.3"] = [Outcome.NO_BASELINE] * run + [error]
    with pytest.raises(type(error)):
        project.update()
    assert project.contents == before


NO_BLANK_LINE = {
    "another entry": (
        '[target."tf-nightly"]\nfamily = "nightly"\npython = "3.12"\nrequirements = ["a"]\n'
    ),
    "pins": (
        '[[target."keras-3.1".pins]]\nrequirement = "a"\nreason = "b"\nexpires = 2026-01-01\n'
    ),
}


@pytest.mark.parametrize("below", NO_BLANK_LINE.values(), ids=NO_BLANK_LINE)
def test_a_targets_file_that_does_not_read_back_is_restored(
    below: str, project: SmallProject
) -> None:
    project.path.write_text(SMALL + below, encoding="utf-8")
    before = project.contents
    with pytest.raises(TargetsError, match=r"targets\.toml"):
        project.update()
    assert (project.contents, project.runs) == (before, [])


def test_an_update_without_new_releases_changes_and_runs_nothing(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = {"keras": {(3, 0): Version("3.0.1"), (3, 1): Version("3.1.0")}}
    monkeypatch.setattr("harness.upkeep.releases.making.released", lambda _: index)
    before = project.contents
    assert project.update() == Update(made=(), left_out=(), majors=())
    assert (project.contents, project.runs) == (before, [])


def test_a_waiting_target_is_not_run_and_is_no_failure(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting(candidate: Candidate, _: datetime.date) -> LeftOut:
        return LeftOut(target=candidate.target, why="too young", waits=True)

    monkeypatch.setattr("harness.upkeep.releases.making.settle", waiting)
    found = project.update()
    assert (found.made, len(found.left_out), found.exit_code) == ((), 3, 0)
    assert project.runs == []


def unheard_of(value: float) -> Record:
    runs = twice(gives(value), scenario="unheard_of")
    return record(runs, internals=[internal()], environment=surroundings())


@dataclass(frozen=True, kw_only=True)
class Ready:
    """Replaces a probe, with a prepared record."""

    what: Record

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def record(self, _: object = None) -> Record:
        return self.what


@dataclass(frozen=True, kw_only=True)
class Ci:
    """Checks in CI of a target that observes a value, without an environment."""

    root: Path
    monkeypatch: pytest.MonkeyPatch

    def check(
        self, value: float, *, writable: bool | None = None, force_regen: bool = False
    ) -> Checked:
        ready = Ready(what=unheard_of(value))
        self.monkeypatch.setattr("harness.running.check.start_probe", lambda *_, **__: ready)
        how = replace(CHECKS, writable=writable, suite=SuiteOptions(force_regen=force_regen))
        return check(SAMPLE, project_at(self.root), CRITERIA, how)

    @property
    def written(self) -> dict[str, str]:
        directory = self.root / "baselines" / SAMPLE.name
        paths = directory.iterdir() if directory.exists() else ()
        return {path.name: path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture
def ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ci:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr("harness.running.check.ensure_environment", lambda *_: None)
    return Ci(root=tmp_path, monkeypatch=monkeypatch)


@pytest.mark.parametrize("force_regen", [False, True])
def test_a_baseline_is_written_in_ci_only_to_propose_it(force_regen: bool, ci: Ci) -> None:
    if force_regen:
        with pytest.raises(UsageError, match="no baseline is written in CI"):
            ci.check(1.0, force_regen=True)
    else:
        assert ci.check(1.0).exit_code == 3
    assert ci.written == {}
    first = ci.check(1.0, writable=True, force_regen=force_regen)
    assert Outcome.NO_BASELINE in {v.outcome for v in first.verdicts}
    # a target without a lock also keeps the distributions of its baseline
    assert ci.written.keys() == {INTERNALS, DISTRIBUTIONS, "unheard_of-fixed.json"}
    assert ci.check(1.0).exit_code == 0


def test_a_baseline_that_differs_is_written_in_ci_only_to_propose_it(ci: Ci) -> None:
    ci.check(1.0, writable=True)
    before = ci.written
    for writable in (None, True):
        assert ci.check(2.0, writable=writable).exit_code == 1
        assert ci.written == before
    with pytest.raises(UsageError, match="no baseline is written in CI"):
        ci.check(2.0, force_regen=True)
    assert ci.written == before
    ci.check(2.0, writable=True, force_regen=True)
    assert {name for name in before if before[name] != ci.written[name]} == {
        "unheard_of-fixed.json"
    }
    assert ci.check(2.0).exit_code == 0
