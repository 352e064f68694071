"""Judges a record against a snapshot that is accepted, without files."""

from collections.abc import Sequence
from pathlib import Path

from harness.judging.criteria import Criteria
from harness.judging.judge import Judgement, judge
from harness.judging.verdicts import Axis, Verdict
from harness.observing.records import Internal, Record, Run, Surroundings
from harness.observing.snapshots import Baseline, Snapshot
from tests.support.makers import record, surroundings


def accepting(accepted: Snapshot) -> Baseline:
    """A baseline whose files can all be read."""
    return Baseline(directory=Path("baselines", accepted.name), accepted=accepted, unread={})


def judged(found: Record, accepted: Snapshot, criteria: Criteria | None = None) -> Judgement:
    """The judgement on a record; without criteria, nothing is known and no figure published."""
    return judge(found, accepting(accepted), criteria or Criteria())


def seen(
    runs: Sequence[Run],
    internals: Sequence[Internal] = (),
    *,
    environment: Surroundings | None = None,
    internals_failure: str | None = None,
) -> Record:
    """A record of runs that were observed."""
    return record(
        runs,
        internals=internals,
        environment=environment or surroundings(),
        internals_failure=internals_failure,
    )


def drift(judgement: Judgement) -> dict[str, Verdict]:
    """The verdicts on the steps, by step."""
    return {v.step: v for v in judgement.verdicts if v.axis is Axis.DRIFT}
