"""A parcel has all that a check depends on, and its results come to the places of the project."""

import dataclasses
import pickle
import sys
from concurrent.futures import Future
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.locks import read_lock
from harness.judging.criteria import load_criteria
from harness.observing.records import load_record
from harness.observing.snapshots import load_baseline
from harness.running.check import Checking
from harness.running.matrix import checked_of, pack
from harness.running.parcels import Parcel, Returned, harness_digest, run_parcel, unpack
from harness.running.results import Checked, files_of
from harness.running.suite.options import SuiteOptions
from harness.running.workers import error_of, in_cluster
from tests.support.places import CANONICAL, CRITERIA, TARGETS, project_at
from tests.unit.running.checking import LOCKED, project_in, run

TARGET = TARGETS["tf-2.15"]
HOW = Checking(jobs=1, quiet=True)
# a scenario with more values than stay in the file of a target
LARGE = """
def scenario(_, step):
    with step("one") as see:
        see(output=[1.0, 2.0, 3.0, 4.0, 5.0])
"""


@pytest.fixture(scope="module")
def parcel() -> Parcel:
    return pack(TARGET, CANONICAL, load_criteria(CANONICAL, TARGETS), HOW)


def unpacked(parcel: Parcel, root: Path) -> Project:
    """A project of the files of a parcel alone."""
    for name, content in parcel.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    places = {name: root / name for name in ("baselines", "locks", "results")}
    return project_at(root, **places)


def test_a_parcel_has_the_baseline_and_the_lock_whole(parcel: Parcel, tmp_path: Path) -> None:
    there = unpacked(parcel, tmp_path)
    before, after = (load_baseline(TARGET, project) for project in (CANONICAL, there))
    assert after.accepted == before.accepted
    assert after.accepted.steps
    assert read_lock(TARGET, there.locks) == read_lock(TARGET, CANONICAL.locks)


def writes(parcel: Parcel) -> bool | None:
    """Whether the check of a parcel writes a baseline."""
    how: Checking = parcel.work.keywords["how"]  # type: ignore[attr-defined]
    return how.writable


def test_where_a_parcel_is_packed_decides_whether_baselines_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_at(tmp_path)
    criteria = load_criteria(CANONICAL, TARGETS)
    monkeypatch.delenv("CI", raising=False)
    assert writes(pack(TARGET, project, criteria, HOW))
    monkeypatch.setenv("CI", "true")
    assert writes(pack(TARGET, project, criteria, HOW)) is False
    anew = dataclasses.replace(HOW, suite=SuiteOptions(force_regen=True))
    with pytest.raises(UsageError, match="no baseline is written in CI"):
        pack(TARGET, project, criteria, anew)
    monkeypatch.setattr("harness.base.project.PACKAGE", tmp_path)
    monkeypatch.delenv("CI")
    installed = dataclasses.replace(project, root=tmp_path / "elsewhere")
    assert writes(pack(TARGET, installed, criteria, HOW)) is False


def test_a_parcel_is_smaller_than_all_baselines(parcel: Parcel) -> None:
    every = sum(p.stat().st_size for p in CANONICAL.baselines.rglob("*") if p.is_file())
    assert len(pickle.dumps(parcel)) < every / 5


def test_what_is_returned_comes_to_its_places(tmp_path: Path) -> None:
    project = project_at(tmp_path)
    stale = project.results / TARGET.name / "record-first.json"
    stale.parent.mkdir(parents=True)
    stale.touch()
    files = {
        f"results/{TARGET.name}/record.json": b"a record",
        "baselines/shared/values/new.json": b"values",
    }
    returned = Returned(name=TARGET.name, answer=b"{}", files=files)
    assert unpack(returned, project) == b"{}"
    assert (project.results / TARGET.name / "record.json").read_bytes() == b"a record"
    assert (project.baselines / "shared" / "values" / "new.json").read_bytes() == b"values"
    assert not stale.exists()  # nobody takes the files of an earlier run for those of this one


def test_a_shared_file_is_there_and_kept_before_a_baseline_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_at(tmp_path)
    shared = project.baselines / "shared"
    seen = []

    def write(path: Path, content: bytes) -> None:
        # nobody removes a shared file while the lock is there
        seen.append((path.name, (shared / ".lock").exists()))
        write_whole(path, content)

    monkeypatch.setattr("harness.running.parcels.write_whole", write)
    files = {
        f"baselines/{TARGET.name}/reset-fixed.json": b"names new.json",
        "baselines/shared/values/new.json": b"values",
    }
    unpack(Returned(name=TARGET.name, answer=b"{}", files=files), project)
    assert seen == [("new.json", True), ("reset-fixed.json", True)]
    assert not (shared / ".lock").exists()


def test_another_harness_checks_nothing(parcel: Parcel, tmp_path: Path) -> None:
    other = dataclasses.replace(parcel, harness="0" * 64)
    with pytest.raises(UncheckedError, match=r"for tf-2\.15, has another harness; install"):
        run_parcel(other, tmp_path)


@pytest.mark.parametrize("name", ["a.py", "resources/targets.toml", "scenarios/files/model.keras"])
def test_a_harness_is_another_if_a_file_differs_on_which_a_check_depends(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.running.parcels.PACKAGE", tmp_path)
    monkeypatch.setattr("harness.running.parcels.SCENARIOS", tmp_path / "scenarios")
    path = tmp_path / name
    write_whole(path, b"one")
    before = harness_digest()
    write_whole(tmp_path / "scenarios" / "__pycache__" / "a.pyc", b"compiled")
    assert harness_digest() == before
    path.write_bytes(b"two")
    assert harness_digest() != before


def test_a_cluster_needs_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"install tensorflow-state-harness\[dask\]"):
        next(in_cluster(str, [1], "tcp://127.0.0.1:1"))


def test_files_that_scenarios_read_travel_with_them(project: Project) -> None:
    (project.scenarios / "family" / "__pycache__").mkdir(parents=True)
    (project.scenarios / "family" / "weights.json").write_bytes(b"[1]")
    (project.scenarios / "family" / "__pycache__" / "a.pyc").touch()
    files = pack(LOCKED, project, CRITERIA, HOW).files
    assert files["scenarios/family/weights.json"] == b"[1]"
    assert not [name for name in files if "__pycache__" in name]


def far(project: Project, *, force_regen: bool = False) -> Checked:
    """Check the sample target of a project elsewhere, as a worker does."""
    how = dataclasses.replace(HOW, suite=SuiteOptions(force_regen=force_regen))
    parcel = pack(LOCKED, project, CRITERIA, how)
    return checked_of(unpack(run_parcel(parcel, project.environments), project))


@pytest.mark.usefixtures("on_own_machine")
@pytest.mark.parametrize("missing", ["a shared file", "the lock"])
def test_what_a_baseline_or_a_target_lacks_is_told_of_that_target_alone(
    missing: str, project: Project
) -> None:
    (project.scenarios / "reset.py").write_text(LARGE, encoding="utf-8")
    run(project, quiet=True)
    [shared, *_] = (project.baselines / "shared" / "values").iterdir()
    path = shared if missing == "a shared file" else project.locks / "sample.txt"
    path.unlink()
    here, there = run(project, quiet=True, writable=False), far(project)
    assert here.exit_code == 3
    assert dataclasses.replace(there, seconds=0) == dataclasses.replace(here, seconds=0)


@pytest.mark.usefixtures("on_own_machine")
def test_a_check_has_the_harness_of_its_worker_and_not_one_in_the_working_directory(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("harness", "msgspec"):
        write_whole(tmp_path / name / "__init__.py", b"raise ImportError('another one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert far(project).failure is None


@pytest.mark.usefixtures("on_own_machine")
def test_a_baseline_that_is_removed_elsewhere_is_removed_here(project: Project) -> None:
    run(project, quiet=True)
    (project.scenarios / "reset.py").unlink()
    assert far(project, force_regen=True).exit_code == 1
    left = {path.name for path in (project.baselines / "sample").glob("*-*.json")}
    assert left == {"stateful-published.json", "stateful-fixed.json"}
    assert far(project).exit_code == 0


@pytest.mark.usefixtures("on_own_machine")
def test_what_is_said_elsewhere_names_the_files_of_the_project(tmp_path: Path) -> None:
    (tmp_path / 'R&D "new"').mkdir()
    project = project_in(tmp_path / 'R&D "new"')
    script = project.scenarios / "reset.py"
    script.write_text("def scenario(_, step):\n    1 / 0\n", encoding="utf-8")
    checked = far(project)
    reasons = [each.reason for each in checked.verdicts if each.scenario == "reset"]
    assert any(f'File "{script}", line 2, in scenario' in reason for reason in reasons)
    files = files_of("sample", project.results)
    assert files.read_verdicts() == checked
    assert load_record(files.record).failure is None
    assert "R&D" in "".join(ElementTree.parse(files.junit).getroot().itertext())  # noqa: S314
    lock = project.locks / "sample.txt"
    lock.write_text("edited", encoding="utf-8")
    assert (far(project).failure or "").startswith(f"{lock}: the lock is truncated")


def test_a_call_that_dask_has_lost_with_its_scheduler_says_so() -> None:
    lost: Future[str] = Future()
    lost.cancel()
    assert "the scheduler of the Dask cluster is gone" in str(error_of(lost))
    refused: Future[str] = Future()
    refused.set_exception(UsageError("no"))
    assert str(error_of(refused)) == "no"
    fine: Future[str] = Future()
    fine.set_result("done")
    assert error_of(fine) is None
