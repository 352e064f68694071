"""What the benchmarks run, and its seconds: bare scripts, plain tests, the probe and commands."""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.base.project import PROBE
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment, environment_of
from tests.support.places import CANONICAL, ROOT

CORES = len(os.sched_getaffinity(0))
BARE = Path(__file__).with_name("bare.py")
PEERS = Path(__file__).with_name("peers")
REPORTED = (0, 1, 3)  # exit codes of commands that have compared something

Command = Sequence[str | Path]
Variables = Mapping[str, str] | None


def bare(target: Target, *names: str) -> float:
    """The scripts of scenarios without the harness; of all, unless some are named."""
    environment = made(target)
    return seconds([environment.python, BARE, *names], environment.process_variables())


def cold_bare(target: Target) -> float:
    """uv makes an environment of the lock, and the scripts run in it."""
    with tempfile.TemporaryDirectory(dir=CANONICAL.environments.parent) as directory:
        began = time.monotonic()
        python = Path(directory, "bin", "python")
        interpreter = made(target).python.resolve()
        lock = CANONICAL.locks / f"{target.name}.txt"
        seconds(["uv", "venv", "--quiet", "--python", interpreter, directory])
        seconds(["uv", "pip", "sync", "--quiet", "--python", python, lock])
        seconds([python, BARE], made(target).process_variables())
        return time.monotonic() - began


def cold(target: Target) -> float:
    shutil.rmtree(made(target).directory)
    return nox(target.name)


def probe(
    target: Target, *options: str, measure: Callable[[Command, Variables], float] | None = None
) -> float:
    """The probe on a target: its wall clock, or what else to measure of it."""
    environment = made(target)
    with tempfile.TemporaryDirectory() as directory:
        command: list[str | Path] = [environment.python, "-I", PROBE, "--target", target.name]
        command += ["--scenarios", CANONICAL.scenarios, "--runs", "1", "--jobs", str(CORES)]
        command += ["--output", f"{directory}/record.json", *options]
        return (measure or seconds)(command, environment.process_variables())


def made(target: Target) -> Environment:
    """The environment of a target; an earlier run has made it."""
    return environment_of(target, CANONICAL.environments, lock_sha256="")


def nox(*arguments: str) -> float:
    return seconds([sys.executable, "-m", "nox", "-s", *arguments])


def plain_pytest(*options: str) -> float:
    """The scenarios as plain tests, in a session of a plain noxfile."""
    accepted = PEERS / "test_scenarios"
    command = _peer("scenarios")
    if not accepted.exists():  # each machine writes its own
        regenerated = [*command, "--", "--force-regen"]
        subprocess.run(regenerated, cwd=ROOT, capture_output=True, check=False)
    return seconds([*command, *options])


def asv(*arguments: str) -> float:
    """A command of asv, by default a run of the scenarios as its benchmarks."""
    return seconds([*_peer("asv"), "-R", "--", *arguments])


def _peer(session: str) -> list[str | Path]:
    noxfile = PEERS / "noxfile.py"
    return [sys.executable, "-m", "nox", "--noxfile", noxfile, "--session", session]


def seconds(command: Command, variables: Variables = None) -> float:
    """The wall clock of a command that must succeed."""
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command[0]} ... failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


def processor_seconds(
    command: Command, variables: Variables = None, codes: Sequence[int] = REPORTED
) -> float:
    """The processor time of a command and its children, which ends with one of the exit codes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in codes:
        sys.exit(f"{command[0]} ... failed:\n{done.stdout}{done.stderr}")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def harness(*arguments: str | Path) -> list[str | Path]:
    return [sys.executable, "-m", "harness", *arguments]
