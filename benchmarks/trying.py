"""Measures what `try` costs beside the import of TensorFlow and two bare runs of the script.

    nox -s bench -- try     three times

Processor seconds, of the harness and all its processes, on each of some targets; the two sides are
measured in turn. A bare run is `python SCRIPT`, of which the import is measured apart.
"""

import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.environments.virtual_environments import environment_of
from harness.observing.snapshots import RUNS
from tests.support.places import CANONICAL, ROOT, TARGETS

SCRIPT = ROOT / "tests/samples/scripts/stateful.py"
NAMES = ("tf-2.9", "tf-2.15", "tf-2.16", "tf-2.21")
IMPORT = "import tensorflow as tf; tf.keras.layers.RNN"
TIMES, LIMIT = 3, 1.0  # processor seconds that a target may cost besides


def main() -> None:
    processor_seconds([sys.executable, *trying()])  # makes the environments, and is not measured
    beside, whole = [], []
    for _ in range(TIMES):
        bare = 0.0
        for name in NAMES:
            environment = environment_of(TARGETS[name], CANONICAL.environments, lock_sha256="")
            python, variables = environment.python, environment.process_variables()
            imported = processor_seconds([python, "-c", IMPORT], variables)
            run = processor_seconds([python, SCRIPT], variables)
            bare += imported + RUNS * max(run - imported, 0.0)
        tried = processor_seconds([sys.executable, *trying()])
        beside.append((tried - bare) / len(NAMES))
        whole.append(tried / bare)
    figures = " ".join(f"{value:.2f}" for value in beside)
    print(f"try {SCRIPT.name} on {', '.join(NAMES)}")
    print(f"  processor seconds for each target besides, at most {LIMIT:g} wanted")
    print(f"    {figures}   median {statistics.median(beside):.2f}")
    print(f"  ratio to the import and {RUNS} bare runs: {statistics.median(whole):.2f}")


def trying() -> list[str | Path]:
    return ["-m", "harness", "try", SCRIPT, "--on", *NAMES]


def processor_seconds(
    command: Sequence[str | Path], variables: Mapping[str, str] | None = None
) -> float:
    """The processor time of a command and its children; a script may end with an error."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
