"""Runs plain scripts that a test writes under the probe."""

import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment
from harness.observing.records import Observation, Record, Run, load_record


@dataclass(frozen=True, kw_only=True)
class Plain:
    """Runs scripts in the environment of the samples."""

    environment: Environment
    directory: Path

    def record(self, text: str, *options: str, runs: int = 1, name: str = "my script.py") -> Record:
        script = self.directory / name
        script.write_text(textwrap.dedent(text), encoding="utf-8")
        output = self.directory / "record.json"
        given = ["--target", "sample", "--script", str(script), "--output", str(output)]
        subprocess.run(
            [self.environment.python, "-I", PROBE, *given, "--runs", str(runs), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=120,
        )
        return load_record(output)

    def run(self, text: str, *options: str) -> Run:
        [run] = self.record(text, *options).runs
        return run

    def last(self, text: str, *options: str) -> Observation:
        """What the last statement did."""
        return self.run(text, *options).observations[-1]


def numbers(observation: Observation) -> dict[str, Sequence[object]]:
    return {name: array.values or () for name, array in observation.arrays.items()}


def by_name(run: Run) -> dict[str, Observation]:
    return {each.step: each for each in run.observations}
