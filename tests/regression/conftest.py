"""Holds a target's record against its baseline; `nox -s TARGET` says which."""

import os
from pathlib import Path

import pytest

from harness.baselines import scenario_files
from harness.errors import RecordError
from harness.numerics import Tolerances
from harness.published import figures_for
from harness.records import Record, Run, load_record
from harness.targets import load_targets
from harness.truth import VARIANT

RECORD = pytest.StashKey[Record]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("harness")
    group.addoption("--record", type=Path, required=True, help="the record to judge")
    group.addoption("--baselines", type=Path, required=True, help="the target's baselines")
    group.addoption(
        "--propose",
        action="store_true",
        help="write baselines in CI too, for a pull request, which a person reviews",
    )


def pytest_configure(config: pytest.Config) -> None:
    regenerating = config.getoption("force_regen") or config.getoption("regen_all")
    if regenerating and os.environ.get("CI") and not config.getoption("propose"):
        raise pytest.UsageError("no baseline is written in CI: regenerate on your own machine")
    try:
        config.stash[RECORD] = load_record(config.getoption("--record"))
    except RecordError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    record = metafunc.config.stash[RECORD]
    if "scenario" in metafunc.fixturenames:
        baselines: Path = metafunc.config.getoption("--baselines")
        observed = [(run.scenario, run.variant) for run in record.runs]
        both = list(dict.fromkeys([*observed, *scenario_files(baselines)]))
        metafunc.parametrize(("scenario", "variant"), both)
    if "figure" in metafunc.fixturenames:
        figures = list(figures_for(record.target, load_targets()))
        ids = [f"{figure.scenario}-{figure.step}" for figure in figures]
        metafunc.parametrize("figure", figures, ids=ids)
    if "fixed_scenario" in metafunc.fixturenames:
        fixed = dict.fromkeys(run.scenario for run in record.runs if run.variant == VARIANT)
        metafunc.parametrize("fixed_scenario", fixed)


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
