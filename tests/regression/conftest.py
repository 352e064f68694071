"""Holds a target's record against its baseline; `nox -s TARGET` says which."""

import os
from pathlib import Path

import pytest

from harness.compare import Tolerances
from harness.errors import RecordError
from harness.published import figures_for
from harness.records import Record, Run, load_record
from harness.targets import load_targets

RECORD = pytest.StashKey[Record]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("harness")
    group.addoption("--record", type=Path, required=True, help="the record to judge")
    group.addoption("--baselines", type=Path, required=True, help="the target's baselines")


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI") and (config.getoption("force_regen") or config.getoption("regen_all")):
        raise pytest.UsageError("no baseline is written in CI: regenerate on your own machine")
    try:
        config.stash[RECORD] = load_record(config.getoption("--record"))
    except RecordError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    record = metafunc.config.stash[RECORD]
    if "scenario" in metafunc.fixturenames:
        baselines: Path = metafunc.config.getoption("--baselines")
        stored = [path.stem.rsplit("-", 1) for path in sorted(baselines.glob("*-*.json"))]
        observed = [[run.scenario, run.variant] for run in record.runs]
        both = list(dict.fromkeys((a, b) for a, b in [*observed, *stored]))
        metafunc.parametrize(("scenario", "variant"), both)
    if "figure" in metafunc.fixturenames:
        figures = list(figures_for(record.target, load_targets()))
        none = pytest.param(None, marks=pytest.mark.skip("no figure reproduces on this target"))
        ids = [f"{figure.scenario}-{figure.step}" for figure in figures]
        metafunc.parametrize("figure", figures or [none], ids=ids or ["none"])


@pytest.fixture
def record(pytestconfig: pytest.Config) -> Record:
    return pytestconfig.stash[RECORD]


@pytest.fixture
def baselines(pytestconfig: pytest.Config) -> Path:
    directory: Path = pytestconfig.getoption("--baselines")
    return directory


@pytest.fixture
def tolerances() -> Tolerances:
    return Tolerances()


@pytest.fixture
def runs(record: Record, scenario: str, variant: str) -> list[Run]:
    return [run for run in record.runs if (run.scenario, run.variant) == (scenario, variant)]
