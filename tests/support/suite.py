"""Judges a record and runs the suite on the judgement, in this process, as a check does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.judging.judge import judge as judge_record
from harness.judging.verdicts import Verdict, exit_code
from harness.observing.records import Record
from harness.observing.snapshots import load_baseline
from harness.running.results import TargetFiles
from harness.running.suite.options import SuiteOptions
from harness.running.suite.plugin import run_suite
from tests.support.makers import SAMPLE, surroundings
from tests.support.places import CRITERIA, TARGETS, project_at


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The exit code, the verdicts as the suite counts them, and the text of each failed test."""

    code: int
    verdicts: Sequence[Verdict]
    failures: Sequence[str]

    @property
    def text(self) -> str:
        return "\n".join(self.failures)

    @property
    def passed(self) -> bool:
        """Whether every test passed or was skipped."""
        return not self.failures


def judge(
    record: Record,
    directory: Path,
    *,
    expression: str = "",
    force_regen: bool = False,
    writable: bool = True,
    criteria: Criteria = CRITERIA,
    target: Target | None = None,
) -> Judged:
    """Judge the record against the baselines in `directory`, and run the suite on that.

    A record that does not say where it was made was made in `surroundings()`.
    """
    project = project_at(directory.parent, baselines=directory.parent)
    known = target or TARGETS.get(record.target) or SAMPLE
    located = replace(record, environment=record.environment or surroundings())
    judgement = judge_record(
        located,
        load_baseline(msgspec.structs.replace(known, name=directory.name), project),
        criteria,
    )
    files = TargetFiles(directory=directory.parent / f"{directory.name}.results")
    files.directory.mkdir(parents=True, exist_ok=True)
    verdicts, code = run_suite(
        judgement,
        files,
        SuiteOptions(expression=expression, force_regen=force_regen),
        writable=writable,
        quiet=False,
    )
    assert code == exit_code(verdict.outcome for verdict in verdicts)
    cases = ElementTree.parse(files.junit).iter("failure")  # noqa: S314 - this process wrote it
    return Judged(code=code, verdicts=verdicts, failures=[str(case.text) for case in cases])


def contents(directory: Path) -> dict[str, str]:
    """The texts of the files in a directory, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*")}
