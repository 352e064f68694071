"""What is accepted of a target, as a snapshot."""

import re
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import BaselineError
from harness.base.project import Project
from harness.environments.locks import lock_path, read_lock
from harness.environments.targets import Target
from harness.observing.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    distributions_text,
    internals_document,
    steps_document,
)
from harness.observing.internals import Described
from harness.observing.snapshots import (
    BUILT_IN,
    Snapshot,
    from_baseline,
    load_baseline,
)
from tests.support.makers import (
    accept,
    gives,
)
from tests.support.places import TARGETS, project_at

A = gives(0.0, step="a")
FIXED = "stateful", "fixed"
TARGET = TARGETS["tf-2.0"]
WATCHED = {"RNN.call": Described(kind="method")}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = project_at(tmp_path)
    directory = made.baselines / TARGET.name
    directory.mkdir(parents=True)
    for name, steps in (("stateful-fixed", accept(gives(1.0))), ("reset-strict", accept(A))):
        steps_document(steps).write(directory / f"{name}.json")
    internals_document(WATCHED).write(directory / INTERNALS)
    return made


def test_a_baseline_and_a_lock_give_a_snapshot(project: Project) -> None:
    known = from_baseline(TARGET, project)
    assert (known.name, known.keras, known.gaps) == ("tf-2.0", BUILT_IN, ())
    assert known.distributions["tensorflow"] == "2.0.4"
    assert known.steps == {("reset", "strict"): accept(A), FIXED: accept(gives(1.0))}
    assert known.internals == WATCHED


def test_a_baseline_without_a_lock_contains_its_distributions(project: Project) -> None:
    unlocked = msgspec.structs.replace(TARGET, as_of=None)
    with pytest.raises(BaselineError, match=DISTRIBUTIONS):
        from_baseline(unlocked, project)
    text = distributions_text({"tensorflow": "2.99.0", "keras": "3.99.0"})
    (project.baselines / TARGET.name / DISTRIBUTIONS).write_text(text, encoding="utf-8")
    found = from_baseline(unlocked, project)
    assert (found.version("tensorflow"), found.version("keras")) == ("2.99.0", "3.99.0")
    assert found.steps == from_baseline(TARGET, project).steps


def test_each_accepted_step_and_internal_has_a_place(project: Project) -> None:
    assert list(load_baseline(TARGET, project).places) == [
        (("reset", "strict"), "a"),
        (FIXED, "step"),
        (("", ""), "RNN.call"),
    ]


UNLOCKED = msgspec.structs.replace(TARGET, as_of=None)

# the target, a file, and the parts that remain without the file: steps, packages, internals
FILES: dict[str, tuple[Target, str, tuple[int, bool, bool]]] = {
    "the internals": (TARGET, f"baselines/{TARGET.name}/{INTERNALS}", (2, True, False)),
    "a scenario": (TARGET, f"baselines/{TARGET.name}/stateful-fixed.json", (1, True, True)),
    "the lock": (TARGET, f"locks/{TARGET.name}.txt", (2, False, True)),
    "the distributions": (
        UNLOCKED,
        f"baselines/{TARGET.name}/{DISTRIBUTIONS}",
        (2, False, True),
    ),
}


@pytest.fixture
def with_a_lock(project: Project, tmp_path: Path) -> Project:
    """The project with distributions, and with a lock that may be damaged."""
    made = project.with_places(locks=tmp_path / "locks")
    made.locks.mkdir()
    lock_path(TARGET, made.locks).write_text(read_lock(TARGET, project.locks), encoding="utf-8")
    text = distributions_text({"tensorflow": "2.99.0"})
    (made.baselines / TARGET.name / DISTRIBUTIONS).write_text(text, encoding="utf-8")
    return made


def left(accepted: Snapshot) -> tuple[int, bool, bool]:
    return len(accepted.steps), bool(accepted.distributions), bool(accepted.internals)


@pytest.mark.parametrize("target", [TARGET, UNLOCKED], ids=["locked", "unlocked"])
def test_a_complete_baseline_leaves_nothing_unread(with_a_lock: Project, target: Target) -> None:
    baseline = load_baseline(target, with_a_lock)
    assert (baseline.unread, left(baseline.accepted)) == ({}, (2, True, True))
    assert from_baseline(target, with_a_lock) == baseline.accepted


@pytest.mark.parametrize(("target", "place", "rest"), FILES.values(), ids=FILES)
def test_a_damaged_baseline_is_refused_with_its_name_or_read_as_far_as_possible(
    with_a_lock: Project, tmp_path: Path, target: Target, place: str, rest: tuple[int, bool, bool]
) -> None:
    (tmp_path / place).write_text("{", encoding="utf-8")
    with pytest.raises(BaselineError, match=re.escape(place)):
        from_baseline(target, with_a_lock)
    baseline = load_baseline(target, with_a_lock)
    [(path, why)] = baseline.unread.items()
    assert path == tmp_path / place
    assert why.startswith(f"{path}: ")
    assert left(baseline.accepted) == rest
    scenarios = [(FIXED, why)] if "stateful" in place else []
    assert list(baseline.unread_scenarios) == scenarios


@pytest.mark.parametrize(("target", "place", "rest"), FILES.values(), ids=FILES)
def test_a_missing_file_raises_only_if_the_complete_baseline_is_needed(
    with_a_lock: Project, tmp_path: Path, target: Target, place: str, rest: tuple[int, bool, bool]
) -> None:
    (tmp_path / place).unlink()
    baseline = load_baseline(target, with_a_lock)
    assert left(baseline.accepted) == rest
    # no other file contains the releases with which the steps were made
    needed = [tmp_path / place] if place.endswith(DISTRIBUTIONS) else []
    assert list(baseline.unread) == needed
    if "stateful" in place:  # no file lists the scenarios
        assert from_baseline(target, with_a_lock) == baseline.accepted
        return
    with pytest.raises(BaselineError, match=re.escape(place)):
        from_baseline(target, with_a_lock)


def test_a_target_without_a_baseline_has_an_empty_snapshot(tmp_path: Path) -> None:
    baseline = load_baseline(UNLOCKED, project_at(tmp_path))
    assert (baseline.unread, left(baseline.accepted)) == ({}, (0, False, False))
    assert list(baseline.places) == []
    with pytest.raises(BaselineError, match=f"{INTERNALS}: the baseline is missing"):
        from_baseline(UNLOCKED, project_at(tmp_path))
