"""Locks that are wrong, environments that are damaged, runs that are killed: the next run works."""

import subprocess
import time
from pathlib import Path

import pytest

from harness.base.errors import UnusableEnvironmentError
from harness.environments.locks import digest, read_lock
from harness.environments.virtual_environments import STAMP, ensure_environment
from tests.integration.command_line import Harness
from tests.support.places import CANONICAL, TARGETS, project_at

TARGET = "tf-2.15"


@pytest.mark.fault(
    "packages and indexes",
    "a lock has a wrong hash",
    "nothing is installed, and the message names the hash",
)
def test_a_wrong_hash_in_a_lock_is_refused(tmp_path: Path) -> None:
    target = TARGETS[TARGET]
    body = read_lock(target, CANONICAL.locks).split("\n", 1)[1]
    first = body.index("sha256:") + len("sha256:")
    body = body[:first] + "0" * 64 + body[first + 64 :]
    # one of two hashes remains right, so all of the first package's have to be wrong
    second = body.index("sha256:", first) + len("sha256:")
    body = body[:second] + "0" * 64 + body[second + 64 :]
    # the digest is right, as of somebody who edits a lock
    text = f"# sha256 of the lines below: {digest(body)}\n{body}"
    (tmp_path / f"{TARGET}.txt").write_text(text, encoding="utf-8")
    with pytest.raises(UnusableEnvironmentError, match=r"(?i)hash"):
        ensure_environment(target, project_at(tmp_path, locks=tmp_path))


@pytest.mark.fault(
    "environments",
    "a file of Keras is deleted",
    "the next run makes the environment again, and passes",
)
def test_a_damaged_environment_is_made_anew(private: Harness) -> None:
    private.ready(TARGET)
    private.package_file(TARGET, "keras/__init__.py").unlink()
    ran = private.run(TARGET)
    assert ran.code == 0, ran.printed
    assert "making the environment, which has lost keras/__init__.py" in ran.printed


@pytest.mark.fault("processes", "SIGKILL of a run", "the next run passes")
@pytest.mark.parametrize("seconds", [0.7, 2.5])
def test_after_a_killed_run_the_next_one_works(private: Harness, seconds: float) -> None:
    private.ready(TARGET)
    process = subprocess.Popen(
        private.command("run", TARGET), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    process.kill()
    process.wait()
    assert private.run(TARGET).code == 0


@pytest.mark.fault(
    "environments",
    "SIGKILL while an environment is made",
    "the next run makes it again, and passes",
)
def test_an_environment_that_was_killed_in_the_making_is_made_anew(private: Harness) -> None:
    private.ready(TARGET)
    stamp = private.project.environments / TARGET / STAMP
    stamp.unlink()
    process = subprocess.Popen(
        private.command("run", TARGET), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 60
    while not list(private.project.environments.glob(f".{TARGET}~*/pyvenv.cfg")):
        assert time.monotonic() < until, "the environment is not being made"
        time.sleep(0.1)
    process.kill()
    process.wait()
    assert not stamp.exists()
    assert private.run(TARGET).code == 0
