"""What was the baseline of a target without a lock made with?"""

import os
from pathlib import Path

import pytest

from harness.baselines import DISTRIBUTIONS, distributions_text
from harness.records import Record
from harness.targets import load_targets


def test_distributions(record: Record, baselines: Path, pytestconfig: pytest.Config) -> None:
    """Never fails: what is installed is another thing every day, and is written with the rest."""
    target = load_targets().get(record.target)
    if target is None or target.locked or record.environment is None:
        return
    path = baselines / DISTRIBUTIONS
    writable = pytestconfig.getoption("propose") or not os.environ.get("CI")
    if (writable and not path.exists()) or pytestconfig.getoption("force_regen"):
        path.parent.mkdir(parents=True, exist_ok=True)
        text = distributions_text(record.environment.distributions)
        path.write_text(text, encoding="utf-8")
