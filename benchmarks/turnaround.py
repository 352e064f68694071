"""Measures `try --watch`: from the saving of a script to its verdict on several targets."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from harness.observing.records import load_record
from tests.support.places import ROOT

SCRIPT = ROOT / "tests/samples/scripts/stateful.py"
WAITING = "waiting for a change"


def turnarounds(names: Sequence[str], times: int) -> tuple[list[float], list[float]]:
    """The seconds of the probes alone, and those until the verdict, at each saving."""
    own, whole = [], []
    with tempfile.TemporaryDirectory() as directory:
        script = Path(directory, SCRIPT.name)
        text = SCRIPT.read_text(encoding="utf-8")
        script.write_text(text, encoding="utf-8")
        results = Path(directory, "results")
        command = [sys.executable, "-m", "harness", f"--results={results}"]
        with subprocess.Popen(
            [*command, "try", str(script), "--watch", "--on", *names],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as watch:
            _wait(watch)
            for number in range(times):
                began = time.monotonic()
                script.write_text(f"{text}number = {number}\n", encoding="utf-8")
                _wait(watch)
                whole.append(time.monotonic() - began)
                own.append(_own(results / "try" / script.stem / "watch", names))
            watch.send_signal(signal.SIGINT)
    return own, whole


def _own(records: Path, names: Sequence[str]) -> float:
    """The seconds of the probes, of which as many work at once as there are cores."""
    seconds = sum(load_record(records / name / "record.json").seconds["total"] for name in names)
    return seconds / min(len(names), len(os.sched_getaffinity(0)))


def _wait(watch: subprocess.Popen[str]) -> None:
    for line in watch.stderr or ():
        if WAITING in line:
            return
    sys.exit("`try --watch` ended")
