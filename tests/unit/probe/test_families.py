"""Scenarios in the directories of their families."""

from pathlib import Path

import pytest

from harness.environments.virtual_environments import Environment
from tests.unit.probe.probed import COMPLETES, FIXED, probe


def test_the_scenarios_of_a_family_are_in_its_directory(
    environment: Environment, tmp_path: Path
) -> None:
    files = {"a": COMPLETES, "family/b": COMPLETES, "family/steps": FIXED}
    found = probe(environment, tmp_path, files)
    assert [(run.scenario, run.end) for run in found.record.runs] == [
        ("a", "completed"),
        ("b", "completed"),
    ]


@pytest.mark.fault(
    "scenarios",
    "two families have a scenario of the same name",
    "the second is broken, and names the first; the others run",
)
def test_a_name_that_two_families_use_is_broken(environment: Environment, tmp_path: Path) -> None:
    files = {"first/a": COMPLETES, "second/a": COMPLETES, "second/b": COMPLETES}
    found = probe(environment, tmp_path, files)
    ends = [(run.scenario, run.end, (run.detail or "").split("\n")[0]) for run in found.record.runs]
    assert sorted(ends) == [
        ("a", "broken", "first/a.py has the same name"),
        ("a", "completed", ""),
        ("b", "completed", ""),
    ]
