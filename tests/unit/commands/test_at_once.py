"""Two runs of one target at the same time: both end with verdicts of their own record."""

from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from harness.running.check import Checking, check
from harness.running.results import Checked, TargetFiles
from tests.support.fakes import OTHER, TARGET, Fake
from tests.support.places import CRITERIA, TARGETS

SLOWLY = """
import time

VARIANTS = ("fixed",)


def scenario(_, step):
    with step("one") as see:
        time.sleep(0.5)
        see(output=1.0)
"""
WAITING = f"{TARGET}: waiting for another run of this target to end"


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    """Two targets with baselines."""
    made = Fake.make(tmp_path_factory.mktemp("at_once") / "project", TARGET, OTHER)
    made.write_scenario("slowly", SLOWLY)
    assert made.run("matrix", TARGET, OTHER).returncode == 3
    return made


def at_once(fake: Fake, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """The exit code and the output of commands that are started at the same time."""
    processes = [fake.start(*command) for command in commands]
    outputs = [process.communicate(timeout=120) for process in processes]
    return [(p.returncode, *output) for p, output in zip(processes, outputs, strict=True)]


@pytest.mark.fault(
    "disks and folders",
    "two runs of one target at the same time, with the same results",
    "the second waits for the first, and says so; both pass",
)
def test_two_runs_of_one_target_come_one_after_the_other(fake: Fake) -> None:
    ended = at_once(fake, ("run", TARGET), ("run", TARGET))
    assert [code for code, _, _ in ended] == [0, 0], ended
    assert [err.splitlines() for _, _, err in ended if err] == [[WAITING]]


@pytest.mark.fault(
    "disks and folders",
    "two runs of one target at the same time, with the same results and other environments",
    "the second waits for the first, and says so; both pass",
)
def test_two_runs_with_the_same_results_come_one_after_the_other(
    fake: Fake, tmp_path: Path
) -> None:
    elsewhere = Fake.make(tmp_path / "elsewhere")
    other = (f"--environments={elsewhere.project.environments}", "run", TARGET)
    ended = at_once(fake, ("run", TARGET), other)
    assert [code for code, _, _ in ended] == [0, 0], ended
    assert [err.splitlines() for _, _, err in ended if err] == [[WAITING]]


@pytest.mark.fault(
    "disks and folders",
    "two matrices, a diff and reports at the same time, with the same results",
    "all end as they do alone",
)
def test_commands_at_the_same_time_end_as_they_do_alone(fake: Fake) -> None:
    matrix = ("matrix", TARGET, OTHER)
    ended = at_once(fake, matrix, matrix, ("diff", TARGET, OTHER), ("report",), ("report",))
    assert [code for code, _, _ in ended[:3]] == [0, 0, 0], ended
    assert {code for code, _, _ in ended[3:]} <= {0, 3}, ended  # as much as is done
    assert "Traceback" not in str(ended)
    assert fake.run("report").returncode == 0
    assert not (fake.results / "matrix.json").exists()
    assert list(fake.root.rglob("*.part")) == []


@pytest.mark.fault(
    "disks and folders",
    "another run of a target waits while a night writes the record of a first try",
    "it begins after the verdicts are written: a first try is always one of the same night",
)
def test_results_are_reserved_until_the_verdicts_are_written(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def write(files: TargetFiles, checked: Checked) -> None:
        with pytest.raises(Timeout):
            FileLock(fake.results / f"{TARGET}.lock").acquire(timeout=0)
        written.append((files, checked))

    monkeypatch.setattr(TargetFiles, "write_verdicts", write)
    check(TARGETS[TARGET], fake.project, CRITERIA, Checking(jobs=1, again=True))
    assert len(written) == 1
