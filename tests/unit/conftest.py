"""What many tests start from: an environment with a stand-in for TensorFlow, a place for nights."""

from pathlib import Path

import hypothesis
import pytest

from harness.environments.virtual_environments import Environment
from harness.observing.probing import Limits, start_probe
from harness.observing.records import Record
from tests.support.makers import SAMPLE
from tests.support.nights import DAY, FRESH, GOOD, LOCKED, NOW, Place, recorded
from tests.support.samples import NUMPY, SCENARIOS, TENSORFLOW, make_environment

hypothesis.settings.register_profile("unit", max_examples=60, deadline=None)
hypothesis.settings.load_profile("unit")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    directory = tmp_path_factory.mktemp("environments") / "sample"
    return make_environment(directory, TENSORFLOW, NUMPY)


@pytest.fixture(scope="session")
def observed(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What the probe sees of all sample scenarios, each variant within one second.

    All of them take longer than the second that TensorFlow has to be imported in.
    """
    return start_probe(
        SAMPLE,
        environment,
        SCENARIOS,
        tmp_path_factory.mktemp("results"),
        jobs=2,
        limits=Limits(scenario=1.0, tensorflow=1),
    ).record()


@pytest.fixture
def on_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Baselines are written here, and not in CI, where these tests run as well."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where nights are seen; what is accepted of two targets is that all is well."""
    made = Place(root=tmp_path)
    for target in (FRESH, LOCKED):
        made.accept(recorded(GOOD, target=target, began=NOW - 100 * DAY))
    return made
