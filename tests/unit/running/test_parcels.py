"""A parcel has all that a check depends on, and its results come to the places of the project."""

import dataclasses
import pickle
import sys
from pathlib import Path

import pytest

from harness.base.errors import UncheckedError, UsageError
from harness.base.project import Project
from harness.environments.locks import read_lock
from harness.judging.criteria import load_criteria
from harness.observing.snapshots import load_baseline
from harness.running.check import Checking
from harness.running.parcels import Parcel, Returned, check_parcel, pack, unpack
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions
from harness.running.workers import in_cluster
from tests.support.places import CANONICAL, CRITERIA, TARGETS, project_at
from tests.unit.running.checking import LOCKED

TARGET = TARGETS["tf-2.15"]
HOW = Checking(jobs=1, quiet=True)


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


def test_where_a_parcel_is_packed_decides_whether_baselines_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_at(tmp_path)
    criteria = load_criteria(CANONICAL, TARGETS)
    monkeypatch.delenv("CI", raising=False)
    assert pack(TARGET, project, criteria, HOW).how.writable
    monkeypatch.setenv("CI", "true")
    assert pack(TARGET, project, criteria, HOW).how.writable is False
    anew = dataclasses.replace(HOW, suite=SuiteOptions(force_regen=True))
    with pytest.raises(UsageError, match="no baseline is written in CI"):
        pack(TARGET, project, criteria, anew)
    monkeypatch.setattr("harness.base.project.PACKAGE", tmp_path)
    monkeypatch.delenv("CI")
    installed = dataclasses.replace(project, root=tmp_path / "elsewhere")
    assert pack(TARGET, installed, criteria, HOW).how.writable is False


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
    checked = Checked(target=TARGET.name, failure="why")
    assert unpack(Returned(checked=checked, files=files), project) == checked
    assert (project.results / TARGET.name / "record.json").read_bytes() == b"a record"
    assert (project.baselines / "shared" / "values" / "new.json").read_bytes() == b"values"
    assert not stale.exists()  # nobody takes the files of an earlier run for those of this one


def test_another_harness_checks_nothing(parcel: Parcel, tmp_path: Path) -> None:
    other = dataclasses.replace(parcel, harness="0" * 64)
    with pytest.raises(UncheckedError, match=r"tf-2\.15 has another harness; install"):
        check_parcel(other, tmp_path)


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
