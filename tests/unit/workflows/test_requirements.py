"""The workflows pin what the harness needs to run and to be built, each file by its hash."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import noxfile
from tests.support.places import ROOT
from tests.support.workflows import step

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = PYPROJECT["project"]["dependencies"]
PINS, BUILD_PINS = ((ROOT / path).read_text(encoding="utf-8") for path in noxfile.PINS)
ENTRY = re.compile(r"^([\w.-]+==.*?)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


def pinned(text: str, python: str) -> dict[str, str]:
    """The versions that a requirements file pins on Linux, for a version of Python."""
    environment = {"python_full_version": f"{python}.1", "sys_platform": "linux"}
    found = {}
    for line, _ in ENTRY.findall(text):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            [only] = requirement.specifier
            found[requirement.name] = only.version
    return found


def unmet(text: str, wanted: list[str], python: str) -> list[str]:
    """The dependencies that the pins of a requirements file do not satisfy."""
    found = pinned(text, python)
    requirements = [Requirement(each) for each in wanted]
    return [
        each.name
        for each in requirements
        if each.name not in found or found[each.name] not in each.specifier
    ]


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_every_dependency_of_the_harness_is_pinned(python: str) -> None:
    assert unmet(PINS, WANTED, python) == []
    assert unmet(PINS, [*WANTED, "absent>=1", "msgspec>=999"], python) == ["absent", "msgspec"]


def test_the_build_backend_is_pinned() -> None:
    wanted = PYPROJECT["build-system"]["requires"]
    assert unmet(BUILD_PINS, wanted, "3.12") == []
    assert wanted == PYPROJECT["dependency-groups"]["build"]


@pytest.mark.parametrize("pins", [PINS, BUILD_PINS], ids=noxfile.PINS)
def test_every_pin_has_hashes_and_no_line_names_an_index_or_a_directory(pins: str) -> None:
    head, below = pins.split("\n", 2)[:2], ENTRY.sub("", pins.split("\n", 2)[2])
    assert "nox -s requirements" in head[1]
    assert below.strip() == ""
    assert not re.search(r"://|--(index|find|extra)|file:", pins)
    without = ENTRY.sub(r"\1", pins, count=1)
    assert ENTRY.sub("", without.split("\n", 2)[2]).strip() != ""


def test_the_job_that_writes_issues_installs_only_the_pins() -> None:
    text = Path(ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8")
    job = text.split("\n  night:\n")[1].split("\n  archive:\n")[0]
    assert re.findall(r"pip install (.*)", job) == [
        '--require-hashes --only-binary=":all:" --requirement .github/requirements.txt'
    ]


class Session:
    """Stands in for a session of nox: notes the commands that it is to run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.commands: list[tuple[str, ...]] = []

    def install(self, *_: str) -> None:
        """Nothing is installed."""

    def create_tmp(self) -> str:
        return str(self.directory)

    def run(self, *command: str, silent: bool = False) -> str | None:
        self.commands.append(command)
        return "numpy==2.1.0\n" if silent else None


@pytest.mark.fault(
    "packages and indexes",
    "the database of vulnerabilities does not know a package of the harness",
    "the weekly audit fails, and names the package",
)
def test_the_audit_of_each_week_passes_over_no_package(tmp_path: Path) -> None:
    session = Session(tmp_path)
    noxfile.audit.func(session)
    audits = [command for command in session.commands if command[0] == "pip-audit"]
    assert [command[-1] for command in audits] == [
        *noxfile.PINS,
        str(tmp_path / "installed.txt"),
    ]
    assert (tmp_path / "installed.txt").read_text(encoding="utf-8") == "numpy==2.1.0\n"
    assert all("--strict" in command for command in audits)
    assert step("audit", "Look for known vulnerabilities", "update.yml")["run"] == "nox -s audit"
