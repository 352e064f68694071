"""The command line, called in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.__main__ import main

Call = Callable[..., int]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Calls the command line where baselines, results and environments are in `tmp_path`."""

    def calls(*arguments: str) -> int:
        places = [f"--{n}={tmp_path / n}" for n in ("environments", "results", "baselines")]
        monkeypatch.setattr("sys.argv", ["harness", *places, *arguments])
        return main()

    return calls
