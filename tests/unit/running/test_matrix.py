"""A matrix takes up an interrupted one, and outlives the death of its workers."""

import json
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
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
from harness.observing.probing import Limits
from harness.observing.shared import SHARED, named_in
from harness.running.binding import binding
from harness.running.check import Checking
from harness.running.matrix import Done, Journal, Progress, _interrupted, run_matrix
from harness.running.results import Checked, files_of
from harness.running.suite.options import SuiteOptions
from tests.support.makers import accepts, verdict
from tests.support.places import CANONICAL, CRITERIA, TARGETS, copy_baselines, project_at

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
HOW = Checking(jobs=1)
TARGET = TARGETS["tf-2.0"]


@pytest.fixture
def movable(tmp_path: Path) -> Project:
    """A project all of whose files a test may change."""
    canonical = project_at(tmp_path / "places")
    places = {name: tmp_path / name for name in ("scenarios", "locks", "known_changes.toml")}
    shutil.copytree(canonical.scenarios, places["scenarios"])
    shutil.copytree(canonical.locks, places["locks"])
    shutil.copyfile(canonical.known_changes, places["known_changes.toml"])
    copy_baselines(CANONICAL.baselines, TARGET.name, canonical.baselines)
    return replace(
        canonical,
        scenarios=places["scenarios"],
        locks=places["locks"],
        known_changes=places["known_changes.toml"],
    )


def done(checked: Checked, project: Project, how: Checking = HOW) -> Done:
    """A target that is done, with a record that it left."""
    files = files_of(checked.target, project.results)
    if not files.record.exists():
        write_whole(files.record, b"a record")
    return Done(checked=checked, binding=binding(TARGETS[checked.target], project, how))


def continued(project: Project, how: Checking = HOW, names: Sequence[str] = NAMES) -> list[Checked]:
    """The targets that a matrix takes over from the interrupted one."""
    wanted = Journal(targets=tuple(names))
    path = project.results / "matrix.json"
    found = _interrupted(path, wanted, select(TARGETS, NAMES), project, how)
    return [each.checked for each in found.done]


def interrupt(project: Project, *checked: Checked) -> Journal:
    """Leave the journal of an interrupted matrix."""
    journal = Journal(targets=NAMES, done=tuple(done(each, project) for each in checked))
    write_whole(project.results / "matrix.json", msgspec.json.encode(journal))
    return journal


def test_the_same_request_continues_an_interrupted_matrix(movable: Project) -> None:
    interrupt(movable, *DONE)
    assert continued(movable) == list(DONE)


def test_other_targets_begin_anew(movable: Project) -> None:
    interrupt(movable, *DONE)
    assert continued(movable, names=NAMES[:2]) == []
    assert continued(movable, names=NAMES[::-1]) == []


OPTIONS = {
    "new baselines": replace(HOW, suite=SuiteOptions(force_regen=True)),
    "an expression": replace(HOW, suite=SuiteOptions(expression="reset")),
    "more runs": replace(HOW, runs=2),
    "more time": replace(HOW, limits=Limits(scenario=600)),
}


@pytest.mark.fault(
    "verdicts",
    "an interrupted matrix is repeated with other options",
    "every target is checked again",
)
@pytest.mark.parametrize("how", OPTIONS.values(), ids=OPTIONS)
def test_other_options_begin_anew(how: Checking, movable: Project) -> None:
    interrupt(movable, *DONE)
    assert continued(movable, how) == []


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def shared_of(project: Project) -> list[Path]:
    """The shared files of the baselines of tf-2.0."""
    names = named_in((project.baselines / "tf-2.0").iterdir())
    return [project.baselines / SHARED / name for name in sorted(names)]


CHANGES: dict[str, Callable[[Project], None]] = {
    "a baseline": lambda p: edit(p.baselines / "tf-2.0" / "reset-fixed.json"),
    "a baseline less": lambda p: (p.baselines / "tf-2.0" / "reset-fixed.json").unlink(),
    "a baseline more": lambda p: (p.baselines / "tf-2.0" / "new-fixed.json").touch(),
    "shared values": lambda p: edit(shared_of(p)[-1]),
    "a shared file less": lambda p: shared_of(p)[0].unlink(),
    "the lock": lambda p: edit(p.locks / "tf-2.0.txt"),
    "a scenario": lambda p: edit(p.scenarios / "reset.py"),
    "the fixed arrays": lambda p: edit(p.scenarios / "fixed.json"),
    "the known changes": lambda p: edit(p.known_changes),
    "the record": lambda p: edit(files_of("tf-2.0", p.results).record),
    "no record": lambda p: files_of("tf-2.0", p.results).record.unlink(),
}


@pytest.mark.fault(
    "verdicts",
    "a baseline, lock, scenario, known change or record differs when a matrix goes on",
    "the target is checked again",
)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_target_is_checked_again_if_anything_that_its_verdicts_depend_on_has_changed(
    change: Callable[[Project], None], movable: Project
) -> None:
    interrupt(movable, DONE[0])
    change(movable)
    assert continued(movable) == []


def test_a_record_that_another_run_has_just_removed_is_no_error(
    movable: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = files_of("tf-2.0", movable.results).record
    without = binding(TARGET, movable, HOW)
    write_whole(record, b"a record")
    assert binding(TARGET, movable, HOW) != without
    read_bytes = Path.read_bytes

    def read(path: Path) -> bytes:
        if path == record:
            record.unlink(missing_ok=True)  # after it was seen, before it is read
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    assert binding(TARGET, movable, HOW) == without


def test_shared_files_of_other_targets_change_nothing(movable: Project) -> None:
    interrupt(movable, DONE[0])
    mine = shared_of(movable)
    for path in (movable.baselines / SHARED).glob("*/*"):
        if path not in mine:
            path.unlink()
    assert continued(movable) == [DONE[0]]


@pytest.mark.fault(
    "verdicts",
    "the harness, its figures or its list of internals differ when a matrix goes on",
    "every target is checked again",
)
@pytest.mark.parametrize("name", ["a.py", "published.toml", "watched.json"])
def test_a_target_is_checked_again_by_another_harness(
    name: str, movable: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "package" / "room" / name
    write_whole(path, b"now")
    monkeypatch.setattr("harness.running.binding.PACKAGE", tmp_path / "package")
    interrupt(movable, DONE[0])
    assert continued(movable) == [DONE[0]]
    write_whole(path, b"later")
    assert continued(movable) == []


def test_a_change_of_one_target_leaves_the_others_done(movable: Project) -> None:
    interrupt(movable, *DONE)
    edit(movable.locks / "tf-2.0.txt")
    assert continued(movable) == [DONE[1]]


@pytest.mark.fault(
    "verdicts",
    "`matrix.json` is forged, or has an unknown target",
    "its verdicts are not taken, the targets are checked",
)
def test_a_forged_journal_is_not_taken_over(movable: Project) -> None:
    names = (*NAMES, "tf-9.9")
    for name in names:
        write_whole(files_of(name, movable.results).record, b"a record")
    forged = tuple(Done(checked=Checked(target=name), binding="0" * 64) for name in names)
    journal = Journal(targets=NAMES, done=forged)
    write_whole(movable.results / "matrix.json", msgspec.json.encode(journal))
    assert continued(movable) == []


BROKEN: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda whole: whole[:100],
    "empty": lambda _: b"",
    "no text": lambda _: b"\xff\xfe",
    "another document": lambda _: b"[1, 2]",
    "of another layout": lambda _: json.dumps({"done": ["tf-2.0"], "targets": NAMES}).encode(),
    "with an outcome that is none": lambda whole: whole.replace(b'"drift"', b'"dirft"'),
}


@pytest.mark.fault(
    "files", "`matrix.json` is cut off, no text, or of another layout", "the matrix begins anew"
)
@pytest.mark.parametrize("damage_it", BROKEN.values(), ids=BROKEN)
def test_a_journal_that_cannot_be_read_is_as_none(
    damage_it: Callable[[bytes], bytes], movable: Project
) -> None:
    path = movable.results / "matrix.json"
    whole = msgspec.json.encode(interrupt(movable, *DONE))
    path.write_bytes(damage_it(whole))
    assert path.read_bytes() != whole
    assert continued(movable) == []


def test_a_journal_that_is_not_there_is_as_none(movable: Project) -> None:
    assert continued(movable) == []


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
    (environment.directory / "pyvenv.cfg").touch()
    environment.python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    environment.python.chmod(0o755)
    stamp = json.dumps(environment.stamp)
    (environment.directory / STAMP).write_text(stamp, encoding="utf-8")
    assert damage(environment, lock) is None  # or else the real one would be made, and run


def begin(project: Project, *names: str, restart: bool = False) -> Iterator[Progress]:
    how = Checking(jobs=1)
    return run_matrix(select(TARGETS, names), project, CRITERIA, how, restart=restart)


def run(project: Project, *names: str, restart: bool = False) -> list[tuple[str, bool, str]]:
    """For each target in turn: its name, whether it was done earlier, why it failed."""
    reported = list(begin(project, *names, restart=restart))
    assert [progress.done for progress in reported if not progress.earlier] == list(
        range(1 + sum(progress.earlier for progress in reported), len(names) + 1)
    )
    assert {progress.total for progress in reported} == {len(names)}
    assert {progress.checked.exit_code for progress in reported} == {3}
    return [
        (p.checked.target, p.earlier, (p.checked.failure or "").splitlines()[0]) for p in reported
    ]


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
    earlier = done(Checked(target="tf-2.1", failure="no network", exit_code=3), project)
    journal = Journal(targets=NAMES[:2], done=(earlier,))
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
    reported = begin(project, *NAMES)
    assert isinstance(reported, Generator)
    first = next(reported)
    reported.close()
    assert continued(project) == [first.checked]


@pytest.mark.fault(
    "processes",
    "a worker of a matrix is killed",
    "its target is inconclusive, the others are checked, exit code 3",
)
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
