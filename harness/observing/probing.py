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
        self.close()

    def close(self) -> None:
        """Kill the probe if it still runs, and remove its temporary files."""
        self.stop()
        shutil.rmtree(self.temporary, ignore_errors=True)

    def record(self, again: Callable[[Record], Sequence[RunCount]] | None = None) -> Record:
        """Wait for the probe, which limits its own time, and read its record.

        A probe that asks after the first runs is told what `again` makes of their record, and that
        nothing follows; without `again`, the latter alone.

        After a crash, a time-out or an unreadable record: a record with a `failure`, which is also
        written to `output`.
        """
        if self.process.stdin:
            # The pipe breaks if the probe ended meanwhile, which its exit code tells.
            with contextlib.suppress(BrokenPipeError), self.process.stdin:
                if again and (first := self.written()):
                    self._ask(counts=again(first))
        code = self.process.wait()
        if code == -signal.SIGALRM:
            limit = self.limits.tensorflow
            return self._failed(TIME_OUT, f"TensorFlow was not imported within {limit} s")
        if code != 0:
            how = f"exit code {code}" if code > 0 else processes.signal_name(-code)
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

    def written(self) -> Record | None:
        """Wait for a record; None if there is none without a failure, which `record` tells."""
        while self.process.poll() is None and not self.output.exists():
            time.sleep(POLL)
        try:
            written = load_record(self.output)
        except RecordError:
            return None
        return None if written.failure else written

    def ask_again(self, names: Sequence[str] = ()) -> None:
        """Ask for a new record of the files as they are now: of `names`, or of everything."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.output.unlink(missing_ok=True)
        self._ask(again=names)

    def ask_more(self, counts: Sequence[RunCount]) -> None:
        """Ask for as many runs as `counts` say, and for a record of them all."""
        self.output.unlink(missing_ok=True)
        self._ask(counts=counts)

    def _ask(self, **request: object) -> None:
        if self.process.stdin is None:
            raise AssertionError("this probe was not started as one that asks")
        with contextlib.suppress(BrokenPipeError):  # it ended, which its exit code tells
            self.process.stdin.write(msgspec.json.encode(request) + b"\n")
            self.process.stdin.flush()

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
    with start_script(script, target, environment, results, limits, runs) as probe:
        return probe.record()


def start_script(
    script: PlainScript,
    target: Target,
    environment: Environment,
    results: Path,
    limits: Limits,
    runs: int = RUNS,
    *,
    asks: bool = False,
) -> Probe:
    """Start the probe for a plain script; as `start_probe`."""
    jobs = 1 if script.directory else RUNS  # in one directory, runs could see files of each other
    return start_probe(
        target, environment, script, results, jobs=jobs, limits=limits, runs=runs, asks=asks
    )


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
    asks: bool = False,
) -> Probe:
    """Start the probe, which writes `results/record.json`; its output goes to `results/probe.log`.

    `what` is the directory of the scenario files, or a plain script; `jobs` is the number of
    parallel processes, `threads` that of the threads of TensorFlow (None: TensorFlow's choice),
    `runs` that of the runs of each scenario or of the script (None: each scenario runs once, and
    then as often as `Probe.record` is told). `only` are names of scenarios, or `internals`, if not
    everything is run. A probe that `asks` stays until `Probe.record` or `Probe.stop`, so
    that `Probe.ask_again` costs no import of TensorFlow.
    """
    results.mkdir(parents=True, exist_ok=True)
    output, log_file = results / "record.json", results / "probe.log"
    output.unlink(missing_ok=True)  # an earlier record is not that of the first runs
    command: list[str | Path] = [environment.python, "-I", PROBE]
    command += ["--target", target.name, "--output", output]
    command += what.options if isinstance(what, PlainScript) else ["--scenarios", what]
    asks = asks or runs is None
    command += ["--runs", str(runs or 1), *(["--ask"] if asks else [])]
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
        process=processes.start(command, env=variables, log_file=log_file, asks=asks),
        output=output,
        log_file=log_file,
        limits=limits,
        temporary=temporary,
    )
