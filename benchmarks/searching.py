"""Measures `bisect` among the builds of keras-nightly, on one worker and on two.

The answer is the build that Keras 3.12.0 follows; from then on a stateful layer refuses another
batch size. The packages are downloaded before, and are in uv's cache.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.sides import harness
from tests.support.places import CANONICAL, ROOT

SUBJECT = "bidirectional_reset:another batch size"
ENDS = ("--good=keras-3.10", "--bad=keras-3.12", "--nightlies", "--no-attribute")


@contextmanager
def searches() -> Iterator["Searches"]:
    with tempfile.TemporaryDirectory(dir=CANONICAL.environments.parent) as directory:
        yield Searches(Path(directory))


class Searches:
    """Searches with a directory of environments of their own."""

    def __init__(self, directory: Path) -> None:
        self._environments, self._results = directory / "environments", directory / "results"
        self._environments.mkdir()

    def alone(self) -> tuple[float, float]:
        """The seconds of the probes, added up, and of the search that makes all environments."""
        self._forget_environments()
        return self._search(1)

    def with_workers(self, jobs: int, *, cold: bool) -> float:
        """The seconds of a search by so many workers; `cold`, they make all environments."""
        if cold:
            self._forget_environments()
        return self._search(jobs)[1]

    def _forget_environments(self) -> None:
        """Remove the environments; uv's cache for candidates stays, as its name begins with `.`."""
        for environment in self._environments.glob("[!.]*"):
            if environment.is_dir():
                shutil.rmtree(environment)

    def _search(self, jobs: int) -> tuple[float, float]:
        shutil.rmtree(self._results, ignore_errors=True)
        places = (f"--environments={self._environments}", f"--results={self._results}")
        options = (*ENDS, f"--jobs={jobs}", "--format=json")
        began = time.monotonic()
        command = harness(*places, "bisect", SUBJECT, *options)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        return json.loads(done.stdout)["running_seconds"], time.monotonic() - began
