"""Makes reports, small ones and large ones."""

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import replace

from harness.environments.targets import Target
from harness.judging.changes import Change, ChangeKind
from harness.judging.diff import Diff
from harness.judging.eras import Era
from harness.judging.history import stretches
from harness.judging.known import AttributedChange, KnownChange
from harness.judging.verdicts import Outcome, Verdict, standing_of
from harness.observing.internals import Described
from harness.observing.records import Error
from harness.report.model import (
    Comparison,
    Curve,
    History,
    Numbers,
    Report,
    ReportedVerdict,
    TargetReport,
)
from tests.support.makers import accepts, observed, surroundings, verdict

NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)


def target(name: str, family: str = "tensorflow") -> Target:
    return Target(
        name=name,
        family=family,
        python="3.11",
        requirements=("tensorflow==2.15.0",),
        as_of=NOW.date(),
    )


def target_report(
    name: str,
    *verdicts: Verdict,
    family: str = "tensorflow",
    error: Error | None = None,
) -> TargetReport:
    """A target with these verdicts; steps with an outcome in RAISING have `error`."""
    return TargetReport(
        target=target(name, family),
        standing=standing_of(each.outcome for each in verdicts),
        observations=tuple(
            ReportedVerdict(
                verdict=each,
                means={} if each.mean is None else {"output": each.mean},
                error=error if each.outcome in RAISING else None,
            )
            for each in verdicts
        ),
        environment=surroundings(),
        keras="2.15.0",
        started=NOW - datetime.timedelta(minutes=5),
        seconds=4.0,
    )


RAISING = (Outcome.RAISES, Outcome.NEWLY_RAISES, Outcome.ERROR_CHANGED)


def finding(
    kind: ChangeKind,
    subject: str = "step",
    *known: KnownChange,
    scenario: str = "stateful",
    before: str = "mean 1",
    after: str = "mean 2",
) -> AttributedChange:
    change = Change(
        kind=kind,
        subject=subject,
        scenario=scenario,
        variants=("fixed",) if scenario else (),
        before=before,
        after=after,
    )
    return AttributedChange(change=change, known=known)


def comparison(
    before: str, after: str, *changes: AttributedChange, lost: Sequence[str] = ()
) -> Comparison:
    return Comparison(
        diff=Diff(
            before=observed(name=before),
            after=observed(name=after),
            changes=changes,
            lost=tuple(lost),
        ),
        family="tensorflow",
        source="records",
    )


def report(*targets: TargetReport, comparisons: Sequence[Comparison] = ()) -> Report:
    return Report(
        made=NOW,
        targets=targets,
        comparisons=tuple(comparisons),
    )


def every_outcome(error: Error | None = None) -> Report:
    """Two targets with changes between them; the first has each outcome once."""
    known = accepts("newly raises: *", title="A title", portable="portable_set_values")
    verdicts = [verdict(o, step=f"step {o}", reason=f"since {o}", mean=0.5) for o in Outcome]
    return report(
        target_report("tf-2.14", *verdicts, error=error),
        target_report("tf-2.15", verdict(Outcome.IDENTICAL, mean=0.5)),
        comparisons=[
            comparison(
                "tf-2.14",
                "tf-2.15",
                finding(ChangeKind.NEWLY_RAISES, "step", known),
                finding(ChangeKind.REMOVED, "RNN.states", scenario=""),
                finding(ChangeKind.PACKAGE, "numpy", scenario="", before="1.0", after="2.0"),
            )
        ],
    )


def large(targets: int = 60, steps: int = 300) -> Report:
    """This number of targets with this number of observations, nearly all different."""
    names = [f"tf-2.{number}" for number in range(targets)]
    reports = []
    for at, name in enumerate(names):
        verdicts = [
            replace(
                verdict(
                    Outcome.RAISES if number % 11 == 0 else Outcome.IDENTICAL,
                    step=f"step {number}",
                    scenario=f"scenario_{number // 12}",
                    mean=number + at / 7,
                ),
                baseline=number + at / 7,
                difference=0.0,
                ulp=0.0,
            )
            for number in range(steps)
        ]
        error = Error(type="TypeError", message=f"on {name}: " + "what went wrong " * 6)
        reports.append(target_report(name, *verdicts, error=error))
    known = [accepts("*: *", title=f"Change {number}") for number in range(40)]
    comparisons = [
        comparison(
            before,
            after,
            *(
                finding(ChangeKind.MOVED, f"RNN.internal_{number}", known[number], scenario="")
                for number in range(40)
            ),
        )
        for before, after in itertools.pairwise(names)
    ]
    return replace(
        report(*reports, comparisons=comparisons),
        histories=tuple(_histories(names)),
        numbers=Numbers(
            curves=(
                Curve(
                    scenario="scenario_0",
                    variant="fixed",
                    step="step 1",
                    means={name: at / 7 for at, name in enumerate(names)},
                ),
            ),
            distances=dict.fromkeys(names, 3.5),
            eras={"tensorflow": (Era(targets=tuple(names), differs={}),)},
            bits={
                f"scenario / {number}": {name: at % 5 for at, name in enumerate(names)}
                for number in range(40)
            },
        ),
    )


def _histories(names: Sequence[str]) -> list[History]:
    body = "\n".join(f"    line_{number} = {number}" for number in range(40))
    found = []
    for number in range(100):
        watches = {
            name: {
                "RNN.call": Described(
                    kind="method",
                    owner="keras.RNN",
                    parameters=("self",),
                    body=f"{body}\n{at // 6}",
                )
            }
            for at, name in enumerate(names)
        }
        found.append(
            History(
                name=f"RNN.internal_{number}",
                why="a reason",
                family="tensorflow",
                stretches=tuple(stretches("RNN.call", watches)),
            )
        )
    return found
