"""The matrix takes up what was interrupted, and outlives the death of its workers."""

import hashlib
import json
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from harness.judging.verdicts import Outcome
from harness.running.results import Checked
from harness.environments.virtual_environments import STAMP, Environment, damage
from harness.environments.locks import pinned, read_lock
from harness.running.matrix import Journal, _interrupted, run_matrix
from harness.base.paths import Workspace
from harness.base.files import write_whole
from harness.observing.probing import Limits
from harness.environments.targets import Target, load_targets, select
from tests.support.makers import verdict

# Their locks are real, their environments are not: workers are other processes, to which no
# monkeypatch reaches.
NAMES = ("tf-2.0", "tf-2.1", "tf-2.2")
TARGETS = select(load_targets(), NAMES)

DONE = (
    Checked(
        target="tf-2.0",
        verdicts=tuple(verdict(outcome, mean=0.1, reason="größer") for outcome in Outcome),
        exit_code=1,
        seconds=0.5,
    ),
    Checked(target="tf-2.1", failure="no network", exit_code=3),
)
WANTED = Journal(targets=NAMES, pytest_arguments=())
HALF = Journal(targets=NAMES, pytest_arguments=(), done=DONE)


def test_the_same_request_takes_up_what_is_done(tmp_path: Path) -> None:
    path = tmp_path / "results" / "matrix.json"
    write_whole(path, msgspec.json.encode(HALF))
    assert _interrupted(path, WANTED) == HALF
    assert [file.name for file in path.parent.iterdir()] == ["matrix.json"]


OTHERS = {
    "other targets": Journal(targets=NAMES[:2], pytest_arguments=()),
    "another order": Journal(targets=NAMES[::-1], pytest_arguments=()),
    "other arguments": Journal(targets=NAMES, pytest_arguments=("--force-regen",)),
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


def make_environment(target: Target, root: Path, script: str) -> None:
    """An environment that is whole, but whose interpreter is a shell script."""
    lock = read_lock(target)
    directory = root / target.name
    packages = directory / "lib" / f"python{target.python}" / "site-packages"
    for name, version in pinned(lock).items():
        metadata = packages / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "RECORD").touch()
    python = directory / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    digest = hashlib.sha256(lock.encode()).hexdigest()
    (directory / STAMP).write_text(json.dumps({"lock_sha256": digest}), encoding="utf-8")
    environment = Environment(directory=directory, lock_sha256=digest)
    assert damage(environment, lock) is None  # or else the real one would be made, and run


def run(workspace: Workspace, *names: str, restart: bool = False) -> list[tuple[str, bool, str]]:
    """For each target as it is told: its name, whether it was done earlier, why it failed."""
    targets = select(load_targets(), names)
    told = list(run_matrix(targets, workspace, jobs=1, limits=Limits(), restart=restart))
    assert [progress.done for progress in told if not progress.earlier] == list(
        range(1 + sum(progress.earlier for progress in told), len(names) + 1)
    )
    assert {progress.total for progress in told} == {len(names)}
    assert {progress.checked.exit_code for progress in told} == {3}
    return [(p.checked.target, p.earlier, (p.checked.failure or "").splitlines()[0]) for p in told]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Directories of its own, where each target's probe leaves at once."""
    for target in TARGETS:
        make_environment(target, tmp_path / "environments", "exit 5")
    return Workspace(
        environments=tmp_path / "environments",
        results=tmp_path / "results",
        baselines=tmp_path / "baselines",
    )


LEFT = "Crash: the probe ended with exit code 5"


def test_what_is_done_is_not_done_again_unless_asked_for(workspace: Workspace) -> None:
    path = workspace.results / "matrix.json"
    done = Checked(target="tf-2.1", failure="no network", exit_code=3)
    journal = Journal(targets=NAMES[:2], pytest_arguments=(), done=(done,))
    write_whole(path, msgspec.json.encode(journal))
    assert run(workspace, "tf-2.0", "tf-2.1") == [
        ("tf-2.1", True, "no network"),
        ("tf-2.0", False, LEFT),
    ]
    assert not path.exists()
    write_whole(path, msgspec.json.encode(journal))
    assert run(workspace, "tf-2.0", "tf-2.1", restart=True) == [
        ("tf-2.0", False, LEFT),
        ("tf-2.1", False, LEFT),
    ]


def test_an_interrupted_matrix_leaves_a_journal(workspace: Workspace) -> None:
    told = run_matrix(TARGETS, workspace, jobs=1, limits=Limits())
    assert isinstance(told, Generator)
    first = next(told)
    told.close()
    journal = _interrupted(workspace.results / "matrix.json", WANTED)
    assert journal.done == (first.checked,)


def test_a_worker_that_is_killed_is_a_failure_and_the_others_are_done(
    workspace: Workspace,
) -> None:
    killing = workspace.environments / "tf-2.0" / "bin" / "python"
    killing.write_text("#!/bin/sh\nkill -9 $PPID\n", encoding="utf-8")
    assert sorted(run(workspace, *NAMES)) == [
        ("tf-2.0", False, "the process that checked it was killed, twice"),
        ("tf-2.1", False, LEFT),
        ("tf-2.2", False, LEFT),
    ]
    assert not (workspace.results / "matrix.json").exists()
