"""Compiled files are taken over where the source is the very same, and from no other one."""

import os
import py_compile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.environments.bytecode import take_over_bytecode


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., Path]:
    """Makes an environment of a name, whose sources are hard links, as uv makes them."""

    def make(name: str, *, python: str = "python3.11", compiled: bool = True, **texts: str) -> Path:
        for module, text in {"keras": "A = 1\n", **texts}.items():
            cached = tmp_path / "cache" / str(abs(hash(text))) / f"{module}.py"
            cached.parent.mkdir(parents=True, exist_ok=True)
            if not cached.exists():
                cached.write_text(text, encoding="utf-8")
                os.utime(cached, (0, 0))  # sources of one size and time: Python sees no difference
            source = tmp_path / name / "lib" / python / "site-packages" / module / "__init__.py"
            source.parent.mkdir(parents=True)
            os.link(cached, source)
            if compiled:
                py_compile.compile(str(source), doraise=True)
        return tmp_path / name

    return make


def compiled(environment: Path) -> dict[str, Path]:
    """The compiled files of an environment, by the name of their package."""
    return {path.parents[1].name: path for path in environment.rglob("*.pyc")}


def test_the_bytecode_of_a_shared_source_is_taken_over(environment: Callable[..., Path]) -> None:
    old, new = environment("old"), environment("new", compiled=False)
    take_over_bytecode(new, [old])
    assert compiled(new)["keras"].samefile(compiled(old)["keras"])


@pytest.mark.fault(
    "environments",
    "another environment has a source of the same name, size and time, and its bytecode",
    "the new environment does not take the bytecode over",
)
def test_the_bytecode_of_another_source_is_not(environment: Callable[..., Path]) -> None:
    old = environment("old", keras="A = 1\n", numpy="")
    new = environment("new", keras="A = 2\n", numpy="", compiled=False)
    take_over_bytecode(new, [old])
    assert set(compiled(new)) == {"numpy"}


def test_each_package_is_taken_from_an_environment_that_has_imported_it(
    environment: Callable[..., Path],
) -> None:
    # made with another cache of uv: the same packages, in files of their own
    alike = environment("alike", keras="A = 1 \n", numpy="B = 1 \n")
    near = environment("near", compiled=False, keras="A = 1\n", numpy="B = 1\n")
    one, other = environment("one", numpy="B = 2\n"), environment("other", keras="A = 2\n")
    third = environment("third", keras="A = 3\n", numpy="B = 1\n")
    new = environment("new", compiled=False, keras="A = 1\n", numpy="B = 1\n")
    take_over_bytecode(new, [alike, near, other, one, third])
    assert compiled(new)["keras"].samefile(compiled(one)["keras"])
    assert compiled(new)["numpy"].samefile(compiled(third)["numpy"])


def test_modules_beside_packages_and_packages_in_namespaces_are_among_them(
    environment: Callable[..., Path],
) -> None:
    old, new = environment("old"), environment("new", compiled=False)
    for made in (old, new):
        package = made / "lib" / "python3.11" / "site-packages"
        (package / "google").mkdir()
        (package / "keras").rename(package / "google" / "keras")
    module = Path("lib", "python3.11", "site-packages", "six.py")
    (old / module).write_text("", encoding="utf-8")
    os.link(old / module, new / module)
    py_compile.compile(str(old / module), doraise=True)
    take_over_bytecode(new, [old])
    assert {each.name.partition(".")[0] for each in new.rglob("*.pyc")} == {"six", "__init__"}


@pytest.mark.parametrize("others", [[], ["other python"], ["gone"], ["itself"]])
def test_without_a_like_environment_nothing_is_taken_over(
    environment: Callable[..., Path], tmp_path: Path, others: list[str]
) -> None:
    environment("other python", python="python3.12")
    new = environment("itself", compiled=False)
    take_over_bytecode(new, [tmp_path / each for each in others])
    assert not compiled(new)
    take_over_bytecode(tmp_path / "no environment", [new])


@pytest.mark.fault(
    "environments",
    "another process removes the environment from which bytecode is taken over",
    "the new environment is complete, and compiles when it imports",
)
def test_an_environment_that_vanishes_meanwhile_is_no_fault(
    environment: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = environment("old"), environment("new", compiled=False)

    def vanished(*_: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "rglob", vanished)
    take_over_bytecode(new, [old])
    monkeypatch.undo()
    assert not compiled(new)


def test_what_is_compiled_already_stays(environment: Callable[..., Path]) -> None:
    old, new = environment("old"), environment("new")
    take_over_bytecode(new, [old])
    assert not compiled(new)["keras"].samefile(compiled(old)["keras"])
