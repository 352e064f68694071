"""A failed probe gives a record with a failure; the probe gets the settings of the target."""

import itertools
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from harness.environments.virtual_environments import Environment, environment_of
from harness.observing.probing import Limits, start_probe
from harness.observing.records import Record, RunCount, Why, load_record
from harness.observing.snapshots import RUNS, runs_of
from tests.support.makers import SAMPLE, counted
from tests.support.samples import SCENARIOS

# scripts in place of an interpreter; "$6" is the output file of the probe
FAILURES = {
    "killed": ("echo words; kill -9 $$", "Crash", "the probe ended with SIGKILL\nwords"),
    "ended by a signal without a name": ("kill -40 $$", "Crash", "the probe ended with signal 40"),
    "leaves": ("echo words >&2; exit 3", "Crash", "the probe ended with exit code 3\nwords"),
    "takes too long to import": (
        "echo words; kill -ALRM $$",
        "TimeOut",
        "TensorFlow was not imported within 7 s\nwords",
    ),
    "writes garbage": ("echo garbage > $6", "Garbage", "record.json: cannot be read as a record"),
    "writes half a record": ("printf '{\"schema' > $6", "Garbage", "cannot be read as a record"),
    "writes an older record": (
        """echo '{"schema_version": 0}' > $6""",
        "Garbage",
        "its schema_version 0",
    ),
    "writes nothing": ("true", "Garbage", "record.json: cannot be read as a record: No such file"),
}


def stand_in(directory: Path, script: str) -> Environment:
    python = directory / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)
    return Environment(directory=directory / "environment", lock_sha256="1" * 64)


def outcome(environment: Environment, results: Path) -> Record:
    limits = Limits(scenario=1.0, tensorflow=7)
    return start_probe(SAMPLE, environment, SCENARIOS, results, jobs=1, limits=limits).record()


@pytest.mark.parametrize(("name", "failure"), FAILURES.items(), ids=FAILURES)
def test_a_failed_probe_gives_a_record_with_a_failure(
    name: str, failure: tuple[str, str, str], tmp_path: Path
) -> None:
    script, kind, message = failure
    record = outcome(stand_in(tmp_path, script), tmp_path / name)
    assert record.failure is not None
    assert record.failure.type == kind
    assert message in record.failure.message
    assert (record.target, record.lock_sha256) == ("sample", "1" * 64)
    assert record.runs == ()


@pytest.mark.fault(
    "verdicts",
    "the probe crashes where an earlier record lies",
    "a record of the crash replaces it",
)
def test_a_crash_replaces_the_record_of_an_earlier_run(tmp_path: Path) -> None:
    stale = tmp_path / "results" / "record.json"
    stale.parent.mkdir()
    stale.write_text("stale", encoding="utf-8")
    record = outcome(stand_in(tmp_path, "kill -9 $$"), stale.parent)
    assert record.failure is not None
    assert load_record(stale) == record


def test_a_stopped_probe_leaves_a_record_with_a_failure(
    environment: Environment, tmp_path: Path
) -> None:
    limits = Limits(scenario=5.0)
    probe = start_probe(SAMPLE, environment, SCENARIOS, tmp_path, jobs=2, limits=limits)
    time.sleep(0.05)
    probe.stop()
    record = probe.record()
    assert record.failure is not None
    assert record.failure.message.startswith("the probe ended with SIGKILL")
    assert load_record(tmp_path / "record.json") == record


@pytest.mark.parametrize("threads", [None, 3])
def test_the_probe_gets_its_scenarios_number_of_runs_and_limits(
    tmp_path: Path, threads: int | None
) -> None:
    scenarios, results = tmp_path / "scenarios", tmp_path / "results"
    environment = stand_in(tmp_path, 'echo "$@"; exit 3')
    limits = Limits(scenario=2.5, tensorflow=7)
    start_probe(
        SAMPLE, environment, scenarios, results, jobs=4, limits=limits, threads=threads
    ).record()
    given = (results / "probe.log").read_text(encoding="utf-8").split()
    asked = dict(itertools.pairwise(given))
    assert asked["--target"] == "sample"
    assert asked["--scenarios"] == str(scenarios)
    assert asked["--output"] == str(results / "record.json")
    assert (asked["--runs"], asked["--jobs"]) == (str(RUNS), "4")
    assert (asked["--time-limit"], asked["--import-limit"]) == ("2.5", "7")
    assert asked.get("--threads") == (None if threads is None else "3")


def test_the_probe_leaves_only_its_record_and_its_log(
    environment: Environment, tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    for name in ("completes.py", "steps.py"):
        text = (SCENARIOS / name).read_text(encoding="utf-8")
        (scenarios / name).write_text(text, encoding="utf-8")
    results = tmp_path / "results"
    limits = Limits()
    with start_probe(SAMPLE, environment, scenarios, results, jobs=1, limits=limits) as probe:
        record = probe.record()
    assert record.failure is None
    assert {len(runs) for runs in runs_of(record).values()} == {RUNS}
    assert sorted(path.name for path in results.iterdir()) == ["probe.log", "record.json"]


# A step whose observation is the number of its run, and which does `what` in the second.
COUNTS = """
import os, pathlib, sys, time
VARIANTS = ("a", "b")
def scenario(variant, step):
    path = pathlib.Path(__file__ + "." + variant)
    second = path.exists()
    path.touch()
    with step("one") as see:
        if second and variant == "b":
            {what}
        see(output=[2.0 if second else 1.0])
"""


def asked(
    environment: Environment, directory: Path, what: str, *counts: RunCount
) -> tuple[Record, Record]:
    """The records of a scenario: of its first runs, and then with the runs of `counts`."""
    scenarios = directory / "scenarios"
    scenarios.mkdir()
    (scenarios / "steps.py").write_text("VARIANTS = ()\n", encoding="utf-8")
    (scenarios / "stateful.py").write_text(COUNTS.format(what=what), encoding="utf-8")
    firsts = []

    def again(record: Record) -> Sequence[RunCount]:
        firsts.append(record)
        return counts

    limits = Limits(scenario=1.0)
    with start_probe(
        SAMPLE, environment, scenarios, directory / "results", jobs=2, limits=limits, runs=None
    ) as probe:
        last = probe.record(again)
    [first] = firsts
    return first, last


def ran(record: Record) -> list[tuple[str, int, str]]:
    return [(run.variant, run.number, run.end) for run in record.runs]


FIRST = [("a", 1, "completed"), ("b", 1, "completed")]
# what the second run of the variant b does; how it ends; what its record says of that
SECOND: dict[str, tuple[str, str, str]] = {
    "completes": ("pass", "completed", ""),
    "crashes": ("os.kill(os.getpid(), 11)", "crashed", "ended by SIGSEGV"),
    "takes too long": ("time.sleep(60)", "timed out", "took longer than 1 s"),
    "is broken": ("step(3).__enter__()", "broken", "the name of a step must be text"),
    "reads its input": ("assert not sys.stdin.read() and not os.read(0, 9)", "completed", ""),
    "changes the input of its process": ("os.close(0)", "completed", ""),
}


@pytest.mark.fault(
    "scenarios",
    "a scenario crashes, hangs or is broken in its second run alone",
    "the second run has ended so; the first run and the other scenarios are observed",
)
@pytest.mark.parametrize(("what", "end", "detail"), SECOND.values(), ids=SECOND)
def test_a_probe_that_asks_runs_again_what_it_is_told(
    what: str, end: str, detail: str, environment: Environment, tmp_path: Path
) -> None:
    counts = counted(Why.EQUALS, variant="a"), counted(Why.DIFFERS, variant="b")
    first, last = asked(environment, tmp_path, what, *counts)
    assert (ran(first), first.run_counts) == (FIRST, ())
    assert ran(last) == [*FIRST, ("b", 2, end)]
    assert detail in (last.runs[-1].detail or "")
    assert (last.failure, last.run_counts) == (None, counts)
    assert last.internals == first.internals != ()
    if end == "completed":
        assert last.runs[-1].observations[0].error is None
        assert last.runs[-1].observations[0].arrays["output"].values == (2.0,)


def test_a_probe_that_asks_runs_as_often_as_it_is_told(
    environment: Environment, tmp_path: Path
) -> None:
    counts = counted(Why.DIFFERS, variant="a", runs=3), counted(Why.NO_BASELINE, "unheard_of")
    _, last = asked(environment, tmp_path, "pass", *counts)
    assert [(variant, number) for variant, number, _ in ran(last)] == [
        ("a", 1),
        ("a", 2),
        ("a", 3),
        ("b", 1),
    ]


def test_a_probe_that_asks_and_is_told_nothing_ends_after_its_first_runs(
    environment: Environment, tmp_path: Path
) -> None:
    first, last = asked(environment, tmp_path, "pass")
    assert (ran(last), last.run_counts) == (ran(first), ()) == (FIRST, ())
    with start_probe(
        SAMPLE,
        environment,
        tmp_path / "scenarios",
        tmp_path / "results",
        jobs=2,
        limits=Limits(),
        runs=None,
    ) as probe:
        assert ran(probe.record()) == FIRST


HELPED = """
import PLACE as helper
def scenario(variant, step):
    with step("one") as see:
        see(output=helper.NUMBER)
"""


@pytest.mark.parametrize("place", ["helper", "parts.helper"])
def test_a_new_record_has_the_helpers_of_helpers_as_they_are_now(
    place: str, environment: Environment, tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    (scenarios / "steps.py").write_text(f"from {place} import VARIANTS\n", encoding="utf-8")
    helped = HELPED.replace("PLACE", place)
    (scenarios / "stateful.py").write_text(helped, encoding="utf-8")
    helper = scenarios.joinpath(*place.split(".")).with_suffix(".py")
    helper.parent.mkdir(exist_ok=True)

    def seen(record: Record | None) -> tuple[str, object]:
        assert record
        [run] = record.runs
        return run.variant, run.observations[0].arrays["output"].values

    helper.write_text("VARIANTS = ('one',)\nNUMBER = 1.0\n", encoding="utf-8")
    with start_probe(
        SAMPLE, environment, scenarios, tmp_path, jobs=1, limits=Limits(), runs=1, asks=True
    ) as probe:
        assert seen(probe.written()) == ("one", (1.0,))
        # of another length, or else Python takes what it has compiled
        helper.write_text("VARIANTS = ('second',)\nNUMBER = 2.0\n", encoding="utf-8")
        probe.ask_again()
        assert seen(probe.written()) == ("second", (2.0,))


def test_a_new_record_finds_no_temporary_file_of_the_one_before(
    environment: Environment, tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    shutil.copy(SCENARIOS / "steps.py", scenarios)
    with start_probe(
        SAMPLE, environment, scenarios, tmp_path, jobs=1, limits=Limits(), asks=True
    ) as probe:
        assert probe.written()
        left = [probe.temporary / name for name in ("directory", "file")]
        left[0].mkdir()
        left[1].touch()
        probe.ask_again()
        assert [path for path in left if path.exists()] == []
        assert probe.written()
        shutil.rmtree(probe.temporary)  # by somebody who clears the results
        probe.ask_again()
        assert probe.written()


@pytest.mark.parametrize(("name", "failure"), FAILURES.items(), ids=FAILURES)
def test_a_probe_that_fails_before_it_asks_is_told_nothing(
    name: str, failure: tuple[str, str, str], tmp_path: Path
) -> None:
    script, kind, message = failure
    environment, results = stand_in(tmp_path, script), tmp_path / name
    limits = Limits(tensorflow=7)
    with start_probe(
        SAMPLE, environment, SCENARIOS, results, jobs=1, limits=limits, runs=None
    ) as probe:
        record = probe.record(lambda _: pytest.fail("there are no first runs"))
    assert record.failure is not None
    assert (record.failure.type, message in record.failure.message) == (kind, True)


@pytest.mark.fault(
    "scenarios",
    "the probe is killed between the first run and the second",
    "the target could not be checked, exit code 3",
)
def test_a_probe_that_dies_before_it_is_told_is_a_crash(
    environment: Environment, tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    shutil.copy(SCENARIOS / "steps.py", scenarios)
    with start_probe(
        SAMPLE, environment, scenarios, tmp_path, jobs=1, limits=Limits(), runs=None
    ) as probe:

        def again(_: Record) -> Sequence[RunCount]:
            probe.process.kill()
            probe.process.wait()
            return [counted(Why.DIFFERS)] * 10_000  # more than a pipe holds

        record = probe.record(again)
    assert record.failure is not None
    assert "the probe ended with SIGKILL" in record.failure.message


@pytest.mark.parametrize("said", ["no JSON\n", "3\n", '[{"scenario": "x"}]\n'])
def test_a_request_that_is_none_is_a_failure_in_the_record(
    said: str, environment: Environment, tmp_path: Path
) -> None:
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    shutil.copy(SCENARIOS / "steps.py", scenarios)
    with start_probe(
        SAMPLE, environment, scenarios, tmp_path, jobs=1, limits=Limits(), runs=None
    ) as probe:
        assert probe.process.stdin is not None
        probe.process.stdin.write(said.encode())
        probe.process.stdin.flush()
        record = probe.record()
    assert record.failure is not None


EVERY = {"first", "second", "internals"}


@pytest.mark.parametrize(
    "only", [(), ("first",), ("internals",), ("first", "internals"), ("gone",)], ids=" ".join
)
def test_only_what_is_named_runs_and_the_record_names_the_rest(
    environment: Environment, tmp_path: Path, only: tuple[str, ...]
) -> None:
    scenarios = tmp_path / "scenarios"
    (scenarios / "family").mkdir(parents=True)
    completes = (SCENARIOS / "completes.py").read_text(encoding="utf-8")
    steps = (SCENARIOS / "steps.py").read_text(encoding="utf-8")
    for name, text in (("first", completes), ("family/second", completes), ("steps", steps)):
        (scenarios / f"{name}.py").write_text(text, encoding="utf-8")
    (scenarios / "helper.py").write_text("def helper(): pass\n", encoding="utf-8")
    results = tmp_path / "results"
    with start_probe(
        SAMPLE, environment, scenarios, results, jobs=2, limits=Limits(), only=only
    ) as probe:
        record = probe.record()
    assert record.failure is None
    left_out = EVERY - {*only} if only else set()
    assert sorted(record.left_out) == sorted(left_out)
    assert {run.scenario for run in record.runs} == EVERY - {"internals"} - left_out
    assert bool(record.internals) is ("internals" not in left_out)


def test_the_settings_of_the_target_reach_the_probe_and_those_of_the_user_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    target = msgspec.structs.replace(SAMPLE, variables={"TF_USE_LEGACY_KERAS": "1"})
    python = stand_in(tmp_path, "env; exit 3").python
    environment = environment_of(target, tmp_path / "environments", "1" * 64)
    environment.python.parent.mkdir(parents=True)
    python.rename(environment.python)
    start_probe(target, environment, SCENARIOS, tmp_path, jobs=1, limits=Limits()).record()
    reached = (tmp_path / "probe.log").read_text(encoding="utf-8").splitlines()
    assert "TF_USE_LEGACY_KERAS=1" in reached
    assert "CUDA_VISIBLE_DEVICES=-1" in reached
    assert f"KERAS_HOME={environment.directory / 'keras-home'}" in reached
    assert not [line for line in reached if line.startswith("KERAS_BACKEND")]
