"""Runs the probe on scenarios that a test writes, and lists the processes that descend from it."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment
from harness.observing.records import Record, Run, load_record

MARK = "MARK_OF_A_TEST"  # a variable that all processes of a probe have, with a value of the test
# signals that end a command, and the exit codes of the command
CODES = {
    "SIGTERM": (signal.SIGTERM, 143),
    "SIGINT": (signal.SIGINT, 130),
    "SIGKILL": (signal.SIGKILL, -signal.SIGKILL),
}
COMPLETES = """
def scenario(variant, step):
    with step("one") as see:
        see(output=1.0)
"""
FIXED = 'VARIANTS = ("fixed",)\n'


@dataclass(frozen=True, kw_only=True)
class Probed:
    """The record and the log of a probe, and the seconds that it took."""

    record: Record
    log: str
    seconds: float

    def run(self, scenario: str, number: int = 1) -> Run:
        """The only run of a scenario with that number."""
        [run] = [r for r in self.record.runs if (r.scenario, r.number) == (scenario, number)]
        return run


def write_scenarios(directory: Path, files: Mapping[str, str]) -> Path:
    directory.mkdir()
    for name, text in {"steps": FIXED, **files}.items():
        path = directory / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def command(environment: Environment, directory: Path, *options: str) -> list[str]:
    """The probe of the scenarios in `directory`/scenarios, which it runs once each."""
    scenarios, output = directory / "scenarios", directory / "record.json"
    given = ["--target", "sample", "--scenarios", scenarios, "--output", output, "--runs", "1"]
    words = [environment.python, "-I", PROBE, *given, "--without-watch", *options]
    return [str(word) for word in words]


def probe(
    environment: Environment,
    directory: Path,
    files: Mapping[str, str],
    *options: str,
    variables: Mapping[str, str] | None = None,
) -> Probed:
    """Run the probe on scenarios, each in the variant `fixed` unless it says otherwise."""
    write_scenarios(directory / "scenarios", files)
    log = directory / "probe.log"
    began = time.monotonic()
    with log.open("wb") as stream:
        subprocess.run(
            command(environment, directory, *options),
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=120,
        )
    return Probed(
        record=load_record(directory / "record.json"),
        log=log.read_text(encoding="utf-8"),
        seconds=time.monotonic() - began,
    )


def marked(mark: str) -> list[int]:
    """The processes that were started with that value of MARK."""
    wanted = f"{MARK}={mark}".encode()
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if wanted in _variables(path)]


def _variables(path: Path) -> list[bytes]:
    try:
        return (path / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended
        return []


def remaining(mark: str, seconds: float = 5.0) -> list[int]:
    """The processes of a test that have not ended after some seconds, if they need so long."""
    until = time.monotonic() + seconds
    while marked(mark) and time.monotonic() < until:
        time.sleep(0.02)
    return marked(mark)
