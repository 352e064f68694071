"""Compares the run time of the harness with bare runs of the same scripts.

    nox -s bench            seven times, and the matrix three times
    nox -s bench -- 9       nine times each
    nox -s bench -- report  only the report, on the records of all targets in the results

Wall-clock seconds after one run that is not measured. The two sides are measured in turn, so that
other load of the machine affects both; the medians are compared. The report is measured in
processor time, which other load affects less.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.base.project import PROBE
from harness.environments.targets import Target, select
from harness.environments.virtual_environments import Environment, environment_of
from tests.support.places import CANONICAL, ROOT, TARGETS

BARE = Path(__file__).with_name("bare.py")
REPORTS, LIMIT = 3, 5  # runs of the report, and processor seconds that one may take
CORES = len(os.sched_getaffinity(0))


def main() -> None:
    if sys.argv[1:] == ["report"]:
        report()
        return
    times = int(sys.argv[1]) if len(sys.argv) > 1 else None
    releases = select(TARGETS, ["tensorflow"])
    one = TARGETS["tf-2.15"]
    print(f"{CORES} cores; seconds\n")
    _, whole = beside(
        "one target",
        "bare: the scripts in one process of the same environment",
        lambda: bare(one),
        "harness: nox -s tf-2.15",
        lambda: nox("tf-2.15"),
        times=times or 7,
    )
    without, with_it = beside(
        "the internals watch",
        "the probe without it",
        lambda: probe(one, "--without-watch"),
        "the probe with it",
        lambda: probe(one),
        times=times or 7,
    )
    added = (with_it - without) / (whole - with_it + without)
    print(f"  so the watch adds {added:.0%} to nox -s tf-2.15\n")
    report()
    beside(
        f"{len(releases)} releases",
        f"bare: the same for each release, one after another, divided by {CORES} cores",
        lambda: sum(bare(target) for target in releases) / CORES,
        "harness: nox -s matrix",
        lambda: nox("matrix", "--", "--restart"),
        times=times or 3,
    )


def beside(
    title: str,
    left: str,
    measure_left: Callable[[], float],
    right: str,
    measure_right: Callable[[], float],
    *,
    times: int,
) -> tuple[float, float]:
    """Measure both sides in turn; print every figure, and return the medians in seconds."""
    measure_right(), measure_left()  # the harness first: it makes the environments
    lefts, rights = [], []
    for _ in range(times):
        lefts.append(measure_left())
        rights.append(measure_right())
    print(f"{title}\n  {left}\n    {_figures(lefts)}\n  {right}\n    {_figures(rights)}")
    medians = statistics.median(lefts), statistics.median(rights)
    print(f"  ratio of the medians {medians[1] / medians[0]:.2f}\n", flush=True)
    return medians


def report() -> None:
    """Measure `nox -s report`'s command on the records at hand, in processor time."""
    recorded = [name for name in TARGETS if (CANONICAL.results / name / "record.json").exists()]
    print(f"the report on the records of {len(recorded)} of {len(TARGETS)} targets")
    if missing := len(TARGETS) - len(recorded):
        print(f"  {missing} targets have no record; `nox -s matrix -- all` makes them")
    if not recorded:
        return
    seconds = []
    for _ in range(REPORTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "harness", "report"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"the report failed:\n{done.stdout}{done.stderr}")
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    files = sorted(path for path in (CANONICAL.results / "report").iterdir() if path.is_file())
    sizes = ", ".join(f"{path.name} {path.stat().st_size / 1e6:.2f} MB" for path in files)
    print(
        f"  processor seconds, at most {LIMIT} wanted\n    {_figures(seconds)}\n  {sizes}\n",
        flush=True,
    )


def bare(target: Target) -> float:
    environment = made(target)
    return _seconds([environment.python, BARE], environment.process_variables())


def probe(target: Target, *options: str) -> float:
    environment = made(target)
    with tempfile.TemporaryDirectory() as directory:
        command: list[str | Path] = [environment.python, "-I", PROBE, "--target", target.name]
        command += ["--scenarios", CANONICAL.scenarios, "--runs", "1", "--jobs", str(CORES)]
        command += ["--output", f"{directory}/record.json", *options]
        return _seconds(command, environment.process_variables())


def made(target: Target) -> Environment:
    """The environment of a target; an earlier run has made it."""
    return environment_of(target, CANONICAL.environments, lock_sha256="")


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
