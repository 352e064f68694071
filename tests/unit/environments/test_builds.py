"""The builds that an index has, as pip lists them."""

import subprocess

import pytest

from harness.base import processes
from harness.base.errors import UnusableEnvironmentError
from harness.environments.builds import builds


@pytest.fixture(autouse=True)
def forget() -> None:
    builds.cache_clear()


def answer(monkeypatch: pytest.MonkeyPatch, code: int, out: str, err: str = "") -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, code, out, err)

    monkeypatch.setattr(processes, "run", run)


def test_builds_are_sorted_by_version(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 0, '{"name": "x", "versions": ["2.10.0", "2.9.0", "2.10.0.dev20240101"]}')
    found = [str(each) for each in builds("x", "3.12")]
    assert found == ["2.9.0", "2.10.0.dev20240101", "2.10.0"]


FAULTS = [
    (1, "", "ERROR: No matching distribution found for x"),
    (0, "", "nothing"),
    (0, "[1, 2]", "a list"),
    (0, '{"versions": ["no version"]}', "no version"),
    (0, '{"versions": []}', "none"),
]


@pytest.mark.parametrize(("code", "out", "err"), FAULTS)
def test_no_answer_is_never_an_index_without_builds(
    monkeypatch: pytest.MonkeyPatch, code: int, out: str, err: str
) -> None:
    answer(monkeypatch, code, out, err)
    with pytest.raises(UnusableEnvironmentError) as raised:
        builds("x", "3.12")
    assert "lists no build of x for CPython 3.12, or does not answer" in str(raised.value)
    assert err in str(raised.value)
