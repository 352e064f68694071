"""A repository of somebody, from the wheel alone: from nothing to a baseline, red, accepted, green.

The repository is `tests/samples/repository`: a library, a script that uses it, and a noxfile.
"""

import json
import shutil
from pathlib import Path

import pytest

from harness.observing.script_baselines import load_trace
from tests.integration.command_line import Harness
from tests.integration.installed import Installed, Ran, install
from tests.support.places import ROOT

SAMPLE = ROOT / "tests/samples/repository"
TARGETS = ("tf-2.15", "tf-2.21")
BASELINES = Path("scripts/baselines/carry")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def repository(wheel: Installed, harness: Harness, tmp_path: Path) -> Installed:
    """The sample in a directory of its own, as the working directory of the wheel."""
    for target in TARGETS:
        harness.ready(target)
    directory = tmp_path / "repository"
    shutil.copytree(SAMPLE, directory)
    return Installed(venv=wheel.venv, directory=directory, cache=wheel.cache)


@pytest.fixture
def environments(harness: Harness) -> str:
    return f"--environments={harness.project.environments}"


def headline(ran: Ran) -> str:
    return ran.out.splitlines()[0]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_from_nothing_to_a_baseline_red_accepted_and_green(
    repository: Installed, environments: str
) -> None:
    def check(*options: str) -> Ran:
        return repository.run(environments, "check", *options)

    library = repository.directory / "carrying.py"
    first = check()
    assert (first.code, headline(first)) == (3, "1 script on 2 targets: 2 inconclusive."), first.err
    made = sorted(path.stem for path in (repository.directory / BASELINES).iterdir())
    assert made == list(TARGETS)
    again = check()
    assert (again.code, headline(again)) == (0, "1 script on 2 targets: 2 unchanged.")

    edit(library, "initial_state=state)", "initial_state=None)")
    red = check()
    assert (red.code, headline(red)) == (1, "1 script on 2 targets: 2 regressed.")
    assert "line 13: parts = in_parts(layer, sequence, 2)" in red.out
    assert "from it follow: line 14" in red.out
    results = repository.directory / "results/check"
    document = json.loads((results / "check.json").read_bytes())
    assert {each["standing"] for each in document["checks"]} == {"regressed"}
    assert "2 regressed" in (results / "index.html").read_text(encoding="utf-8")
    assert (results / "scripts/carry/index.html").exists()

    assert check("--force-regen").code == 1
    green = check()
    assert (green.code, headline(green)) == (0, "1 script on 2 targets: 2 unchanged.")


def test_a_target_is_a_session_of_nox_there(repository: Installed, harness: Harness) -> None:
    place = f'with = ["."]\nenvironments = "{harness.project.environments}"'
    edit(repository.directory / "pyproject.toml", 'with = ["."]', place)
    listed = repository.call("nox", "-l")
    assert [f"* {target}" in listed.out for target in TARGETS] == [True, True]
    first = repository.call("nox", "-s", "tf-2.15")
    assert (first.code, "1 script on 1 target: 1 inconclusive." in first.out) == (1, True), first
    again = repository.call("nox", "-s", "tf-2.15")
    assert (again.code, "1 script on 1 target: 1 unchanged." in again.out) == (0, True), again


def test_in_ci_nothing_is_written(repository: Installed, environments: str) -> None:
    ran = repository.call("state-harness", environments, "check", "--on", "tf-2.15", CI="true")
    assert (ran.code, headline(ran)) == (3, "1 script on 1 target: 1 inconclusive.")
    assert not (repository.directory / BASELINES).exists()
    forced = repository.call("state-harness", environments, "check", "--force-regen", CI="true")
    assert (forced.code, forced.out) == (2, "")
    assert "no baseline is written in CI" in forced.err


def test_the_records_of_jobs_are_judged_together(repository: Installed, environments: str) -> None:
    repository.run(environments, "check")
    shutil.rmtree(repository.directory / "results")
    jobs = repository.directory.parent / "jobs"
    for target in TARGETS:
        job = repository.call(
            "state-harness",
            *(environments, f"--results={jobs / f'check-{target}'}", "check", "--on", target),
            CI="true",
        )
        assert job.code == 0
    whole = repository.run(environments, "check", "--records", jobs)
    assert (whole.code, headline(whole)) == (0, "1 script on 2 targets: 2 unchanged."), whole.out
    shutil.rmtree(jobs / "check-tf-2.21")
    part = repository.run(environments, "check", "--records", jobs)
    assert (part.code, headline(part)) == (3, "1 script on 2 targets: 1 not run, 1 unchanged.")


def test_a_night_opens_an_issue_and_closes_it(repository: Installed, environments: str) -> None:
    repository.run(environments, "check", "--on", "tf-2.15")
    night = (environments, "nightly", "tf-2.15")
    assert repository.run(*night).code == 0
    edit(repository.directory / "carrying.py", "initial_state=state)", "initial_state=None)")
    red = repository.run(*night)
    assert red.code == 1, red.out + red.err
    [issue] = (repository.directory / "archive/issues").glob("*.md")
    text = issue.read_text(encoding="utf-8")
    assert "state: open" in text
    assert "parts = in_parts(layer, sequence, 2)" in text
    assert "state-harness check scripts/carry.py --on tf-2.15 --force-regen" in text
    edit(repository.directory / "pyproject.toml", '"tf-2.15", ', "")
    repository.run(environments, "nightly")  # looks at the other target alone
    assert "state: open" in issue.read_text(encoding="utf-8")
    edit(repository.directory / "carrying.py", "initial_state=None)", "initial_state=state)")
    assert repository.run(*night).code == 0
    assert "state: closed" in issue.read_text(encoding="utf-8")


def test_a_baseline_is_read_back_as_the_trace_that_was_accepted(
    repository: Installed, environments: str
) -> None:
    repository.run(environments, "check", "--on", "tf-2.15")
    found = load_trace(repository.directory / BASELINES / "tf-2.15.json")
    assert [each.line for each in found.statements] == [1, 2, 3, 5, 11, 12, 13, 14]
    assert found.results["line 14"].printed.startswith("largest difference ")
    assert found.distributions["tensorflow"].startswith("2.15")
