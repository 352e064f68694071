"""Runs a scenario or a script in an environment, and reads what was called in it."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.base import processes
from harness.base.errors import HarnessError
from harness.base.project import PROBE
from harness.environments.virtual_environments import Environment

SECONDS = 300.0
Called = tuple[Any, ...]  # as `executed.py` states it


@dataclass(frozen=True, kw_only=True)
class Executed:
    """The calls, and the error that ended the script, if one did."""

    calls: tuple[Called, ...]
    ended: str


def executed(environment: Environment, arguments: Sequence[str | Path]) -> Executed:
    """Run `executed.py` with these arguments after the first. Raises HarnessError."""
    with tempfile.TemporaryDirectory(prefix="state-harness-") as directory:
        output = Path(directory, "executed.json")
        command = [environment.python, PROBE / "executed.py", output, *arguments]
        variables = environment.process_variables()
        done = processes.run(command, env=variables, timeout=SECONDS)
        try:
            found = json.loads(output.read_text(encoding="utf-8"))
            calls = tuple(tuple(each) for each in found["calls"])
            return Executed(calls=calls, ended=found["ended"])
        except (OSError, ValueError, KeyError) as error:
            raise HarnessError(
                f"the functions that run in {environment.directory.name} could not be told: "
                f"{done.stderr.strip()[-500:] or error}"
            ) from error
