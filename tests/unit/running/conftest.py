"""A project whose check needs no TensorFlow."""

from pathlib import Path

import pytest

from harness.base.project import Project
from tests.unit.running.checking import project_in


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_in(tmp_path)
