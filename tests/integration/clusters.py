"""A Dask cluster on loopback: a real scheduler and real workers."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.base.project import CHECKOUT
from tests.support.fakes import wait_for
from tests.unit.probe.probed import MARK


class Cluster:
    """A scheduler on loopback, and the workers that a test starts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self._start("scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard")
        wait_for(self.file.exists)
        self.address: str = json.loads(self.file.read_text(encoding="utf-8"))["address"]

    def worker(self, mark: str, harness: Path = CHECKOUT) -> subprocess.Popen[bytes]:
        """Start a worker of one thread, which imports the harness in a directory.

        It takes itself for one of CI: what it may write is decided where a matrix is started.
        """
        options = ("--nthreads=1", "--no-nanny", "--no-dashboard", "--host=127.0.0.1")
        directory = f"--local-directory={self.root / mark}"
        variables = {MARK: mark, "ASLEEP": str(self.root / "asleep"), "PYTHONPATH": str(harness)}
        return self._start("worker", *options, directory, CI="true", **variables)

    def _start(self, what: str, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", what, f"--scheduler-file={self.file}", *options]
        with (self.root / "dask.log").open("ab") as log:
            started = subprocess.Popen(
                command, cwd=self.root, env={**os.environ, **variables}, stdout=log, stderr=log
            )
        self.processes.append(started)
        return started


@contextlib.contextmanager
def started(root: Path) -> Iterator[Cluster]:
    """A cluster without workers, whose processes end with the context."""
    made = Cluster(root)
    try:
        yield made
    finally:
        for process in made.processes:
            with process:
                process.kill()
