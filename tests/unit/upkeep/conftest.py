"""The desk at which a regression is accepted."""

from pathlib import Path

import pytest

from tests.support.desks import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)
