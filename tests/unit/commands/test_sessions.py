"""A name given to nox runs its target and no other, with the nox that is installed."""

import re
import runpy
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from nox import registry
from nox.manifest import Manifest

from harness.commands.sessions import offered
from tests.support.places import ROOT, TARGETS

NAMES = list(TARGETS)
TWINS = [("tf-2.1", "tf-2.10"), ("tf-2.2", "tf-2.20"), ("keras-3.1", "keras-3.10")]

LINES = {
    "nothing": ([], "", NAMES),
    "another session": (["-s", "tests"], "", NAMES),
    "one target": (["-s", "tf-2.1"], "", ["tf-2.1"]),
    "its twin": (["-s", "tf-2.10"], "", ["tf-2.10"]),
    "both": (["-s", "tf-2.10", "tf-2.1"], "", ["tf-2.1", "tf-2.10"]),
    "a long option": (["--session=keras-3.1"], "", ["keras-3.1"]),
    "a name glued to its option": (["-stf-2.2"], "", ["tf-2.2"]),
    "options joined": (["-rs", "tf-2.2"], "", ["tf-2.2"]),
    "the environment variable": ([], "tf-2.2, lint", ["tf-2.2"]),
    "a name behind the dashes": (["-s", "diff", "--", "tf-2.1", "tf-2.2"], "", NAMES),
    "a target and arguments for it": (["-s", "tf-2.1", "--", "-k", "tf-2.2"], "", ["tf-2.1"]),
}


@pytest.mark.parametrize(("arguments", "variable", "expected"), LINES.values(), ids=LINES)
def test_only_the_targets_that_are_named_are_offered(
    arguments: list[str], variable: str, expected: list[str]
) -> None:
    found = offered(TARGETS.values(), arguments, variable)
    assert [target.name for target in found] == expected


@pytest.fixture
def empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", type(registry._REGISTRY)())  # noqa: SLF001
    monkeypatch.delenv("NOXSESSION", raising=False)


@pytest.mark.usefixtures("empty_registry")
@pytest.mark.parametrize("name", NAMES)
def test_each_name_selects_exactly_its_target(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["nox", "-s", name])
    runpy.run_path(str(ROOT / "noxfile.py"))
    options: Any = SimpleNamespace(
        force_venv_backend=None,
        default_venv_backend=None,
        extra_pythons=[],
        force_pythons=[],
        posargs=[],
    )
    manifest = Manifest(registry.get(), options)
    manifest.filter_by_name([name])
    assert [session.name for session in manifest] == [name]


@pytest.mark.parametrize("name", [name for pair in TWINS for name in pair])
def test_nox_lists_one_selected_session(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nox", "--list", "--session", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.findall(r"^\* (\S+)", done.stdout, re.MULTILINE) == [name]
