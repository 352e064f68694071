"""The scenario that reads files of older releases leaves its directory to itself."""

import contextlib
import os
import runpy
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.base.project import SCENARIOS


def test_the_files_are_read_where_no_other_run_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras 3.4.1 extracts `model.weights.h5` beside a file that it reads, and removes it again."""
    places = set()

    def load_model(name: str) -> None:
        assert Path(name).is_file()
        places.add(os.getcwd())  # noqa: PTH109 - where the scenario is
        raise OSError

    @contextlib.contextmanager
    def step(_: str) -> Iterator[None]:
        with contextlib.suppress(OSError, AttributeError):
            yield

    models = types.SimpleNamespace(load_model=load_model)
    stand_in = types.SimpleNamespace(keras=types.SimpleNamespace(models=models))
    monkeypatch.setitem(sys.modules, "tensorflow", stand_in)
    monkeypatch.setitem(sys.modules, "steps", types.SimpleNamespace(alone=None))
    before = Path.cwd()
    for _ in range(2):
        runpy.run_path(str(SCENARIOS / "saving" / "older_files.py"))["scenario"]("fixed", step)
    assert Path.cwd() == before
    assert len(places) == 2
    assert not any(Path(each).is_relative_to(SCENARIOS) for each in places)
