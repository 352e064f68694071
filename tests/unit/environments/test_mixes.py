"""Mixes of two invented environments: their locks, and what their packages require."""

import datetime
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.base.project import Project
from harness.environments.locks import digest, pinned, read_lock
from harness.environments.mixes import CPYTHON, Needs, Pair, Side, keep_lock, side
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment
from tests.support.places import CANONICAL

HASH = "    --hash=sha256:{}\n"
REQUIRES: Mapping[str, Mapping[str, list[str]]] = {
    "old": {
        "keras==2.15.0": ["numpy"],
        "numpy==1.26.0": [],
        "tensorflow==2.15.1": ["keras<2.16", "numpy<2", "estimator"],
        "estimator==2.15.0": [],
        "six==1.0": [],
    },
    "new": {
        "keras==3.0.0": ["numpy", "rich", "extra-package; extra == 'more'"],
        "numpy==2.0.0": [],
        "rich==13.0": ["pygments"],
        "pygments==2.0": [],
        "tensorflow==2.16.1": ["keras>=3", "numpy>=1"],
        "six==1.0": [],
    },
}


def lock(name: str) -> str:
    lines = sorted(REQUIRES[name])
    return "# made by hand\n" + "".join(
        f"{each} \\\n" + HASH.format(f"{name}1").replace("\n", " \\\n") + HASH.format(f"{name}2")
        for each in lines
    )


def target(name: str, python: str, **variables: str) -> Target:
    return Target(
        name=name,
        family="tensorflow",
        python=python,
        requirements=("tensorflow",),
        as_of=datetime.date(2024, 1, 1 + (name == "new")),
        variables=variables,
    )


def environment(root: Path, name: str) -> Environment:
    packages = root / name / "lib" / "python3.11" / "site-packages"
    for each, requires in REQUIRES[name].items():
        package, version = each.split("==")
        metadata = packages / f"{package}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        lines = [f"Name: {package}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        metadata.write_text("\n".join(lines), encoding="utf-8")
    return Environment(directory=root / name, lock_sha256="")


@pytest.fixture
def pair() -> Pair:
    old = Side(target("old", "3.11", TF_USE_LEGACY_KERAS="1"), lock("old"))
    return Pair(old, Side(target("new", "3.12"), lock("new")))


@pytest.fixture
def needs(pair: Pair, tmp_path: Path) -> Needs:
    return Needs(pair, environment(tmp_path, "old"), environment(tmp_path, "new"))


def test_what_differs_begins_with_suspects_and_ends_with_cpython(pair: Pair) -> None:
    assert pair.differing[:4] == ("TF_USE_LEGACY_KERAS", "keras", "tensorflow", "numpy")
    assert pair.differing[-1] == CPYTHON
    assert "six" not in pair.differing
    assert pair.described("keras") == "keras 2.15.0 → 3.0.0"
    assert pair.described("rich") == "rich absent → 13.0"


def test_a_mix_has_the_lines_of_both_locks_with_their_hashes(pair: Pair) -> None:
    mix = pair.mixed(["keras"])
    assert pinned(mix.lock) == {**pinned(lock("old")), "keras": "3.0.0"}
    keras = mix.lock[mix.lock.index("keras==") : mix.lock.index("numpy==")]
    assert "sha256:new1" in keras
    assert "sha256:new2" in keras
    assert "sha256:old" not in keras
    assert mix.target.python == "3.11"
    assert mix.target.variables == {"TF_USE_LEGACY_KERAS": "1"}
    assert mix.target.as_of == datetime.date(2024, 1, 2)


def test_all_that_is_new_is_the_new_side(pair: Pair) -> None:
    mix = pair.mixed(pair.differing)
    assert pinned(mix.lock) == pinned(lock("new"))
    assert mix.target.python == "3.12"
    assert mix.target.variables == {}


def test_each_mix_has_a_name_of_its_own(pair: Pair) -> None:
    mixes = [[], ["keras"], ["numpy"], ["keras", "numpy"], [CPYTHON], ["TF_USE_LEGACY_KERAS"]]
    assert len({pair.mixed(each).target.name for each in mixes}) == len(mixes)
    assert pair.mixed(["keras"]).target.name == pair.mixed(["keras"]).target.name


def test_the_lock_of_a_mix_is_read_like_any_other(pair: Pair, tmp_path: Path) -> None:
    project = CANONICAL.with_places(environments=tmp_path)
    mix = pair.mixed(["keras"])
    keep_lock(mix, project)
    assert side(mix.target, project) == Side(mix.target, read_lock(mix.target, locks(project)))
    assert digest(mix.lock) in (locks(project) / f"{mix.target.name}.txt").read_text("utf-8")


def locks(project: Project) -> Path:
    return project.environments / ".candidates"


def test_a_package_of_one_side_comes_with_those_that_require_it(needs: Needs) -> None:
    assert not {"rich", "pygments", "estimator"} & {*needs.parts}
    assert needs.with_required(["keras"]) == {"keras", "rich", "pygments"}
    assert needs.with_required(["tensorflow"]) == {"tensorflow", "estimator"}
    assert needs.with_required([]) == set()


def test_packages_that_pin_each_other_are_one_group(needs: Needs) -> None:
    groups = needs.together()
    assert ("keras", "tensorflow") in groups
    assert ("numpy",) in groups
    # the new numpy fits the new tensorflow alone
    assert needs.forced({"numpy"}) == {"numpy", "tensorflow", "keras"}
    assert needs.forced({"tensorflow"}) == {"tensorflow", "keras"}
    assert needs.forced({"tensorflow"}, old=True) == {"tensorflow", "keras", "numpy"}


def test_a_requirement_that_a_mix_does_not_meet_is_named(needs: Needs) -> None:
    assert needs.unmet([]) == ""
    assert needs.unmet(needs.with_required(["keras"])) == (
        "tensorflow 2.15.1 requires keras<2.16, and the mix has 3.0.0"
    )
    assert needs.unmet(["keras"]) != ""
    assert needs.unmet(needs.with_required(["keras", "tensorflow"])) == ""


def test_a_nightly_takes_the_place_of_its_package() -> None:
    old = Side(target("old", "3.12"), "keras==3.13.0 \\\n    --hash=sha256:a\n")
    nightly = "keras-nightly==3.14.0.dev2026 \\\n    --hash=sha256:b\n"
    both = Pair(old, Side(target("new", "3.12"), nightly))
    assert both.differing == ("keras",)
    assert both.described("keras") == "keras 3.13.0 → 3.14.0.dev2026"
    mix = both.mixed(["keras"])
    assert pinned(mix.lock) == {"keras-nightly": "3.14.0.dev2026"}
    assert mix.target.requirements == ("keras-nightly==3.14.0.dev2026",)
