"""Damaged environments are found, and sound ones are used."""

import json
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.base.project import Project
from harness.environments.locks import digest, read_lock
from harness.environments.targets import Target
from harness.environments.virtual_environments import (
    STAMP,
    Environment,
    damage,
    ensure_environment,
    environment_of,
)
from tests.support.locks import LOCK, LOCKED
from tests.support.places import project_at


def add_distribution(packages: Path, name: str, version: str, *files: str) -> None:
    metadata = f"{name}-{version}.dist-info"
    for file in (f"{metadata}/METADATA", *files):
        (packages / file).parent.mkdir(parents=True, exist_ok=True)
        (packages / file).touch()
    names = [*files, f"{metadata}/METADATA", f"{metadata}/RECORD"]
    lines = [f'"{n}",sha256=abc,0' if "," in n else f"{n},sha256=abc,0" for n in names]
    (packages / metadata / "RECORD").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def whole(tmp_path: Path) -> Environment:
    """An environment with exactly the distributions of `LOCK`."""
    variables = {"TF_ENABLE_ONEDNN_OPTS": "0", "KERAS_BACKEND": None}
    environment = Environment(
        directory=tmp_path / "sample", lock_sha256="d" * 64, variables=variables
    )
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    (environment.directory / "pyvenv.cfg").touch()
    packages = packages_of(environment)
    add_distribution(packages, "keras", "2.15.0", "keras/__init__.py", "keras/odd, name.txt")
    add_distribution(packages, "typing_extensions", "4.9.0", "typing_extensions.py")
    stamp = json.dumps(environment.stamp)
    (environment.directory / STAMP).write_text(stamp, encoding="utf-8")
    return environment


def packages_of(environment: Environment) -> Path:
    return environment.directory / "lib" / "python3.11" / "site-packages"


def test_an_undamaged_environment_is_used(whole: Environment) -> None:
    assert damage(whole, LOCK) is None


def test_bytecode_and_stray_files_are_no_damage(whole: Environment) -> None:
    cache = packages_of(whole) / "keras" / "__pycache__"
    cache.mkdir()
    (cache / "__init__.cpython-311.pyc").touch()
    assert damage(whole, LOCK) is None


LOSSES = {
    "keras/__init__.py": "has lost keras/__init__.py",
    "keras/odd, name.txt": "has lost keras/odd, name.txt",
    "keras-2.15.0.dist-info/METADATA": "has lost keras-2.15.0.dist-info/METADATA",
    "../../../bin/python": "has lost its interpreter",
    f"../../../{STAMP}": "does not exist or was never finished",
}


@pytest.mark.fault(
    "environments",
    "a file of a package or the interpreter is lost",
    "the environment is made again",
)
@pytest.mark.parametrize(("name", "reason"), LOSSES.items(), ids=LOSSES)
def test_a_lost_file_is_damage(whole: Environment, name: str, reason: str) -> None:
    (packages_of(whole) / name).unlink()
    assert damage(whole, LOCK) == reason


def test_a_file_that_became_a_dangling_link_is_damage(whole: Environment) -> None:
    path = packages_of(whole) / "keras" / "__init__.py"
    target = path.with_name("elsewhere.py")
    path.rename(target)
    path.symlink_to(target)
    assert damage(whole, LOCK) is None
    target.unlink()
    assert damage(whole, LOCK) == "has lost keras/__init__.py"


@pytest.mark.parametrize("kind", ["gone", "a file", "a link to nowhere"])
def test_a_lost_directory_is_damage(whole: Environment, kind: str) -> None:
    directory = packages_of(whole) / "keras"
    shutil.rmtree(directory)
    if kind == "a file":
        directory.touch()
    elif kind == "a link to nowhere":
        directory.symlink_to("/nowhere")
    assert "has lost keras/" in (damage(whole, LOCK) or "")


def test_lost_packages_are_damage(whole: Environment) -> None:
    (whole.directory / "lib").rename(whole.directory / "elsewhere")
    assert damage(whole, LOCK) is not None


def test_a_dangling_link_to_an_interpreter_is_damage(whole: Environment) -> None:
    whole.python.unlink()
    whole.python.symlink_to("/nowhere/python3.11")
    assert damage(whole, LOCK) == "has lost its interpreter"


@pytest.mark.fault(
    "environments",
    "a distribution is installed that is not in the lock",
    "the environment is made again",
)
def test_an_additional_distribution_is_damage(whole: Environment) -> None:
    add_distribution(packages_of(whole), "pip", "24.0")
    assert damage(whole, LOCK) == "contains pip 24.0, where its lock has None"


def test_a_missing_distribution_is_damage(whole: Environment) -> None:
    requirements = f"{LOCK}numpy==1.26.4\n"
    assert damage(whole, requirements) == "contains numpy None, where its lock has 1.26.4"


def test_another_version_is_damage(whole: Environment) -> None:
    requirements = LOCK.replace("2.15.0", "2.15.1")
    assert damage(whole, requirements) == "contains keras 2.15.0, where its lock has 2.15.1"


OTHER_STAMPS: dict[str, dict[str, object]] = {
    "of another lock": {"lock_sha256": "e" * 64},
    "with another value": {"variables": {"TF_ENABLE_ONEDNN_OPTS": "1", "KERAS_BACKEND": None}},
    "with a variable less": {"variables": {"TF_ENABLE_ONEDNN_OPTS": "0"}},
    "with a variable that was removed": {"variables": {"TF_ENABLE_ONEDNN_OPTS": "0", "A": None}},
    "without variables": {"variables": {}},
}


@pytest.mark.parametrize("other", OTHER_STAMPS.values(), ids=OTHER_STAMPS)
def test_another_lock_and_other_variables_are_damage(
    whole: Environment, other: dict[str, object]
) -> None:
    stamp = {**whole.stamp, **other}
    (whole.directory / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
    assert damage(whole, LOCK) == "was made from another lock or with other variables"


def test_a_stamp_without_variables_is_damage(whole: Environment) -> None:
    stamp = json.dumps({"lock_sha256": whole.lock_sha256})
    (whole.directory / STAMP).write_text(stamp, encoding="utf-8")
    assert damage(whole, LOCK) == "was made from another lock or with other variables"


def empty_target(lock: Path, root: Path) -> tuple[Target, Project]:
    """A target without requirements, on this interpreter, and a project with its lock."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    nothing = msgspec.structs.replace(LOCKED, python=python, requirements=())
    body = "# nothing is pinned\n"
    lock.write_text(f"# sha256 of the lines below: {digest(body)}\n{body}", encoding="utf-8")
    return nothing, project_at(root, locks=root)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no pyvenv.cfg": (lambda root: (root / "pyvenv.cfg").unlink(), "has lost pyvenv.cfg"),
    "a distribution without a version": (
        lambda root: packages_below(root).joinpath("foo.dist-info").mkdir(),
        "contains foo ",
    ),
    "a RECORD that is no text": (
        lambda root: next(packages_below(root).glob("*/RECORD")).write_bytes(b"\xff\xfe"),
        "cannot be read",
    ),
    "a stamp that is nested too deep": (
        lambda root: (root / STAMP).write_text("[" * 100_000, encoding="utf-8"),
        "does not exist or was never finished",
    ),
}


def packages_below(root: Path) -> Path:
    [packages] = root.glob("lib/python*/site-packages")
    return packages


@pytest.mark.fault(
    "environments",
    "no `pyvenv.cfg`, a `foo.dist-info`, a RECORD that is no text, a stamp nested too deep",
    "the environment is made again",
)
@pytest.mark.parametrize(("damage_it", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_an_environment_that_cannot_be_used_is_made_again(
    whole: Environment, damage_it: Callable[[Path], object], reason: str
) -> None:
    assert damage(whole, LOCK) is None
    damage_it(whole.directory)
    assert (damage(whole, LOCK) or "").startswith(reason)


IN_PLACE: dict[str, Callable[[Path, Path], object]] = {
    "a file": lambda path, _: path.touch(),
    "a dangling link": lambda path, other: path.symlink_to(other / "nowhere"),
    "a link to another directory": lambda path, other: path.symlink_to(other),
    "a directory": lambda path, _: path.mkdir(),
    "nothing": lambda _, __: None,
}


@pytest.mark.fault(
    "environments",
    "a file, a dangling link or a link to another directory in the place of an environment",
    "an environment replaces it; the other directory is kept",
)
@pytest.mark.parametrize("put", IN_PLACE.values(), ids=IN_PLACE)
def test_whatever_is_in_the_place_of_an_environment_is_replaced(
    lock: Path, tmp_path: Path, put: Callable[[Path, Path], object]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    target, project = empty_target(lock, tmp_path)
    project.environments.mkdir()
    put(project.environments / "sample", other)
    environment = ensure_environment(target, project)
    assert environment.python.exists()
    assert not environment.directory.is_symlink()
    assert (other / "kept").exists()


def test_half_a_stamp_is_damage(whole: Environment) -> None:
    (whole.directory / STAMP).write_text('{"lock_sha', encoding="utf-8")
    assert damage(whole, LOCK) == "does not exist or was never finished"


def test_a_new_environment_is_readable_by_all_users(lock: Path, tmp_path: Path) -> None:
    nothing, project = empty_target(lock, tmp_path)
    root = project.environments
    (root / ".sample~left-over").mkdir(parents=True)
    environment = ensure_environment(nothing, project)
    assert environment == environment_of(nothing, root, digest(lock.read_text(encoding="utf-8")))
    assert stat.S_IMODE(environment.directory.stat().st_mode) == 0o755
    assert environment.python.exists()
    assert damage(environment, read_lock(nothing, tmp_path)) is None
    assert [path.name for path in root.iterdir()] == ["sample"]


def test_an_environment_with_other_variables_is_made_again(lock: Path, tmp_path: Path) -> None:
    nothing, project = empty_target(lock, tmp_path)
    mine = ensure_environment(nothing, project).directory / "mine"
    mine.touch()
    ensure_environment(nothing, project)
    assert mine.exists()
    other = msgspec.structs.replace(nothing, variables={"TF_ENABLE_ONEDNN_OPTS": "0"})
    environment = ensure_environment(other, project)
    assert not mine.exists()
    stamp = json.loads((environment.directory / STAMP).read_text(encoding="utf-8"))
    assert stamp["variables"]["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_an_environment_is_the_same_through_a_link(lock: Path, tmp_path: Path) -> None:
    nothing, project = empty_target(lock, tmp_path)
    mine = ensure_environment(nothing, project).directory / "mine"
    mine.touch()
    link = tmp_path / "link"
    link.symlink_to(project.environments)
    ensure_environment(nothing, project.with_places(environments=link))
    assert mine.exists()


INHERITED = {
    "KERAS_BACKEND": "jax",
    "TF_USE_LEGACY_KERAS": "1",
    "KERAS_HOME": "/home/mine",
    "CUDA_VISIBLE_DEVICES": "0",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "MINE": "yes",
}


def test_a_process_of_a_target_has_the_variables_of_the_user_except_the_decisive_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in INHERITED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    legacy = msgspec.structs.replace(
        LOCKED, variables={"TF_USE_LEGACY_KERAS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}
    )
    home = str(tmp_path / "sample" / "keras-home")
    shared = {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_HOME": home, "TF_CPP_MIN_LOG_LEVEL": "2"}
    names = {*INHERITED, "TF_CPP_MIN_LOG_LEVEL"}
    for target, own in ((LOCKED, {"TF_ENABLE_ONEDNN_OPTS": "1"}), (legacy, legacy.variables)):
        variables = environment_of(target, tmp_path, "d" * 64).process_variables()
        seen = {name: value for name, value in variables.items() if name in names}
        assert seen == {**shared, "MINE": "yes", **own}
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    variables = environment_of(LOCKED, tmp_path, "d" * 64).process_variables()
    assert variables["TF_CPP_MIN_LOG_LEVEL"] == "0"
