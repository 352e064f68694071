"""No test of the probe leaves a process; plain scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.environments.virtual_environments import Environment
from tests.unit.probe.probed import MARK, marked, remaining
from tests.unit.probe.scripts import Plain


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each process that a test starts has the mark of the test, and has ended after it."""
    monkeypatch.setenv(MARK, str(tmp_path))
    assert marked(str(tmp_path)) == []
    yield
    assert remaining(str(tmp_path), seconds=1) == []


@pytest.fixture
def plain(environment: Environment, tmp_path: Path) -> Plain:
    return Plain(environment=environment, directory=tmp_path)
