"""What an update leaves behind: all of what can be made, and nothing of what cannot."""

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from packaging.version import Version

from harness.observing.baselines import DISTRIBUTIONS, INTERNALS, internals_text, steps_text
from harness.judging.changes import ChangeKind
from harness.judging.verdicts import Outcome
from harness.running.results import Checked
from harness.base.errors import TargetsError, UsageError
from harness.running.matrix import Progress
from harness.base.paths import Workspace
from harness.upkeep.releases.proposal_text import proposal_markdown
from harness.observing.probing import Limits
from harness.environments.targets import Target, load_targets
from harness.upkeep.releases.making import Update, update
from harness.upkeep.releases.proposals import Candidate, LeftOut, Proposal, pinned_to
from tests.support.suite import judge
from tests.support.makers import accept, gives, record, surroundings, twice, verdict

DAY = datetime.date(2026, 3, 7)
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


def accept_values(directory: Path, *values: float) -> None:
    """Write baselines as a run would."""
    directory.mkdir(parents=True, exist_ok=True)
    text = steps_text(accept(gives(*values)))
    (directory / "stateful-fixed.json").write_text(text, encoding="utf-8")
    (directory / INTERNALS).write_text(internals_text({}), encoding="utf-8")


End = Outcome | str | BaseException  # of a run: a verdict, a failure, or what ends all


@dataclass(kw_only=True)
class Project:
    """A small project with an index that has newer releases, and how each of its runs ends."""

    root: Path
    ends: dict[str, Sequence[End]] = field(default_factory=dict)
    runs: list[tuple[list[str], Sequence[str]]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.root / "targets.toml"

    @property
    def contents(self) -> dict[str, str]:
        paths = [path for path in self.root.rglob("*") if path.is_file()]
        return {str(p.relative_to(self.root)): p.read_text(encoding="utf-8") for p in paths}

    def update(self) -> Update:
        workspace = Workspace(
            environments=self.root / "environments",
            results=self.root / "results",
            baselines=self.root / "baselines",
        )
        return update(workspace, jobs=1, limits=Limits(), today=DAY, path=self.path)

    def run(
        self,
        targets: Sequence[Target],
        workspace: Workspace,
        *,
        pytest_arguments: Sequence[str],
        **_: object,
    ) -> Iterator[Progress]:
        """In place of `run_matrix`; a first run writes baselines unless it fails."""
        second = bool(self.runs)
        self.runs.append(([each.name for each in targets], pytest_arguments))
        assert {each.name for each in targets} <= load_targets(self.path).keys()
        for number, each in enumerate(targets, start=1):
            end = self.ends.get(each.name, [Outcome.NO_BASELINE, Outcome.IDENTICAL])[second]
            if isinstance(end, BaseException):
                raise end
            if "--propose" in pytest_arguments:
                accept_values(workspace.baselines / each.name, 7.0)
            checked = Checked(target=each.name, failure=end)
            if isinstance(end, Outcome):
                checked = Checked(target=each.name, verdicts=(verdict(end),))
            yield Progress(checked=checked, done=number, total=len(targets), seconds_left=0)


def settled(candidate: Candidate, today: datetime.date) -> Proposal | LeftOut:
    """In place of `settle`, without an index."""
    version = pinned_to(candidate.target, "keras")
    new = msgspec.structs.replace(candidate.target, as_of=today)
    return Proposal(target=new, like=candidate.like, lock=lock_of(str(version)))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(root=tmp_path / "project")
    made.root.mkdir()
    made.path.write_text(SMALL, encoding="utf-8")
    (made.root / "locks").mkdir()
    for name, version in (("keras-3.0", "3.0.1"), ("keras-3.1", "3.1.0")):
        (made.root / "locks" / f"{name}.txt").write_text(lock_of(version), encoding="utf-8")
        accept_values(made.root / "baselines" / name, 1.0)
    index = {"keras": {(3, 0): Version("3.0.2"), (3, 1): Version("3.1.0")}}
    index["keras"] |= {(3, 2): Version("3.2.0"), (3, 3): Version("3.3.0"), (4, 0): Version("4.0")}
    monkeypatch.setattr("harness.upkeep.releases.making.released", lambda _: index)
    monkeypatch.setattr("harness.upkeep.releases.making.settle", settled)
    monkeypatch.setattr("harness.upkeep.releases.making.run_matrix", made.run)
    monkeypatch.setattr("harness.environments.locks.LOCKS", made.root / "locks")
    return made


WRITES = ("--force-regen", "--propose")


def test_what_is_new_is_written_and_run_twice(project: Project) -> None:
    before = project.contents
    found = project.update()
    names = ["keras-3.0", "keras-3.2", "keras-3.3"]
    assert [made.proposal.target.name for made in found.made] == names
    assert project.runs == [(names, WRITES), (names, ())]
    assert (found.left_out, found.majors, found.exit_code) == ((), ("keras 4.0",), 0)
    assert list(load_targets(project.path)) == ["keras-3.0", "keras-3.1", "keras-3.2", "keras-3.3"]
    after = project.contents
    assert after.keys() - before.keys() == {
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


def test_each_target_is_compared_with_the_one_before_it(project: Project) -> None:
    diffs = [made.diff for made in project.update().made]
    assert [(d.before.name, d.before.keras, d.after.name, d.after.keras) for d in diffs] == [
        ("keras-3.0", "3.0.1", "keras-3.0", "3.0.2"),
        ("keras-3.1", "3.1.0", "keras-3.2", "3.2.0"),
        ("keras-3.2", "3.2.0", "keras-3.3", "3.3.0"),
    ]
    kinds = [[finding.change.kind for finding in d.findings] for d in diffs]
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
def test_what_cannot_be_made_leaves_nothing_behind(
    ends: Sequence[End], why: str, name: str, project: Project
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
    targets = load_targets(project.path)
    assert others <= targets.keys()
    assert (name in targets) is (name == "keras-3.0")
    assert targets["keras-3.0"].requirements == (
        ("keras==3.0.1",) if name == "keras-3.0" else ("keras==3.0.2",)
    )


def test_nothing_is_changed_if_nothing_can_be_made(project: Project) -> None:
    before = project.contents
    project.ends = {name: ["no", "no"] for name in ("keras-3.0", "keras-3.2", "keras-3.3")}
    found = project.update()
    assert (found.made, len(found.left_out)) == ((), 3)
    assert project.contents == before


@pytest.mark.parametrize("second", [Outcome.DRIFT, Outcome.FIXED, Outcome.CHANGED])
def test_what_a_second_run_does_not_confirm_is_proposed_and_told(
    second: Outcome, project: Project
) -> None:
    project.ends["keras-3.2"] = [Outcome.NO_BASELINE, second]
    found = project.update()
    assert (len(found.made), found.left_out, found.exit_code) == (3, (), 0)
    text = proposal_markdown(found)
    assert text.count("Observations that do not pass a second run: 1") == 1
    assert f"- stateful / fixed / step: {second}" in text.split("## keras-3.2")[1].split("\n## ")[0]


def test_a_first_run_that_fails_does_not_count_if_the_second_passes(project: Project) -> None:
    project.ends["keras-3.0"] = ["a test failed without a verdict", Outcome.IDENTICAL]
    assert project.update().left_out == ()


INTERRUPTIONS = [KeyboardInterrupt(), UsageError("pytest refuses"), OSError("no space left")]


@pytest.mark.parametrize("error", INTERRUPTIONS, ids=repr)
@pytest.mark.parametrize("run", [0, 1], ids=["first run", "second run"])
def test_an_error_leaves_all_as_it_was(error: BaseException, run: int, project: Project) -> None:
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
def test_a_targets_file_that_is_not_read_as_it_was_meant_is_put_back(
    below: str, project: Project
) -> None:
    project.path.write_text(SMALL + below, encoding="utf-8")
    before = project.contents
    with pytest.raises(TargetsError, match=r"targets\.toml"):
        project.update()
    assert (project.contents, project.runs) == (before, [])


def test_nothing_new_changes_nothing_and_runs_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = {"keras": {(3, 0): Version("3.0.1"), (3, 1): Version("3.1.0")}}
    monkeypatch.setattr("harness.upkeep.releases.making.released", lambda _: index)
    before = project.contents
    assert project.update() == Update(made=(), left_out=(), majors=())
    assert (project.contents, project.runs) == (before, [])


def test_what_only_waits_runs_nothing_and_is_no_failure(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting(candidate: Candidate, _: datetime.date) -> LeftOut:
        return LeftOut(target=candidate.target, why="too young", waits=True)

    monkeypatch.setattr("harness.upkeep.releases.making.settle", waiting)
    found = project.update()
    assert (found.made, len(found.left_out), found.exit_code) == ((), 3, 0)
    assert project.runs == []


UNHEARD = twice(gives(1.0), scenario="unheard_of")


@pytest.mark.parametrize("arguments", [[], ["--force-regen"]], ids=["missing", "--force-regen"])
def test_a_baseline_is_written_in_ci_only_to_propose_it(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    directory = tmp_path / "sample"
    seen = record(UNHEARD)
    refused = judge(seen, directory, *arguments)
    assert refused.code in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.USAGE_ERROR)
    assert not directory.exists()
    first = judge(seen, directory, "--propose", *arguments)
    assert Outcome.NO_BASELINE in {v.outcome for v in first.verdicts}
    assert sorted(path.name for path in directory.iterdir()) == [INTERNALS, "unheard_of-fixed.json"]
    again = judge(seen, directory)
    assert (again.code, again.text) == (pytest.ExitCode.OK, "")


def test_a_baseline_that_differs_is_written_in_ci_only_to_propose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    directory = tmp_path / "sample"
    judge(record(UNHEARD), directory, "--propose")
    path = directory / "unheard_of-fixed.json"
    before = path.read_text(encoding="utf-8")
    other = record(twice(gives(2.0), scenario="unheard_of"))
    for arguments in ([], ["--propose"], ["--force-regen"]):
        assert judge(other, directory, *arguments).code != pytest.ExitCode.OK
        assert path.read_text(encoding="utf-8") == before
    judge(other, directory, "--propose", "--force-regen")
    assert path.read_text(encoding="utf-8") != before
    assert judge(other, directory).code == pytest.ExitCode.OK


def test_what_a_fresh_target_was_made_with_is_written_in_ci_only_to_propose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    path = tmp_path / "tf-2.21-fresh" / DISTRIBUTIONS
    seen = record(UNHEARD, target="tf-2.21-fresh", environment=surroundings())
    judge(seen, path.parent)
    assert not path.exists()
    judge(seen, path.parent, "--propose")
    assert path.exists()
