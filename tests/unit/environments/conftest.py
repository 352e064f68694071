"""The place of the lock of a target."""

from pathlib import Path

import pytest

from harness.environments.locks import lock_path
from tests.support.locks import LOCKED


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """The path of the sample target's lock, which need not exist."""
    return lock_path(LOCKED, tmp_path)
