"""Runs `tests/regression` on a record, in this process, as the harness does."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from harness.judging.verdicts import Verdict
from harness.base.paths import ROOT
from harness.observing.records import Record


@dataclass(frozen=True, kw_only=True)
class Judged:
    """pytest's exit code, the verdicts, and what each failed test said."""

    code: int
    verdicts: Sequence[Verdict]
    failures: Sequence[str]

    @property
    def text(self) -> str:
        return "\n".join(self.failures)


class Listener:
    """A pytest plugin that keeps what the tests report."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []
        self.failures: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failures.append(report.longreprtext)
        if report.when == "call":
            values: list[object] = [value for _, value in report.user_properties]
            self.verdicts += [value for value in values if isinstance(value, Verdict)]


def judge(record: Record, directory: Path, *arguments: str) -> Judged:
    """Hold the record against the baselines in `directory`; `arguments` go to pytest."""
    path = directory.with_suffix(".record")
    path.write_bytes(msgspec.json.encode(record))
    listener = Listener()
    code = pytest.main(
        [
            str(ROOT / "tests" / "regression"),
            f"--record={path}",
            f"--baselines={directory}",
            "--quiet",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:unraisableexception",  # it collects garbage for longer than all else takes
            *arguments,
        ],
        plugins=[listener],
    )
    return Judged(code=int(code), verdicts=listener.verdicts, failures=listener.failures)
