"""The CPython of a target is installed, and is never that of a virtual environment."""

import os
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.base.errors import MissingInterpreterError
from harness.environments.interpreters import find_interpreter
from harness.environments.uv import call_uv

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def is_virtual(python: Path) -> bool:
    return (python.parent.parent / "pyvenv.cfg").exists()


def test_the_interpreter_of_an_installed_version_is_found() -> None:
    found = find_interpreter(HERE)
    assert found.exists()
    assert found.name.startswith("python")
    assert not is_virtual(found)


def test_a_missing_interpreter_is_named_with_the_commands_to_install_it() -> None:
    with pytest.raises(MissingInterpreterError) as raised:
        find_interpreter("3.99")
    assert str(raised.value).startswith("CPython 3.99 is not installed")
    for remedy in ("pyenv install 3.99", "uv python install 3.99"):
        assert remedy in str(raised.value)


def test_uv_is_no_remedy_for_a_version_that_uv_does_not_offer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_interpreters(tmp_path, monkeypatch)
    with pytest.raises(MissingInterpreterError, match=r"`pyenv install 3\.7` installs it"):
        find_interpreter("3.7")


def install_interpreters(directory: Path, *versions: str) -> None:
    """Make a pyenv with the current interpreter as each of `versions`."""
    for version in versions:
        bin_directory = directory / "versions" / version / "bin"
        bin_directory.mkdir(parents=True)
        (bin_directory / "python3.11").symlink_to(sys.executable)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="needs a CPython 3.11 to lead to")
@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        pytest.param(["3.11.9", "3.11.10"], "3.11.10", id="two releases"),
        pytest.param(["3.11.0rc2", "3.11.0"], "3.11.0", id="a candidate"),
        pytest.param(["3.11.9", "3.11.9-debug"], "3.11.9", id="a release with another name"),
    ],
)
def test_the_newest_installed_interpreter_is_used(
    versions: list[str], newest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_interpreters(tmp_path, *versions)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert find_interpreter("3.11").parts[-3:-1] == (newest, "bin")


def hide_interpreters(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide all interpreters, and remove the settings of the user."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON", "UV_SYSTEM_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    (directory / "work").mkdir()
    monkeypatch.chdir(directory / "work")
    monkeypatch.setenv("PYENV_ROOT", str(directory / "no pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(directory / "none that uv manages"))
    monkeypatch.setenv("PATH", str(directory / "no programs"))


def activate(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(environment))
    put_on_path(environment, monkeypatch)


def put_on_path(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(environment / "bin"), prepend=os.pathsep)


def leave(_environment: Path, _monkeypatch: pytest.MonkeyPatch) -> None:
    """Do nothing: the directory of the environment is enough."""


# the directory of a virtual environment, and a function that exposes it to uv
LURES: dict[str, tuple[str, Callable[[Path, pytest.MonkeyPatch], None]]] = {
    "an activated environment": ("active", activate),
    "an environment that is only on PATH": ("on-path", put_on_path),
    "a .venv in the working directory": ("work/.venv", leave),
    "a .venv above the working directory": (".venv", leave),
    "a .venv that is activated": ("work/.venv", activate),
}


def make_virtual(environment: Path) -> None:
    """Make a virtual environment with the names that uv searches."""
    venv.create(environment, with_pip=False, symlinks=True)
    assert is_virtual(environment / "bin" / f"python{HERE}")


@pytest.mark.parametrize(("place", "show"), LURES.values(), ids=LURES)
def test_no_interpreter_of_a_virtual_environment_is_used_even_without_another(
    place: str,
    show: Callable[[Path, pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hide_interpreters(tmp_path, monkeypatch)
    environment = tmp_path / place
    make_virtual(environment)
    show(environment, monkeypatch)
    # without the options of `find_interpreter`, uv uses this interpreter
    activated = {name: value for name, value in os.environ.items() if name == "VIRTUAL_ENV"}
    lured = call_uv("python", "find", "--no-python-downloads", HERE, variables=activated)
    assert Path(lured.stdout.strip()).is_relative_to(environment)
    with pytest.raises(MissingInterpreterError, match=f"CPython {HERE} is not installed"):
        find_interpreter(HERE)


@pytest.mark.parametrize(("place", "show"), LURES.values(), ids=LURES)
def test_the_installed_interpreter_is_used_beside_a_virtual_environment(
    place: str,
    show: Callable[[Path, pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = find_interpreter(HERE)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    make_virtual(tmp_path / place)
    show(tmp_path / place, monkeypatch)
    assert find_interpreter(HERE) == expected


def test_an_activated_environment_is_hidden_from_uv_unless_passed_explicitly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_interpreters(tmp_path, monkeypatch)
    make_virtual(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    arguments = ("python", "find", "--no-python-downloads", HERE)
    assert call_uv(*arguments).returncode != 0
    given = call_uv(*arguments, variables={"VIRTUAL_ENV": str(tmp_path / "active")})
    assert Path(given.stdout.strip()).is_relative_to(tmp_path / "active")
    assert os.environ["VIRTUAL_ENV"] == str(tmp_path / "active")
