"""Starts the probe in a target's environment, and returns a record even if the probe fails."""

import contextlib
import datetime
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.base import processes
from harness.base.errors import RecordError
from harness.base.files import reserved
from harness.base.project import PROBE, Project
from harness.environments.targets import Target
from harness.environments.virtual_environments import (
    Environment,
    ensure_environment,
    reserved_environment,
)
from harness.observing.records import (
    SCHEMA_VERSION,
    TIME_OUT,
    Failure,
    Record,
    RunCount,
    load_record,
    save_record,
)
from harness.observing.snapshots import RUNS

LOG_TAIL = 2000  # characters of the probe's log that a failure quotes
POLL = 0.01  # seconds between two looks whether the first runs are done


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Time limits in seconds: for a run of a scenario, and for the import of TensorFlow."""

    scenario: float = 60.0
    tensorflow: int = 300


@dataclass(frozen=True, kw_only=True)
class PlainScript:
    """A script of a user, its arguments, and the directory in which it runs.

    Without a `directory`, each run has a new one. `packages` is a directory of packages that the
    script can import besides those of the environment.
    """

    path: Path
    arguments: tuple[str, ...] = ()
    directory: Path | None = None
    packages: Path | None = None

    @property
    def options(self) -> list[str | Path]:
        """The options of the probe that name the script."""
        found: list[str | Path] = ["--script", self.path]
        found += [f"--argument={each}" for each in self.arguments]
        found += ["--directory", self.directory] if self.directory else []
        found += ["--packages", self.packages] if self.packages else []
        return found


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A running probe. `record` waits for its end; leaving the context kills the probe.

    `temporary` is for the temporary files of the probe, whose children remove none of theirs. It
    lies beside the record, so that the next run removes what a killed one has left.
    """

    target: Target
    environment: Environment
    process: subprocess.Popen[bytes]
    output: Path
    log_file: Path
    limits: Limits
    temporary: Path

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.temporary, ignore_errors=True)

    def record(self, again: Callable[[Record], Sequence[RunCount]] | None = None) -> Record:
        """Wait for the probe, which limits its own time, and read its record.

        A probe that asks after the first runs is told what `again` makes of their record; without
        `again`, that there is nothing more to run.

        After a crash, a time-out or an unreadable record: a record with a `failure`, which is also
        written to `output`.
        """
        if self.process.stdin:
            # The pipe breaks if the probe ended meanwhile, which its exit code tells.
            with contextlib.suppress(BrokenPipeError), self.process.stdin:
                if again and (first := self._first()):
                    self.process.stdin.write(msgspec.json.encode(again(first)) + b"\n")
        code = self.process.wait()
        if code == -signal.SIGALRM:
            limit = self.limits.tensorflow
            return self._failed(TIME_OUT, f"TensorFlow was not imported within {limit} s")
        if code != 0:
            how = f"exit code {code}" if code > 0 else signal.Signals(-code).name
            return self._failed("Crash", f"the probe ended with {how}")
        try:
            return load_record(self.output)
        except RecordError as error:
            return self._failed("Garbage", str(error))

    def stop(self) -> None:
        processes.end(self.process, signal.SIGKILL)
        if self.process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

    def _first(self) -> Record | None:
        """Wait for the first runs; None if there is no record of them without a failure."""
        while self.process.poll() is None and not self.output.exists():
            time.sleep(POLL)
        try:
            first = load_record(self.output)
        except RecordError:
            return None
        return None if first.failure else first

    def _failed(self, kind: str, message: str) -> Record:
        log_tail = self.log_file.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:].strip()
        record = Record(
            schema_version=SCHEMA_VERSION,
            target=self.target.name,
            lock_sha256=self.environment.lock_sha256,
            started=datetime.datetime.now(datetime.UTC).isoformat(),
            failure=Failure(type=kind, message=f"{message}\n{log_tail}".strip()),
            environment=None,
            internals=(),
            sources={},
            calls=(),
            layers={},
            internals_failure=None,
            runs=(),
            seconds={},
        )
        save_record(record, self.output)
        return record


def observe(
    target: Target,
    project: Project,
    results: Path,
    *,
    jobs: int,
    limits: Limits,
    threads: int | None = None,
) -> Record:
    """Run the probe of a target, after making its environment if necessary.

    The record, which may contain a failure, is also written to the directory `results`. Raises
    UnusableEnvironmentError.
    """
    with (
        reserved(project.results, target.name, "--results"),
        reserved_environment(target, project.environments),
    ):
        environment = ensure_environment(target, project)
        with start_probe(
            target,
            environment,
            project.scenarios,
            results,
            jobs=jobs,
            limits=limits,
            threads=threads,
        ) as probe:
            return probe.record()


def observe_script(
    script: PlainScript,
    target: Target,
    environment: Environment,
    results: Path,
    limits: Limits,
    runs: int = RUNS,
) -> Record:
    """Run a plain script in an environment; as `observe`, the record is written to `results`."""
    jobs = 1 if script.directory else RUNS  # in one directory, runs could see files of each other
    with start_probe(
        target, environment, script, results, jobs=jobs, limits=limits, runs=runs
    ) as probe:
        return probe.record()


def start_probe(
    target: Target,
    environment: Environment,
    what: Path | PlainScript,
    results: Path,
    *,
    jobs: int,
    limits: Limits,
    threads: int | None = None,
    runs: int | None = RUNS,
    only: Sequence[str] = (),
) -> Probe:
    """Start the probe, which writes `results/record.json`; its output goes to `results/probe.log`.

    `what` is the directory of the scenario files, or a plain script; `jobs` is the number of
    parallel processes, `threads` that of the threads of TensorFlow (None: TensorFlow's choice),
    `runs` that of the runs of each scenario or of the script (None: each scenario runs once, and
    then as often as `Probe.record` is told). `only` are names of scenarios, or `internals`, if not
    everything is run.
    """
    results.mkdir(parents=True, exist_ok=True)
    output, log_file = results / "record.json", results / "probe.log"
    output.unlink(missing_ok=True)  # an earlier record is not that of the first runs
    command: list[str | Path] = [environment.python, "-I", PROBE]
    command += ["--target", target.name, "--output", output]
    command += what.options if isinstance(what, PlainScript) else ["--scenarios", what]
    command += ["--runs", str(runs)] if runs else ["--runs", "1", "--ask"]
    command += ["--lock-sha256", environment.lock_sha256, "--jobs", str(jobs)]
    command += ["--time-limit", str(limits.scenario), "--import-limit", str(limits.tensorflow)]
    for each in only:
        command += ["--only", each]
    if threads is not None:
        command += ["--threads", str(threads)]
    temporary = results.absolute() / "temporary"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(exist_ok=True)
    variables = {**environment.process_variables(), "TMPDIR": str(temporary)}
    return Probe(
        target=target,
        environment=environment,
        process=processes.start(command, env=variables, log_file=log_file, asks=runs is None),
        output=output,
        log_file=log_file,
        limits=limits,
        temporary=temporary,
    )
