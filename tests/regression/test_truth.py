"""Is what this target computes right at all?"""

from collections.abc import Callable

import pytest

from harness.changes import Outcome
from harness.compare import combine
from harness.numerics import Tolerances
from harness.published import Figure
from harness.records import Record, Steps
from harness.truth import VARIANT, verdicts

RecordProperty = Callable[[str, object], None]


def test_oracle(
    fixed_scenario: str, record: Record, tolerances: Tolerances, record_property: RecordProperty
) -> None:
    found = list(verdicts(fixed_scenario, _steps(record, fixed_scenario, VARIANT, tolerances)))
    for verdict in found:
        record_property(verdict.step, verdict)
    wrong = [str(verdict) for verdict in found if verdict.outcome is Outcome.DRIFT]
    assert not wrong, "\n".join(wrong)


def test_published_figure(
    figure: Figure, record: Record, tolerances: Tolerances, record_property: RecordProperty
) -> None:
    verdict = figure.verdict(_steps(record, figure.scenario, "published", tolerances))
    record_property(verdict.step, verdict)
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        pytest.skip(verdict.reason)
    assert verdict.outcome is Outcome.EQUAL, str(verdict)


def _steps(record: Record, scenario: str, variant: str, tolerances: Tolerances) -> Steps:
    runs = [run for run in record.runs if (run.scenario, run.variant) == (scenario, variant)]
    if any(run.end != "completed" for run in runs):
        pytest.fail("could not be checked: a run ended untimely", pytrace=False)
    return combine(runs, tolerances)
