"""Compares the run time of the harness with bare runs, and writes docs/performance.md.

    nox -s bench                 everything, most of it five times; takes hours
    nox -s bench -- PART ...     these parts; the rows of the others stay as they are
    nox -s bench -- quick        what people wait for most, twice, in five minutes; writes nothing

The two sides of a part are measured in turn, so that other load of the machine affects both; the
medians are compared. Both run once before, which is not counted, apart from asv, whose environment
alone is made. `report` and `diff` have one side, on the records at hand.
"""

import datetime
import platform
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import trying
from benchmarks.scoreboard import Compared, described, page
from benchmarks.searching import SUBJECT, searches
from benchmarks.sides import (
    CORES,
    asv,
    bare,
    cold,
    cold_bare,
    harness,
    nox,
    plain_pytest,
    probe,
    processor_seconds,
)
from benchmarks.turnaround import turnarounds
from harness.environments.targets import Target, select
from harness.observing.catalogue import scenario_scripts
from harness.observing.snapshots import RUNS
from tests.support.places import CANONICAL, ROOT, TARGETS

PERFORMANCE = ROOT / "docs" / "performance.md"
TIMES, TIMES_OF_MATRIX, TIMES_OF_ASV, QUICK = 5, 3, 1, 2
ONE = TARGETS["tf-2.15"]
EDITED = ("tf-2.15", "tf-2.16", "tf-2.21", "keras-3.12")
EVERY_FIFTH = [*TARGETS.values()][::5]
RELEASES = select(TARGETS, ["tensorflow"])


def session(title: str, times: int) -> Compared:
    return beside(
        title,
        "the scripts one after another in one process of the same environment",
        lambda: bare(ONE),
        "`nox -s tf-2.15`",
        lambda: nox(ONE.name),
        times=times,
        wanted="ratio 1.15",
        bound="the scenarios, which run on all cores; bare, they run on one",
    )


def one_scenario(title: str, times: int) -> Compared:
    return beside(
        title,
        "that script alone in the same environment",
        lambda: bare(ONE, "stateful"),
        "`nox -s tf-2.15 -- -k stateful`",
        lambda: nox(ONE.name, "--", "-k", "stateful"),
        times=times,
        wanted="ratio 1.15 and 0.6 s",
        bound="the import of TensorFlow; then nox, pytest and the baselines",
    )


def one_more(title: str, times: int) -> Compared:
    names = scenario_scripts(CANONICAL.scenarios)

    def measure() -> float:
        return statistics.mean(map(each_further, EVERY_FIFTH))

    def each_further(target: Target) -> float:
        alone = probe(target, "--without-watch", "--only=stateful", measure=processor_seconds)
        every = probe(target, "--without-watch", measure=processor_seconds)
        return (every - alone) / (len(names) - 1)

    measure()
    return Compared(
        title=title,
        right=f"processor seconds of the probe for each of {len(names)} files but the first, on "
        f"average over every fifth target ({', '.join(each.name for each in EVERY_FIFTH)})",
        rights=[measure() for _ in range(times)],
        wanted="0.35 s",
        bound="the scripts, which cost as much bare: the first two rows",
    )


def edited(title: str, times: int) -> Compared:
    script, verdict = turnarounds(EDITED, times)
    return Compared(
        title=title,
        left="the probes alone, divided by the targets that run at once",
        lefts=script,
        right="until the verdict is printed",
        rights=verdict,
        wanted="0.3 s besides",
        bound="the script, which runs twice on each target",
    )


def watched(title: str, times: int) -> Compared:
    return beside(
        title,
        "the probe without it",
        lambda: probe(ONE, "--without-watch"),
        "the probe with it",
        lambda: probe(ONE),
        times=times,
        wanted="",
        bound="the cores, which it shares with the scenarios",
    )


def cold_session(title: str, times: int) -> Compared:
    return beside(
        title,
        "uv makes the environment, then the scripts one after another",
        lambda: cold_bare(ONE),
        "`nox -s tf-2.15`",
        lambda: cold(ONE),
        times=times,
        wanted="ratio 1.10",
        bound="Python, which compiles TensorFlow's files in the first import",
    )


def matrix(title: str, times: int) -> Compared:
    return beside(
        title,
        f"the scripts of each release, one after another, divided by {CORES} cores",
        lambda: sum(bare(target) for target in RELEASES) / CORES,
        "`nox -s matrix`",
        lambda: nox("matrix", "--", "--restart"),
        times=min(times, TIMES_OF_MATRIX),
        wanted="ratio 1.15",
        bound="the scenarios and the internals watch, on all cores",
    )


def tried(title: str, times: int) -> Compared:
    lefts, rights = trying.measured(times)
    return Compared(
        title=title,
        left=f"processor seconds for each target of the import and {RUNS} bare runs",
        lefts=lefts,
        right="processor seconds for each target of `try`",
        rights=rights,
        wanted="1.0 s besides",
        bound="the import of TensorFlow",
    )


def pytest_warm(title: str, times: int) -> Compared:
    return beside(
        title,
        "`nox -R` with pip and pytest, all scenarios in one process",
        lambda: plain_pytest("-R"),
        "`nox -s tf-2.15`, with the internals watch",
        lambda: nox(ONE.name),
        times=times,
        wanted="ratio 0.33",
        bound="the scenarios themselves, which the plain tests run as well",
    )


def pytest_cold(title: str, times: int) -> Compared:
    return beside(
        title,
        "`nox` with pip and pytest, all scenarios in one process",
        plain_pytest,
        "`nox -s tf-2.15`, with the internals watch",
        lambda: cold(ONE),
        times=min(times, TIMES_OF_MATRIX),
        wanted="ratio 0.33",
        bound="the scenarios, and the first import of TensorFlow",
    )


def beside_asv(title: str, times: int) -> Compared:
    asv("setup")  # makes the environment
    nox(ONE.name)
    lefts, rights = [], []
    for _ in range(min(times, TIMES_OF_ASV)):
        lefts.append(asv())
        rights.append(nox(ONE.name))
    return Compared(
        title=title,
        left="`asv run --quick`, each scenario in a process of its own",
        lefts=lefts,
        right="`nox -s tf-2.15`, with the internals watch",
        rights=rights,
        wanted="ratio 0.33",
        bound="the scenarios; asv imports TensorFlow for each of them",
    )


def search(title: str, times: int) -> Compared:
    with searches() as searched:
        searched.alone()  # downloads
        measured = [searched.alone() for _ in range(times)]
    return Compared(
        title=title,
        left="its probes, added up",
        lefts=[probes for probes, _ in measured],
        right=f'`bisect "{SUBJECT}"`, which makes the environments',
        rights=[whole for _, whole in measured],
        wanted="ratio 1.3 and an installation",
        bound="the import of TensorFlow; each new environment compiles its own Keras",
    )


def two_workers(title: str, times: int) -> Compared:
    return _by_two(title, times, cold=False)


def two_workers_cold(title: str, times: int) -> Compared:
    return _by_two(title, min(times, TIMES_OF_MATRIX), cold=True)


def _by_two(title: str, times: int, *, cold: bool) -> Compared:
    with searches() as searched:
        return beside(
            title,
            "that search by one worker",
            lambda: searched.with_workers(1, cold=cold),
            "by two workers, which need more probes and fewer rounds",
            lambda: searched.with_workers(2, cold=cold),
            times=times,
            wanted="ratio 0.65",
            bound="the cores; one worker uses both while it makes environments ahead"
            if cold
            else "the rounds of two probes at once, and the import of TensorFlow",
        )


def report(title: str, times: int) -> Compared:
    return Compared(
        title=title,
        right="processor seconds of `report`",
        rights=[processor_seconds(harness("report")) for _ in range(times)],
        wanted="5 s",
        bound="Python, which judges each observation and writes what it came to",
    )


def diff(title: str, times: int) -> Compared:
    records = [CANONICAL.results / name / "record.json" for name in ("tf-2.15", "tf-2.16")]
    return Compared(
        title=title,
        right="processor seconds of `diff` on the records of tf-2.15 and tf-2.16",
        rights=[processor_seconds(harness("diff", *records)) for _ in range(times)],
        wanted="",
        bound="the imports of the harness, and the comparison of two records",
    )


PARTS: dict[str, tuple[str, Callable[[str, int], Compared]]] = {
    "session": ("one target, warm", session),
    "scenario": ("one scenario, warm", one_scenario),
    "more": ("one more scenario file, on average", one_more),
    "edit": (
        f"`try --watch` on {len(EDITED)} targets, from saving a file to the verdict",
        edited,
    ),
    "internals": ("the internals watch", watched),
    "cold": ("one target, cold: nothing but the downloads is there", cold_session),
    "matrix": (f"{len(RELEASES)} releases, warm", matrix),
    "try": (f"`try` on {len(trying.NAMES)} targets", tried),
    "bisect": (
        "a search among builds of keras-nightly, nothing but the downloads is there",
        search,
    ),
    "bisect-two": (
        "a search among builds of keras-nightly, their environments are there",
        two_workers,
    ),
    "bisect-two-cold": (
        "a search among builds of keras-nightly by two workers, nothing but the downloads is there",
        two_workers_cold,
    ),
    "report": ("the report on the records at hand", report),
    "diff": ("two records compared", diff),
    "pytest": ("one target, warm, beside plain pytest", pytest_warm),
    "pytest-cold": ("one target, cold, beside plain pytest", pytest_cold),
    "asv": ("one target, warm, beside asv", beside_asv),
}
OFTEN = ("session", "scenario", "more", "edit", "report")


def main() -> None:
    quick = sys.argv[1:] == ["quick"]
    names = OFTEN if quick else sys.argv[1:] or [*PARTS]
    if unknown := {*names} - PARTS.keys():
        sys.exit(
            f"bench knows no {', '.join(sorted(unknown))}: it takes nothing, `quick`, `night`, "
            f"`histories`, or some of {', '.join(PARTS)}"
        )
    recorded = sum((CANONICAL.results / name / "record.json").exists() for name in TARGETS)
    print(f"{machine()}; records of {recorded} of {len(TARGETS)} targets; seconds\n")
    for name in names:
        title, measure = PARTS[name]
        compared = measure(title, QUICK if quick else TIMES)
        print(described(compared), flush=True)
        if not quick:
            old = PERFORMANCE.read_text(encoding="utf-8") if PERFORMANCE.exists() else ""
            titles = [each for each, _ in PARTS.values()]
            PERFORMANCE.write_text(page(old, titles, [compared], machine()), encoding="utf-8")


def machine() -> str:
    """What the harness is measured on, and when."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(": ")[2] for line in lines if "model name" in line), "unknown")
    day = datetime.datetime.now(datetime.UTC).date()
    return f"{CORES} cores of {model}, Python {platform.python_version()}, {day}"


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


if __name__ == "__main__":
    main()
