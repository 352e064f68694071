"""Compares the run time of the harness with bare runs, and writes docs/performance.md.

    nox -s bench            everything: five times, and the matrix three times; takes two hours
    nox -s bench -- quick   what people wait for most, twice, in five minutes; writes nothing
    nox -s bench -- report  only the report, on the records of all targets in the results

Wall-clock seconds after one run that is not measured. The two sides are measured in turn, so that
other load of the machine affects both; the medians are compared. The report is measured in
processor time, which other load affects less.
"""

import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.turnaround import turnarounds
from harness.base.project import PROBE
from harness.environments.targets import Target, select
from harness.environments.virtual_environments import Environment, environment_of
from tests.support.places import CANONICAL, ROOT, TARGETS

BARE = Path(__file__).with_name("bare.py")
PERFORMANCE = ROOT / "docs" / "performance.md"
REPORTS, LIMIT = 3, 5  # runs of the report, and processor seconds that one may take
TIMES, TIMES_OF_MATRIX, QUICK = 5, 3, 2
CORES = len(os.sched_getaffinity(0))
ONE = TARGETS["tf-2.15"]
EDITED = ("tf-2.15", "tf-2.16", "tf-2.21", "keras-3.12")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two sides measured in turn, in seconds; `wanted` is what the ratio or the rest may be."""

    title: str
    left: str
    lefts: Sequence[float]
    right: str
    rights: Sequence[float]
    wanted: str
    bound: str  # by what the time of the right side is bound

    @property
    def ratio(self) -> float:
        return statistics.median(self.rights) / statistics.median(self.lefts)

    @property
    def besides(self) -> float:
        return statistics.median(self.rights) - statistics.median(self.lefts)


def main() -> None:
    if sys.argv[1:] == ["report"]:
        report()
        return
    quick = sys.argv[1:] == ["quick"]
    if sys.argv[1:] and not quick:
        sys.exit("bench takes nothing, `quick`, `report`, `try`, `night` or `histories`")
    print(f"{CORES} cores; seconds\n")
    done = []
    for compared in comparisons(QUICK if quick else TIMES, quick=quick):
        print(described(compared), flush=True)
        done.append(compared)
    report()
    if not quick:
        PERFORMANCE.write_text(page(done), encoding="utf-8")
        print(f"written: {PERFORMANCE}")


def comparisons(times: int, *, quick: bool) -> Iterator[Compared]:
    yield beside(
        "one target, warm",
        "the scripts one after another in one process of the same environment",
        lambda: bare(ONE),
        "`nox -s tf-2.15`",
        lambda: nox(ONE.name),
        times=times,
        wanted="ratio 1.15",
        bound="the scenarios, which run on all cores; bare, they run on one",
    )
    yield beside(
        "one scenario, warm",
        "that script alone in the same environment",
        lambda: bare(ONE, "stateful"),
        "`nox -s tf-2.15 -- -k stateful`",
        lambda: nox(ONE.name, "--", "-k", "stateful"),
        times=times,
        wanted="ratio 1.15 and 0.6 s",
        bound="the import of TensorFlow; then nox, pytest and the baselines",
    )
    yield beside(
        "one more scenario",
        "the probe with one scenario",
        lambda: probe(ONE, "--without-watch", "--only=stateful"),
        "the probe with two scenarios",
        lambda: probe(ONE, "--without-watch", "--only=stateful", "--only=initial_state"),
        times=times,
        wanted="0.35 s besides",
        bound="the first model of a process",
    )
    script, verdict = turnarounds(EDITED, times)
    yield Compared(
        title=f"`try --watch` on {len(EDITED)} targets, from saving a file to the verdict",
        left="the probes alone, divided by the targets that run at once",
        lefts=script,
        right="until the verdict is printed",
        rights=verdict,
        wanted="0.3 s besides",
        bound="the script, which runs twice on each target",
    )
    if quick:
        return
    yield beside(
        "the internals watch",
        "the probe without it",
        lambda: probe(ONE, "--without-watch"),
        "the probe with it",
        lambda: probe(ONE),
        times=times,
        wanted="",
        bound="the cores, which it shares with the scenarios",
    )
    yield beside(
        "one target, cold: nothing but the downloads is there",
        "uv makes the environment, then the scripts one after another",
        lambda: cold_bare(ONE),
        "`nox -s tf-2.15`",
        lambda: cold(ONE),
        times=times,
        wanted="ratio 1.10",
        bound="Python, which compiles TensorFlow's files in the first import",
    )
    releases = select(TARGETS, ["tensorflow"])
    yield beside(
        f"{len(releases)} releases, warm",
        f"the scripts of each release, one after another, divided by {CORES} cores",
        lambda: sum(bare(target) for target in releases) / CORES,
        "`nox -s matrix`",
        lambda: nox("matrix", "--", "--restart"),
        times=TIMES_OF_MATRIX,
        wanted="ratio 1.15",
        bound="the scenarios and the internals watch, on all cores",
    )


def beside(
    title: str,
    left: str,
    measure_left: Callable[[], float],
    right: str,
    measure_right: Callable[[], float],
    *,
    times: int,
    wanted: str,
    bound: str,
) -> Compared:
    """Measure both sides in turn."""
    measure_right(), measure_left()  # the harness first: it makes the environments
    lefts, rights = [], []
    for _ in range(times):
        lefts.append(measure_left())
        rights.append(measure_right())
    return Compared(
        title=title,
        left=left,
        lefts=lefts,
        right=right,
        rights=rights,
        wanted=wanted,
        bound=bound,
    )


def described(compared: Compared) -> str:
    wanted = f", wanted at most {compared.wanted}" if compared.wanted else ""
    return (
        f"{compared.title}\n  {compared.left}\n    {_figures(compared.lefts)}\n"
        f"  {compared.right}\n    {_figures(compared.rights)}\n"
        f"  ratio of the medians {compared.ratio:.2f}, besides {compared.besides:.2f} s{wanted}\n"
    )


def page(done: Sequence[Compared]) -> str:
    """docs/performance.md."""
    lines = [
        "# Performance",
        "",
        "Written by `nox -s bench`; seconds of wall clock, median (fastest to slowest of several",
        f"runs, measured in turn), on {CORES} cores, Python {platform.python_version()}.",
        "",
        "| measured | bare | harness | ratio | besides | at most | bound by |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {each.title} | {each.left}: {_spread(each.lefts)} | {each.right}: "
        f"{_spread(each.rights)} | {each.ratio:.2f} | {each.besides:.2f} s | "
        f"{each.wanted or 'not set'} | {each.bound} |"
        for each in done
    ]
    return "\n".join(lines) + "\n"


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


def bare(target: Target, *names: str) -> float:
    """The scripts of scenarios without the harness; of all, unless some are named."""
    environment = made(target)
    return _seconds([environment.python, BARE, *names], environment.process_variables())


def cold_bare(target: Target) -> float:
    """uv makes an environment of the lock, and the scripts run in it."""
    with tempfile.TemporaryDirectory(dir=CANONICAL.environments.parent) as directory:
        began = time.monotonic()
        python = Path(directory, "bin", "python")
        interpreter = made(target).python.resolve()
        lock = CANONICAL.locks / f"{target.name}.txt"
        _seconds(["uv", "venv", "--quiet", "--python", interpreter, directory], os.environ)
        _seconds(["uv", "pip", "sync", "--quiet", "--python", python, lock], os.environ)
        _seconds([python, BARE], made(target).process_variables())
        return time.monotonic() - began


def cold(target: Target) -> float:
    shutil.rmtree(made(target).directory)
    return nox(target.name)


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


def _spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


def _figures(seconds: Sequence[float]) -> str:
    each = " ".join(f"{value:.2f}" for value in seconds)
    return f"{each}   median {statistics.median(seconds):.2f}"


if __name__ == "__main__":
    main()
