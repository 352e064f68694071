"""Measures the cost of a night on runners: for each Python the job of one target, from nothing.

    nox -s bench -- night

A job makes a virtual environment, installs the harness into it, and checks a target with an empty
cache, as nightly.yml does. The start of a runner and its set-up of Python are not included. All
jobs with the same Python are assumed to take the same time; GitHub counts a begun minute as a whole
minute.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from harness.environments.targets import Target
from tests.support.places import ROOT, TARGETS


def main() -> None:
    targets = TARGETS.values()
    of_python = {target.python: target for target in targets}
    jobs = Counter(target.python for target in targets)
    seconds = minutes = 0.0
    print("a job from nothing: seconds to install the harness, to check the target\n")
    for python, target in of_python.items():
        install, check = job(target)
        seconds += jobs[python] * (install + check)
        minutes += jobs[python] * math.ceil((install + check) / 60)
        print(f"{target.name:16} Python {python:5} {install:6.1f} {check:6.1f}", flush=True)
    print(
        f"\n{len(targets)} jobs: {seconds / 60:.0f} minutes of work, "
        f"{minutes:.0f} runner minutes where begun minutes count"
    )


def job(target: Target) -> tuple[float, float]:
    """The seconds to install the harness, and to check a target, in an empty directory."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        python = place / "venv" / "bin" / "python"
        install = _seconds([sys.executable, "-m", "venv", place / "venv"]) + _seconds(
            [python, "-m", "pip", "install", "--quiet", "--editable", ROOT]
        )
        places = [f"--{name}={place / name}" for name in ("environments", "results")]
        check = _seconds(
            [python, "-m", "harness", *places, "matrix", target.name, "--again"],
            UV_CACHE_DIR=str(place / "uv"),
        )
        return install, check


def _seconds(command: list[str | Path], **variables: str) -> float:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout.decode()}")
    return time.monotonic() - began


if __name__ == "__main__":
    main()
