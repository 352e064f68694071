"""A signal ends a run, a matrix or nox, and every process of it; the next one is as before."""

import json
import signal
import subprocess
import sys

import pytest

from tests.support.fakes import OTHER, SLEEPS, TARGET, Fake, wait_for
from tests.unit.probe.probed import CODES, MARK, marked, remaining

MATRIX = ("matrix", "--jobs=2", TARGET, OTHER)
NOXFILE = f"""
import sys
import nox


@nox.session(venv_backend="none")
def check(session):
    session.run(sys.executable, "-m", "harness", "run", {OTHER!r}, external=True)
"""


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Fake:
    """Two targets with baselines."""
    root = tmp_path_factory.mktemp("signals") / "project"
    (temporary := root.with_name("temporary")).mkdir()
    variables = {MARK: str(root), "ASLEEP": str(root / "asleep"), "TMPDIR": str(temporary)}
    made = Fake.make(root, TARGET, OTHER, variables=variables)
    made.write_scenario("sleeps", SLEEPS)
    (root / "noxfile.py").write_text(NOXFILE, encoding="utf-8")
    assert made.run(*MATRIX).returncode == 3
    return made


def signalled(fake: Fake, process: "subprocess.Popen[str]", number: int) -> str:
    """Send a signal while a scenario is asleep; the output, once all processes have ended."""
    wait_for((fake.root / "begun").exists)
    assert marked(str(fake.root))
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert remaining(str(fake.root), seconds=3) == []
    (fake.root / "asleep").unlink()
    (fake.root / "begun").unlink()
    assert list(fake.root.rglob("*.part")) == []
    return out + err


@pytest.mark.fault(
    "processes",
    "SIGTERM, SIGINT or SIGKILL of a matrix in which scenarios run",
    "exit code 143, 130 or 137, no process of it is left; the next matrix takes it up and passes",
)
@pytest.mark.parametrize(("number", "code"), CODES.values(), ids=CODES)
def test_a_matrix_that_is_ended_leaves_no_process_and_is_taken_up(
    number: int, code: int, fake: Fake
) -> None:
    (fake.root / "asleep").touch()
    process = fake.start(*MATRIX)
    journal = fake.results / "matrix.json"
    wait_for(lambda: journal.exists() and TARGET in str(json.loads(journal.read_bytes())["done"]))
    said = signalled(fake, process, number)
    assert process.returncode == code
    assert "Traceback" not in said
    done = fake.run(*MATRIX)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"[1/2, done earlier] {TARGET} passed" in done.stdout
    assert not journal.exists()


@pytest.mark.fault(
    "processes",
    "SIGTERM of a run",
    "exit code 143, no process of it is left; the next run passes",
)
def test_a_run_that_is_ended_leaves_no_process(fake: Fake) -> None:
    (fake.root / "asleep").touch()
    process = fake.start("run", OTHER)
    said = signalled(fake, process, signal.SIGTERM)
    assert (process.returncode, "Traceback" in said) == (143, False)
    assert fake.run("run", OTHER).returncode == 0


@pytest.mark.fault(
    "processes",
    "SIGKILL of a run whose scenarios have temporary files",
    "the files lie in the results of the target, and the next run removes them",
)
def test_temporary_files_of_a_killed_run_go_with_the_next_run(fake: Fake) -> None:
    (fake.root / "asleep").touch()
    process = fake.start("run", OTHER)
    signalled(fake, process, signal.SIGKILL)
    [temporary] = [path for path in fake.results.joinpath(OTHER).iterdir() if path.is_dir()]
    assert list(temporary.iterdir())
    assert fake.run("run", OTHER).returncode == 0
    assert not temporary.exists()
    assert list(fake.root.with_name("temporary").iterdir()) == []


@pytest.mark.fault(
    "processes",
    "SIGTERM or SIGKILL of the nox that started a run",
    "no process of the run is left",
)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_the_session_of_a_nox_that_is_ended_ends_too(name: str, fake: Fake) -> None:
    (fake.root / "asleep").touch()
    nox = subprocess.Popen(
        [sys.executable, "-m", "nox", "--session=check"],
        cwd=fake.root,
        env=fake.environment_variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    signalled(fake, nox, CODES[name][0])
    assert nox.returncode == -CODES[name][0]
