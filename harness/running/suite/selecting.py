"""What has to run for the tests that `-k` selects."""

from collections.abc import Iterator

from harness.base.project import Project
from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.judging.verdicts import Axis
from harness.observing.baselines import scenario_files
from harness.observing.catalogue import variants_named
from harness.observing.records import WATCH
from harness.running.suite.options import SuiteOptions
from harness.running.suite.parts import Part, part_name
from harness.running.suite.plugin import nothing_checked, select


def asked_for(
    target: Target, project: Project, criteria: Criteria, options: SuiteOptions
) -> tuple[str, ...]:
    """The scenarios, and `internals`, of which pytest may select a test.

    A scenario whose variants cannot be told before it runs is always one of them. Raises UsageError
    for an expression that pytest refuses or that selects nothing.
    """
    variants = _variants(target, project)
    possible = {
        Part(axis=axis, name=part_name(axis, scenario, variant, step), verdicts=()): scenario
        for axis, scenario, variant, step in _possible(target, criteria, variants)
    }
    selected = {possible[part] or WATCH for part in select(list(possible), options)}
    unsure = {scenario for scenario, its in variants.items() if its is None}
    if not selected | unsure:
        raise nothing_checked(options)
    return tuple(sorted(selected | unsure))


def _possible(
    target: Target, criteria: Criteria, variants: dict[str, set[str] | None]
) -> Iterator[tuple[Axis, str, str, str]]:
    """The places of all verdicts that a judgement of a target may have, apart from their steps."""
    yield Axis.WATCH, "", "", ""
    for figure in criteria.figures.of(target.name):
        yield Axis.PUBLISHED, figure.scenario, "", figure.step
    for scenario, its in variants.items():
        yield Axis.ORACLE, scenario, "", ""
        for variant in ("", *(its or ())):  # a file that cannot be run has no variant
            yield Axis.DRIFT, scenario, variant, ""


def _variants(target: Target, project: Project) -> dict[str, set[str] | None]:
    """The variants that each scenario may have; None if they cannot be told.

    They are those of its file, or else of `steps.py`, and those of its baselines. Any Python file
    of the directory may turn out to be a scenario, even if it cannot be read.
    """
    found: dict[str, set[str] | None] = {}
    default = variants_named(project.scenarios / "steps.py") or None  # it may import them
    for path in (*project.scenarios.glob("*.py"), *project.scenarios.glob("*/*.py")):
        named = variants_named(path)
        its = default if named == () else named
        before = found.get(path.stem, set())
        found[path.stem] = None if its is None or before is None else before | {*its}
    for scenario, variant in scenario_files(project.baselines / target.name):
        known = found.setdefault(scenario, set())
        if known is not None:
            known.add(variant)
    return found
