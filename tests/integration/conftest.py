"""Places for the harness to work in: the project's own, and some that a test may damage."""

import shutil
from pathlib import Path

import pytest

from harness.paths import Workspace
from tests.integration.command_line import Harness


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-releases", action="store_true", help="hold each of the 22 releases against itself"
    )


@pytest.fixture(scope="session")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """On the project's own environments and baselines, results apart."""
    return Harness(workspace=Workspace(results=tmp_path_factory.mktemp("results")))


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """On environments of its own, which a test may damage."""
    places = [tmp_path_factory.mktemp(name) for name in ("environments", "results")]
    return Harness(workspace=Workspace(environments=places[0], results=places[1]))


@pytest.fixture
def own_baselines(harness: Harness, tmp_path: Path) -> Harness:
    """On a copy of the baselines, which a test may edit."""
    shutil.copytree(harness.workspace.baselines / "tf-2.15", tmp_path / "tf-2.15")
    return harness.with_baselines(tmp_path)
