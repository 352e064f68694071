"""The matrix takes up what was interrupted, and outlives the death of its workers."""

import json
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.locks import digest, pinned, read_lock
from harness.environments.targets import Target, select
from harness.environments.virtual_environments import STAMP, damage, environment_of
from harness.judging.changes import Change, ChangeKind, Gives
from harness.judging.known import AttributedChange
from harness.judging.verdicts import Axis, Outcome
from harness.running.check import Checking
from harness.running.matrix import Journal, Progress, _interrupted, run_matrix
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions
from tests.support.makers import accepts, verdict
from tests.support.places import CRITERIA, TARGETS, project_at

# Their locks are real, their environments are not: workers are other processes, to which no
# monkeypatch reaches.
NAMES = ("tf-2.0", "tf-2.1", "tf-2.2")

CHANGE = AttributedChange(
    change=Change(
        kind=ChangeKind.VALUES,
        subject="step",
        before="1",
        after="2",
        scenario="reset",
        variants=("fixed",),
        before_gives=Gives.VALUES,
        after_gives=Gives.UNREPRODUCIBLE,
        after_mean=2.0,
    ),
    known=(accepts("other values: *"),),
)
DONE = (
    Checked(
        target="tf-2.0",
        verdicts=(
            *(verdict(outcome, mean=0.1, reason="größer") for outcome in Outcome),
            replace(verdict(Outcome.KNOWN_CHANGE), changes=(CHANGE,)),
            *(verdict(Outcome.IDENTICAL, axis=axis) for axis in Axis),
        ),
        exit_code=1,
        seconds=0.5,
    ),
    Checked(target="tf-2.1", failure="no network", exit_code=3),
)
PLAIN = SuiteOptions()
WANTED = Journal(targets=NAMES, suite=PLAIN)
HALF = Journal(targets=NAMES, suite=PLAIN, done=DONE)


def test_the_same_request_takes_up_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "results" / "matrix.json"
    write_whole(path, msgspec.json.encode(HALF))
    assert _interrupted(path, WANTED) == HALF
    assert [file.name for file in path.parent.iterdir()] == ["matrix.json"]


OTHERS = {
    "other targets": Journal(targets=NAMES[:2], suite=PLAIN),
    "another order": Journal(targets=NAMES[::-1], suite=PLAIN),
    "new baselines": Journal(targets=NAMES, suite=SuiteOptions(force_regen=True)),
    "an expression": Journal(targets=NAMES, suite=SuiteOptions(expression="reset")),
}


@pytest.mark.parametrize("wanted", OTHERS.values(), ids=OTHERS)
def test_another_request_begins_anew(wanted: Journal, tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    write_whole(path, msgspec.json.encode(HALF))
    assert _interrupted(path, wanted) is wanted


WHOLE = msgspec.json.encode(HALF)

BROKEN = {
    "cut off": WHOLE[:100],
    "empty": b"",
    "no text": b"\xff\xfe",
    "another document": b"[1, 2]",
    "of another layout": json.dumps({"done": ["tf-2.0"], "targets": NAMES}).encode(),
    "with an outcome that is none": WHOLE.replace(b'"drift"', b'"dirft"'),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_a_journal_that_cannot_be_read_is_as_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "matrix.json"
    assert data != WHOLE
    path.write_bytes(data)
    assert _interrupted(path, WANTED) is WANTED


def test_a_journal_that_is_not_there_is_as_none(tmp_path: Path) -> None:
    assert _interrupted(tmp_path / "matrix.json", WANTED) is WANTED


def make_environment(target: Target, project: Project, script: str) -> None:
    """An environment that is whole, but whose interpreter is a shell script."""
    lock = read_lock(target, project.locks)
    environment = environment_of(target, project.environments, digest(lock))
    packages = environment.directory / "lib" / f"python{target.python}" / "site-packages"
    for name, version in pinned(lock).items():
        metadata = packages / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "RECORD").touch()
    environment.python.parent.mkdir()
    environment.python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    environment.python.chmod(0o755)
    stamp = json.dumps(environment.stamp)
    (environment.directory / STAMP).write_text(stamp, encoding="utf-8")
    assert damage(environment, lock) is None  # or else the real one would be made, and run


def begin(project: Project, *names: str, restart: bool = False) -> Iterator[Progress]:
    how = Checking(jobs=1)
    return run_matrix(select(TARGETS, names), project, CRITERIA, how, restart=restart)


def run(project: Project, *names: str, restart: bool = False) -> list[tuple[str, bool, str]]:
    """For each target as it is told: its name, whether it was done earlier, why it failed."""
    told = list(begin(project, *names, restart=restart))
    assert [progress.done for progress in told if not progress.earlier] == list(
        range(1 + sum(progress.earlier for progress in told), len(names) + 1)
    )
    assert {progress.total for progress in told} == {len(names)}
    assert {progress.checked.exit_code for progress in told} == {3}
    return [(p.checked.target, p.earlier, (p.checked.failure or "").splitlines()[0]) for p in told]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Directories of its own, where each target's probe leaves at once."""
    made = project_at(tmp_path)
    for target in select(TARGETS, NAMES):
        make_environment(target, made, "exit 5")
    return made


LEFT = "Crash: the probe ended with exit code 5"


def test_what_is_done_is_not_done_again_unless_asked_for(project: Project) -> None:
    path = project.results / "matrix.json"
    done = Checked(target="tf-2.1", failure="no network", exit_code=3)
    journal = Journal(targets=NAMES[:2], suite=PLAIN, done=(done,))
    write_whole(path, msgspec.json.encode(journal))
    assert run(project, "tf-2.0", "tf-2.1") == [
        ("tf-2.1", True, "no network"),
        ("tf-2.0", False, LEFT),
    ]
    assert not path.exists()
    write_whole(path, msgspec.json.encode(journal))
    assert run(project, "tf-2.0", "tf-2.1", restart=True) == [
        ("tf-2.0", False, LEFT),
        ("tf-2.1", False, LEFT),
    ]


def test_an_interrupted_matrix_leaves_a_journal(project: Project) -> None:
    told = begin(project, *NAMES)
    assert isinstance(told, Generator)
    first = next(told)
    told.close()
    journal = _interrupted(project.results / "matrix.json", WANTED)
    assert journal.done == (first.checked,)


def test_a_worker_that_is_killed_is_a_failure_and_the_others_are_done(
    project: Project,
) -> None:
    killing = project.environments / "tf-2.0" / "bin" / "python"
    killing.write_text("#!/bin/sh\nkill -9 $PPID\n", encoding="utf-8")
    assert sorted(run(project, *NAMES)) == [
        ("tf-2.0", False, "the process that checked it was killed, twice"),
        ("tf-2.1", False, LEFT),
        ("tf-2.2", False, LEFT),
    ]
    assert not (project.results / "matrix.json").exists()
