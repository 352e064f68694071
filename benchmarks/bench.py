"""Measures what the harness adds to the scripts that it runs, each beside a bare run.

    nox -s bench            both, five and three times
    nox -s bench -- 9       nine times each

Wall-clock seconds, warm: everything ran once before it is measured. The two sides take turns, so
that whatever else the machine does falls on both; medians are compared.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.environments import Environment
from harness.paths import ROOT, Workspace
from harness.runner import probe_variables
from harness.targets import Target, load_targets, select

BARE = Path(__file__).with_name("bare.py")
CORES = len(os.sched_getaffinity(0))


def main() -> None:
    times = [int(argument) for argument in sys.argv[1:]]
    targets = load_targets()
    releases = select(targets, ["tensorflow"])
    one = targets["tf-2.15"]
    print(f"{CORES} cores; seconds; the harness runs every scenario twice, bare runs do once\n")
    beside(
        "one target",
        "bare: the three scripts in one process of the same environment",
        lambda: bare(one),
        "harness: nox -s tf-2.15",
        lambda: nox("tf-2.15"),
        times=times[0] if times else 5,
    )
    beside(
        f"{len(releases)} releases",
        f"bare: the same for each release, one after another, divided by {CORES} cores",
        lambda: sum(bare(target) for target in releases) / CORES,
        "harness: nox -s matrix",
        lambda: nox("matrix", "--", "--restart"),
        times=times[0] if times else 3,
    )


def beside(
    title: str,
    left: str,
    measure_left: Callable[[], float],
    right: str,
    measure_right: Callable[[], float],
    *,
    times: int,
) -> None:
    """Measure both sides in turn and print every figure, the medians and their ratio."""
    measure_right(), measure_left()  # the harness first: it makes the environments
    lefts, rights = [], []
    for _ in range(times):
        lefts.append(measure_left())
        rights.append(measure_right())
    print(f"{title}\n  {left}\n    {_figures(lefts)}\n  {right}\n    {_figures(rights)}")
    ratio = statistics.median(rights) / statistics.median(lefts)
    print(f"  ratio of the medians {ratio:.2f}\n", flush=True)


def bare(target: Target) -> float:
    directory = Workspace().environments / target.name
    environment = Environment(directory=directory, lock_sha256="")
    return _seconds([environment.python, BARE], probe_variables(target, environment))


def nox(*arguments: str) -> float:
    return _seconds([sys.executable, "-m", "nox", "-s", *arguments], os.environ)


def _seconds(command: Sequence[str | Path], variables: Mapping[str, str]) -> float:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"{command[0]} ... failed:\n{done.stdout}{done.stderr}")
    return time.monotonic() - began


def _figures(seconds: Sequence[float]) -> str:
    each = " ".join(f"{value:.2f}" for value in seconds)
    return f"{each}   median {statistics.median(seconds):.2f}"


if __name__ == "__main__":
    main()
