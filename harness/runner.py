"""Starts the probe in a target's environment and brings back a record, whatever becomes of it."""

import datetime
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness import processes
from harness.environments import Environment, ensure_environment, reserved
from harness.errors import RecordError
from harness.paths import PROBE
from harness.records import SCHEMA_VERSION, Failure, Record, load_record, save_record
from harness.targets import Target

TIME_OUT = "TimeOut"  # the type of a failure
LOG_TAIL = 2000  # characters of the probe's log that a failure quotes
# these belong to the target: what the user has set must not reach the probe
NOT_INHERITED = ("TF_USE_LEGACY_KERAS", "KERAS_BACKEND")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Time limits in seconds: of one scenario in one variant, and of the import of TensorFlow."""

    scenario: float = 60.0
    tensorflow: int = 300


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A probe under way; `record` waits for what it observed, leaving the context ends it."""

    target: Target
    environment: Environment
    process: subprocess.Popen[bytes]
    output: Path
    log_file: Path
    limits: Limits

    def __enter__(self) -> "Probe":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def record(self) -> Record:
        """Wait for the probe, which limits its own time.

        A crash, a time-out or garbage is a record that says so, and is written as such.
        """
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

    def _failed(self, kind: str, message: str) -> Record:
        said = self.log_file.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:].strip()
        record = Record(
            schema_version=SCHEMA_VERSION,
            target=self.target.name,
            lock_sha256=self.environment.lock_sha256,
            started=datetime.datetime.now(datetime.UTC).isoformat(),
            failure=Failure(type=kind, message=f"{message}\n{said}".strip()),
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
    environments: Path,
    results: Path,
    *,
    jobs: int,
    limits: Limits,
    threads: int | None = None,
) -> Record:
    """Run the probe of a target, whose environment is made if need be; the record may be a failure.

    Raises UnusableEnvironmentError.
    """
    with reserved(target, environments):
        environment = ensure_environment(target, environments)
        with start_probe(
            target, environment, results, jobs=jobs, limits=limits, threads=threads
        ) as probe:
            return probe.record()


def start_probe(
    target: Target,
    environment: Environment,
    results: Path,
    *,
    jobs: int,
    limits: Limits,
    threads: int | None = None,
    scenarios: Path | None = None,
) -> Probe:
    """Start the probe; it writes `results/record.json`, and what it prints goes to `probe.log`.

    `jobs` is how many scenarios run at once, `threads` how many threads TensorFlow computes with
    (its own choice, if None); `scenarios` is another directory of scenario files.
    """
    results.mkdir(parents=True, exist_ok=True)
    output, log_file = results / "record.json", results / "probe.log"
    command: list[str | Path] = [environment.python, "-I", PROBE]
    command += ["--target", target.name, "--output", output]
    command += ["--lock-sha256", environment.lock_sha256, "--jobs", str(jobs)]
    command += ["--time-limit", str(limits.scenario), "--import-limit", str(limits.tensorflow)]
    if threads is not None:
        command += ["--threads", str(threads)]
    if scenarios:
        command += ["--scenarios", scenarios]
    variables = probe_variables(target, environment)
    return Probe(
        target=target,
        environment=environment,
        process=processes.start(command, env=variables, log_file=log_file),
        output=output,
        log_file=log_file,
        limits=limits,
    )


def probe_variables(target: Target, environment: Environment) -> Mapping[str, str]:
    """The environment variables that the probe runs with: the user's, but for what decides."""
    inherited = {k: v for k, v in os.environ.items() if k not in NOT_INHERITED}
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **inherited,
        # a user's keras.json can change the default dtype; baselines hold what the CPU computes
        "KERAS_HOME": str(environment.directory / "keras-home"),
        "CUDA_VISIBLE_DEVICES": "-1",
        **target.variables,
    }
