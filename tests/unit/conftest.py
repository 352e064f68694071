"""An environment with a stand-in for TensorFlow, and what the probe sees of the samples in it."""

import venv
from pathlib import Path

import hypothesis
import numpy as np
import pytest

from harness.environments import Environment
from harness.records import Record
from harness.runner import Limits, start_probe

from .makers import SAMPLE

SAMPLES = Path(__file__).parent.parent / "samples"
NUMPY = Path(np.__file__).parent.parent

hypothesis.settings.register_profile("unit", max_examples=60, deadline=None)
hypothesis.settings.load_profile("unit")


def make_environment(directory: Path, *paths: Path) -> Environment:
    """A virtual environment that holds nothing, but imports from `paths` as well."""
    venv.create(directory, with_pip=False, symlinks=True)
    [packages] = directory.glob("lib/python*/site-packages")
    lines = "\n".join(map(str, paths))
    (packages / "samples.pth").write_text(f"{lines}\n", encoding="utf-8")
    return Environment(directory=directory, lock_sha256="0" * 64)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    directory = tmp_path_factory.mktemp("environment") / "sample"
    return make_environment(directory, SAMPLES / "packages", NUMPY)


@pytest.fixture(scope="session")
def observed(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What the probe sees of all sample scenarios, each variant within one second."""
    return start_probe(
        SAMPLE,
        environment,
        tmp_path_factory.mktemp("results"),
        jobs=2,
        limits=Limits(scenario=1.0, probe=60.0),
        scenarios=SAMPLES / "scenarios",
    ).record()


@pytest.fixture
def on_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Baselines are written here, and not in CI, where these tests run as well."""
    monkeypatch.delenv("CI", raising=False)
