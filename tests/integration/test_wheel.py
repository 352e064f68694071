"""The package without a checkout: its wheel, installed, and used in an empty directory."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from harness.environments.virtual_environments import ensure_environment, reserved_environment
from harness.observing.records import load_record
from harness.observing.snapshots import from_baseline
from tests.integration.installed import Installed, Ran, install
from tests.support.places import CANONICAL, ROOT, TARGETS

TARGET = "tf-2.15"
LEGACY = "TF_USE_LEGACY_KERAS"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def ran(installed: Installed) -> Ran:
    """The first run of a target, which makes its environment."""
    return installed.run("run", TARGET)


def test_the_wheel_is_used_and_not_the_checkout(installed: Installed) -> None:
    done = subprocess.run(
        [installed.venv / "bin" / "python", "-c", "import harness; print(harness.__file__)"],
        cwd=installed.directory,
        env=installed.variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed.venv)


def test_a_target_passes_with_results_here_and_its_environment_in_the_cache(
    installed: Installed, ran: Ran
) -> None:
    assert ran.code == 0, ran.out + ran.err
    assert f"{TARGET} passed in" in ran.out
    record = load_record(installed.directory / "results" / TARGET / "record.json")
    environments = installed.cache / "state-harness" / "environments"
    assert record.environment is not None
    assert Path(record.environment.executable).is_relative_to(environments / TARGET)
    assert [path.name for path in installed.directory.iterdir()] == ["results"]


def test_the_baselines_of_two_targets_are_compared(installed: Installed) -> None:
    ran = installed.run("diff", TARGET, "tf-2.16", "--accepted")
    assert ran.code == 1, ran.err
    assert "reset / reset to ones" in ran.out
    assert "TypeError" in ran.out


def test_a_target_and_itself_have_no_findings(installed: Installed) -> None:
    ran = installed.run("diff", TARGET, TARGET, "--accepted")
    assert ran.code == 0, ran.err
    assert "TypeError" not in ran.out


def test_a_report_is_written_here(installed: Installed, ran: Ran) -> None:
    assert ran.code == 0, ran.out + ran.err
    report = installed.run("report")
    assert report.code == 0, report.out + report.err
    page = installed.directory / "results" / "report" / "index.html"
    assert str(page) in report.out.replace("\n", "")
    assert TARGET in page.read_text(encoding="utf-8")
    assert (page.parent / "scenarios" / "reset.py").exists()


def test_the_file_for_named_steps_is_printed(installed: Installed) -> None:
    ran = installed.run("steps")
    source = (ROOT / "harness/resources/steps.py").read_text(encoding="utf-8")
    assert (ran.code, ran.out) == (0, source), ran.err


REASON = ("--link=https://keras.io", "--why=Because.")
CHECKOUT = "run it in a checkout of the harness"
BASELINES = "set `baselines` in [tool.state-harness] of a pyproject.toml, or give --baselines DIR"
# the command, and the way out that the refusal names
REFUSED = {
    "run --force-regen": (("run", TARGET, "--force-regen"), BASELINES),
    "matrix --force-regen": (("matrix", TARGET, "--force-regen"), BASELINES),
    "accept": (("accept", TARGET, "0123456789ab", *REASON), BASELINES),
    "lock": (("lock",), CHECKOUT),
    "lock TARGET": (("lock", TARGET), CHECKOUT),
    "docs": (("docs",), CHECKOUT),
    "update": (("update",), CHECKOUT),
}


@pytest.mark.parametrize(("arguments", "way_out"), REFUSED.values(), ids=REFUSED)
def test_what_would_write_into_the_package_is_refused_with_the_way_out(
    installed: Installed, arguments: tuple[str, ...], way_out: str
) -> None:
    before = contents(installed.venv)
    ran = installed.run(*arguments)
    assert (ran.code, ran.out) == (2, ""), ran.out
    [line] = ran.err.splitlines()
    assert line.startswith("error: ")
    assert way_out in line
    assert contents(installed.venv) == before


def contents(venv: Path) -> dict[str, bytes]:
    """The files of the harness in a virtual environment that are data."""
    [resources] = venv.glob("lib/python*/site-packages/harness/resources")
    return {str(path): path.read_bytes() for path in resources.rglob("*") if path.is_file()}


def test_a_lock_that_is_only_shown_is_not_refused(installed: Installed) -> None:
    ran = installed.run("lock", "--dry-run", TARGET)
    assert (ran.code, ran.out) == (0, f"{TARGET}: no change\n"), ran.err


def steps_in(baseline: Path) -> set[str]:
    return set(json.loads(baseline.read_bytes())["steps"])


def test_baselines_elsewhere_are_written(installed: Installed, ran: Ran, tmp_path: Path) -> None:
    assert ran.code == 0, ran.out + ran.err
    before = contents(installed.venv)
    installed.run(f"--baselines={tmp_path}", "run", TARGET, "--force-regen", "-k", "reset-fixed")
    made = {each.name: each for each in (tmp_path / TARGET).iterdir()}
    assert "reset-fixed.json" in made
    for name, path in made.items():
        assert steps_in(path) == steps_in(CANONICAL.baselines / TARGET / name)
    assert contents(installed.venv) == before


@pytest.mark.parametrize(
    ("target", "variable", "error"),
    [
        pytest.param("tf-2.16-legacy", None, None, id="Keras 2, not set"),
        pytest.param("tf-2.16-legacy", "0", None, id="Keras 2, set to Keras 3"),
        pytest.param("tf-2.16", "1", "TypeError", id="Keras 3, set to Keras 2"),
    ],
)
def test_a_scenario_that_runs_alone_runs_as_its_target_whatever_the_shell_has_set(
    target: str, variable: str | None, error: str | None
) -> None:
    with reserved_environment(TARGETS[target], CANONICAL.environments):
        environment = ensure_environment(TARGETS[target], CANONICAL)
    variables = {name: value for name, value in os.environ.items() if name != LEGACY}
    done = subprocess.run(
        [environment.python, "harness/probe/scenarios/reset.py"],
        cwd=ROOT,
        env=variables if variable is None else {**variables, LEGACY: variable},
        capture_output=True,
        text=True,
        check=True,
    )
    [printed] = [
        line.removeprefix("fixed").strip().removeprefix("reset to ones").strip()
        for line in done.stdout.splitlines()
        if line.startswith("fixed") and " reset to ones " in line
    ]
    accepted = from_baseline(TARGETS[target], CANONICAL).steps["reset", "fixed"]["reset to ones"]
    if error is None:
        assert float(printed) == pytest.approx(accepted.mean, abs=1e-7)
    else:
        assert accepted.raised is not None
        assert accepted.raised.startswith(error)
        assert printed.startswith(f"{error}: ")
