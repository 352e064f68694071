"""The durations in a record are those of a clock that is never set back."""

from pathlib import Path

import pytest

from tests.support.samples import NUMPY, TENSORFLOW, make_environment
from tests.unit.probe.probed import COMPLETES, FIXED, probe

BACKWARDS = """
import time

began, forwards = time.time(), time.time
time.time = lambda: began - 100 * (forwards() - began)
"""


@pytest.mark.fault(
    "processes",
    "the clock is set back while the probe runs",
    "no duration in the record is negative, and no time limit is reached",
)
def test_no_duration_is_negative_while_the_clock_is_set_back(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "sitecustomize.py").write_text(BACKWARDS, encoding="utf-8")
    environment = make_environment(tmp_path / "environment", packages, TENSORFLOW, NUMPY)
    probed = probe(environment, tmp_path, {"a": FIXED + COMPLETES}, "--time-limit=10")
    run = probed.run("a")
    assert run.end == "completed"
    assert min(*probed.record.seconds.values(), run.seconds or 0) > 0
