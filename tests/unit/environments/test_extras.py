"""What a script needs: its own metadata, options, and files of requirements."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import UnusableEnvironmentError, UsageError
from harness.environments.extras import Extras, ensure_extras, read_extras
from harness.environments.virtual_environments import Environment
from tests.support.makers import SAMPLE

BLOCK = '# /// script\n# requires-python = ">=3.8"\n# dependencies = [\n#   "pandas",\n# ]\n# ///\n'


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


def test_the_metadata_of_the_script_the_options_and_the_files(script: Path) -> None:
    script.write_text(f"#!/usr/bin/env python\n{BLOCK}import pandas\n", encoding="utf-8")
    requirements = script.with_name("requirements.txt")
    requirements.write_text("# of ours\nscipy >= 1  # why\n\n-r other.txt\n", encoding="utf-8")
    found = read_extras(script, ("rich", str(script.parent)), (requirements,))
    assert found == Extras(
        requirements=("pandas", "rich", "scipy >= 1"), projects=(script.parent,), python=">=3.8"
    )


def test_a_script_without_metadata_needs_nothing(script: Path) -> None:
    script.write_text('# /// other\n# dependencies = ["x"]\n# ///\n', encoding="utf-8")
    assert read_extras(script, (), ()) == Extras()


WRONG = [
    (f"{BLOCK}\n{BLOCK}", "is there twice"),
    ("# /// script\n# dependencies = [\n# ///\n", "is no TOML"),
    ('# /// script\n# dependencies = "pandas"\n# ///\n', "dependencies"),
    ('# /// script\n# dependencies = ["a b c"]\n# ///\n', "'a b c' is no requirement"),
    ('# /// script\n# requires-python = "new"\n# ///\n', "field 'requires-python'"),
]


@pytest.mark.fault("scripts", "the metadata of a script is wrong", "an error names the field")
@pytest.mark.parametrize(("text", "said"), WRONG)
def test_wrong_metadata_is_named(script: Path, text: str, said: str) -> None:
    script.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_extras(script, (), ())


def test_an_empty_requirement_is_not_the_working_directory(script: Path) -> None:
    script.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="--with: '' is no requirement"):
        read_extras(script, ("",), ())


def test_a_file_of_requirements_that_is_not_there(script: Path) -> None:
    script.write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match=r"--requirements .*: cannot be read"):
        read_extras(script, (), (script.with_name("none.txt"),))


@pytest.mark.fault(
    "scripts", "a script asks for another Python than a target has", "the target is not run"
)
def test_another_python_than_the_target_has(environment: Environment, tmp_path: Path) -> None:
    with pytest.raises(UnusableEnvironmentError, match=r"requires-python >=3\.12"):
        ensure_extras(Extras(python=">=3.12"), SAMPLE, environment, tmp_path, tmp_path)
    assert ensure_extras(Extras(python=">=3.11"), SAMPLE, environment, tmp_path, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("wanted", "there"), [("<=3.11.7", True), ("<3.11.7", False)])
def test_the_version_of_the_python_counts_whole(
    wanted: str, *, there: bool, tmp_path: Path
) -> None:
    environment = Environment(directory=tmp_path / "made", lock_sha256="")
    environment.directory.mkdir()
    (environment.directory / "pyvenv.cfg").write_text("version_info = 3.11.7\n", encoding="utf-8")
    refused = pytest.raises(UnusableEnvironmentError, match=r"has Python 3\.11\.7, and the script")
    with contextlib.nullcontext() if there else refused:
        ensure_extras(Extras(python=wanted), SAMPLE, environment, tmp_path, tmp_path)


# a backend without requirements, which notes each build of a wheel in a file
BACKEND = """
import pathlib, tarfile, zipfile

def build_sdist(directory, settings=None):
    with tarfile.open(pathlib.Path(directory, "mylib-1.0.tar.gz"), "w:gz") as archive:
        for name in ("PKG-INFO", "pyproject.toml", "backend.py", "mylib.py"):
            archive.add(name, "mylib-1.0/" + name)
    return "mylib-1.0.tar.gz"

def build_wheel(directory, settings=None, metadata=None):
    with open({noted!r}, "a") as stream:
        stream.write("built\\n")
    name, info = "mylib-1.0-py3-none-any.whl", "mylib-1.0.dist-info/"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        archive.write("mylib.py")
        archive.write("PKG-INFO", info + "METADATA")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "mylib.py,,\\n")
    return name
"""
PROJECT = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
    'backend-path = ["."]\n[project]\nname = "mylib"\nversion = "1.0"\n',
    "PKG-INFO": "Metadata-Version: 2.1\nName: mylib\nVersion: 1.0\n",
    "mylib.py": "NUMBER = 42\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    for name, text in PROJECT.items():
        (directory / name).write_text(text, encoding="utf-8")
    backend = BACKEND.format(noted=str(tmp_path / "noted"))
    (directory / "backend.py").write_text(backend, encoding="utf-8")
    return directory


def builds(project: Path) -> int:
    return len(project.with_name("noted").read_text(encoding="utf-8").splitlines())


def ensured(project: Path, environment: Environment, run: str, *pythons: str) -> list[Path]:
    """The packages of targets with these Pythons, all at once, in one run of the harness."""
    wheels = project.with_name(run)
    wheels.mkdir()

    def ensure(number: int, python: str) -> Path:
        target = msgspec.structs.replace(SAMPLE, name=f"sample-{number}", python=python)
        extras = Extras(projects=(project,))
        found = ensure_extras(extras, target, environment, project.with_name("root"), wheels)
        assert found
        return found

    with ThreadPoolExecutor(len(pythons)) as pool:
        return list(pool.map(ensure, range(len(pythons)), pythons))


def test_a_project_is_built_once_for_each_python(project: Path, environment: Environment) -> None:
    found = ensured(project, environment, "first", "3.11", "3.11", "3.11", "3.12")
    assert builds(project) == 2
    assert len(set(found)) == 4
    for directory in found:
        assert (directory / "mylib.py").read_text(encoding="utf-8") == "NUMBER = 42\n"


def test_a_project_that_changed_is_installed_anew_in_the_next_run_and_else_not(
    project: Path, environment: Environment
) -> None:
    first = ensured(project, environment, "first", "3.11")
    assert ensured(project, environment, "second", "3.11") == first
    (project / "mylib.py").write_text("NUMBER = 43\n", encoding="utf-8")
    [third] = ensured(project, environment, "third", "3.11")
    assert [third] != first
    assert (third / "mylib.py").read_text(encoding="utf-8") == "NUMBER = 43\n"
    assert builds(project) == 3


@pytest.mark.fault(
    "scripts", "a project that a script needs cannot be built", "the target is not run"
)
def test_a_project_that_cannot_be_built_leaves_no_wheel(
    project: Path, environment: Environment
) -> None:
    (project / "backend.py").write_text("raise RuntimeError('no build')\n", encoding="utf-8")
    with pytest.raises(UnusableEnvironmentError, match="Failed to build"):
        ensured(project, environment, "first", "3.11")
    assert list(project.with_name("first").glob("*/3.11")) == []


# how a repository has uv write its own requirements
WRITTEN = {
    "hashes": "generate-hashes = true",
    "the index": "emit-index-url = true",
    "annotations": "annotation-style = 'split'",
    "markers": "universal = true\nemit-marker-expression = true",
}


@pytest.mark.parametrize("setting", WRITTEN.values(), ids=WRITTEN)
def test_how_a_repository_writes_its_requirements_changes_nothing(
    setting: str, project: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = f"[tool.uv.pip]\n{setting}\n"
    (project.parent / "pyproject.toml").write_text(settings, encoding="utf-8")
    expected = ensured(project, environment, "first", "3.11")
    monkeypatch.chdir(project.parent)
    assert ensured(project, environment, "second", "3.11") == expected
