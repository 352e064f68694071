"""Which scenarios run again, after the first run of each was held against its baseline. Pure.

A first run that is bit for bit what the baseline holds, which runs of another day have shown, has
been reproduced already. docs/verdicts.md says what that means for a step that is not reproducible.
"""

from harness.observing.numerics import Tolerances
from harness.observing.records import Record, Run, RunCount, Why
from harness.observing.results import Results, combine
from harness.observing.snapshots import RUNS, Baseline, runs_of


def run_counts(first: Record, baseline: Baseline, tolerances: Tolerances) -> tuple[RunCount, ...]:
    """How often to run each scenario and variant in all, by the record of one run of each."""
    found = []
    for pair, (run, *_) in runs_of(first).items():
        why = _why(run, baseline.accepted.steps.get(pair), tolerances)
        runs = 1 if why is Why.EQUALS else RUNS
        found.append(RunCount(scenario=pair[0], variant=pair[1], runs=runs, why=why))
    return tuple(found)


def _why(run: Run, accepted: Results | None, tolerances: Tolerances) -> Why:
    if accepted is None:
        return Why.NO_BASELINE
    if not all(result.reproducible for result in accepted.values()):
        return Why.NOT_REPRODUCIBLE
    if run.end != "completed" or combine([run], tolerances) != accepted:
        return Why.DIFFERS
    return Why.EQUALS
