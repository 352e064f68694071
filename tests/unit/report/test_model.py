"""The content of a report: its headline, actions, exit code, and the order of changes."""

from dataclasses import replace

import msgspec
import pytest

from harness.judging.changes import ChangeKind
from harness.judging.known import Effect
from harness.judging.verdicts import Axis, Outcome, Standing, standing_of
from harness.report.actions import actions, command, headline, merged, shown
from harness.report.model import Report, TargetReport, totals
from harness.report.outcomes import MOST_IMPORTANT_FIRST, most_important
from tests.support.makers import accepts, verdict
from tests.support.reports import comparison, every_outcome, finding, report, target, target_report

FINE = target_report("tf-2.15", verdict(Outcome.IDENTICAL))
WRONG = target_report("tf-2.14", verdict(Outcome.DRIFT), verdict(Outcome.IDENTICAL, "other"))
BETTER = target_report("tf-2.14", verdict(Outcome.FIXED))
UNSURE = target_report("tf-2.14", verdict(Outcome.CRASHED))
GONE = TargetReport(target=target("tf-2.13"), standing=Standing.NOT_RUN, reason="no record")


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (report(), 3),
        (report(FINE), 0),
        (report(WRONG, FINE), 1),
        (report(BETTER), 1),
        (report(UNSURE, FINE), 3),
        (report(GONE, FINE), 3),
        (report(UNSURE, WRONG, GONE), 1),
        (replace(report(FINE), refused=("a file",)), 3),
        (replace(report(WRONG), refused=("a file",)), 1),
        (report(target_report("tf-2.15", verdict(Outcome.NOT_APPLICABLE))), 0),
        (report(target_report("tf-2.15", verdict(Outcome.LEFT_OUT))), 0),
        (report(target_report("tf-2.15", verdict(Outcome.BODY_CHANGED))), 0),
        (report(target_report("tf-2.15", verdict(Outcome.KNOWN_CHANGE))), 0),
    ],
)
def test_the_exit_code_is_that_of_the_worst(shown: Report, code: int) -> None:
    assert shown.exit_code == code


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (
            report(FINE),
            "Nothing regressed, nothing fixed, nothing inconclusive, no target left out: 1 target.",
        ),
        (
            report(WRONG, FINE, GONE),
            "1 observation regressed on tf-2.14, nothing fixed, nothing inconclusive, "
            "tf-2.13 not run: 3 targets.",
        ),
        (
            report(UNSURE),
            "Nothing regressed, nothing fixed, 1 observation inconclusive on tf-2.14, "
            "no target left out: 1 target.",
        ),
    ],
)
def test_the_headline_counts_each_standing(shown: Report, message: str) -> None:
    assert headline(shown) == message


def test_the_headline_of_an_empty_report_states_that_nothing_was_checked() -> None:
    assert headline(report()) == "Nothing was checked: there is no record."


def test_every_outcome_has_a_place_in_the_order() -> None:
    assert sorted(MOST_IMPORTANT_FIRST) == sorted(Outcome)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([Outcome.IDENTICAL, Outcome.NOT_APPLICABLE], Outcome.IDENTICAL),
        ([Outcome.LEFT_OUT, Outcome.IDENTICAL], Outcome.IDENTICAL),
        ([Outcome.NOT_APPLICABLE, Outcome.LEFT_OUT], Outcome.LEFT_OUT),
        ([Outcome.RAISES, Outcome.KNOWN_CHANGE], Outcome.KNOWN_CHANGE),
        ([Outcome.KNOWN_CHANGE, Outcome.FIXED], Outcome.FIXED),
        ([Outcome.IDENTICAL, Outcome.RAISES], Outcome.RAISES),
        ([Outcome.RAISES, Outcome.FIXED], Outcome.FIXED),
        ([Outcome.FIXED, Outcome.CRASHED], Outcome.CRASHED),
        ([Outcome.CRASHED, Outcome.DRIFT], Outcome.DRIFT),
        ([Outcome.NOT_APPLICABLE], Outcome.NOT_APPLICABLE),
    ],
)
def test_a_scenario_shows_its_most_important_outcome(
    outcomes: list[Outcome], expected: Outcome
) -> None:
    assert most_important(outcomes) is expected


def test_the_standing_of_a_target_is_that_of_its_worst_observation() -> None:
    found = [standing_of([Outcome.IDENTICAL, outcome]) for outcome in Outcome]
    silent = (Outcome.LEFT_OUT, Outcome.NOT_APPLICABLE)
    expected = [
        Standing.UNCHANGED if outcome in silent else outcome.standing for outcome in Outcome
    ]
    assert found == expected


def test_targets_and_variants_share_an_action() -> None:
    alike = [verdict(Outcome.DRIFT, variant=variant, reason="far") for variant in ("fixed", "x")]
    [action] = actions(report(target_report("tf-2.0", *alike), target_report("tf-2.1", *alike)))
    assert action.targets == ("tf-2.0", "tf-2.1")
    assert action.variants == ("fixed", "x")
    assert action.command == "state-harness run tf-2.0 -k stateful"


def test_every_outcome_except_unchanged_and_noticed_needs_action() -> None:
    found = [action.outcome for action in actions(every_outcome())]
    quiet = (Standing.UNCHANGED, Standing.NOTICED)
    silent = (Outcome.LEFT_OUT, Outcome.NOT_APPLICABLE)
    assert set(found) == {o for o in Outcome if o.standing not in quiet and o not in silent}
    differing = [o for o in found if o.standing in (Standing.REGRESSED, Standing.FIXED)]
    unchecked = [o for o in found if o not in differing]
    assert found == [*differing, *unchecked]
    assert differing[-1] is Outcome.FIXED
    assert differing[:-1] == sorted(differing[:-1], key=MOST_IMPORTANT_FIRST.index)
    assert unchecked == sorted(unchecked, key=MOST_IMPORTANT_FIRST.index)


def test_an_unchecked_target_is_one_action_for_each_reason() -> None:
    crashed = [verdict(Outcome.CRASHED, f"step {n}", reason="first line") for n in range(385)]
    found = actions(
        report(
            replace(target_report("tf-2.0", *crashed), reason="first line\nand more"),
            replace(target_report("tf-2.1", *crashed[:1]), reason="another"),
            WRONG,
        )
    )
    assert [(each.where, each.targets, each.reason) for each in found] == [
        ("stateful / step", ("tf-2.14",), ""),
        ("385 observations", ("tf-2.0",), "first line\nand more"),
        ("1 observation", ("tf-2.1",), "another"),
    ]
    assert found[1].command == "state-harness run tf-2.0"


def test_each_step_of_a_checked_target_is_an_action() -> None:
    crashed = [verdict(Outcome.CRASHED, f"step {n}") for n in range(3)]
    assert len(actions(report(target_report("tf-2.0", *crashed)))) == 3


@pytest.mark.parametrize(
    ("axis", "step", "where", "again"),
    [
        (Axis.DRIFT, "step", "stateful / step", "state-harness run tf-2.0 -k stateful"),
        (Axis.ORACLE, "step", "oracle / step", "state-harness run tf-2.0 -k stateful"),
        (Axis.PUBLISHED, "step", "article / step", "state-harness run tf-2.0 -k stateful"),
        (Axis.WATCH, "RNN.call", "internals / RNN.call", "state-harness run tf-2.0"),
        (Axis.WATCH, "", "internals / (all)", "state-harness run tf-2.0"),
    ],
)
def test_an_action_has_its_axis_and_the_command_that_repeats_it(
    axis: Axis, step: str, where: str, again: str
) -> None:
    [action] = actions(report(target_report("tf-2.0", verdict(Outcome.CRASHED, step, axis=axis))))
    assert (action.axis, action.place, action.command) == (axis, where, again)


def test_merged_actions_represent_the_steps_of_a_scenario_but_not_internals() -> None:
    steps = [verdict(Outcome.DRIFT, f"step {n}", reason=f"{n}", variant=f"v{n}") for n in range(3)]
    other = verdict(Outcome.DRIFT, scenario="reset", reason="another")
    raises = verdict(Outcome.NEWLY_RAISES, "step 9")
    inside = [verdict(Outcome.CHANGED, f"RNN.{n}", axis=Axis.WATCH, reason=n) for n in "ab"]
    found = merged(actions(report(target_report("tf-2.15", *steps, other, raises, *inside))))
    assert sorted((each.outcome, each.place, each.variants, each.reason) for each in found) == [
        (Outcome.CHANGED, "internals / RNN.a", (), "a"),
        (Outcome.CHANGED, "internals / RNN.b", (), "b"),
        (Outcome.DRIFT, "reset / step", ("fixed",), "another"),
        (Outcome.DRIFT, "stateful / step 0 and 2 more steps", ("v0", "v1", "v2"), "0"),
        (Outcome.NEWLY_RAISES, "stateful / step 9", ("fixed",), ""),
    ]
    twice = merged(
        actions(report(target_report("tf-2.15", *steps), target_report("tf-2.16", *steps[:1])))
    )
    assert [(each.targets, each.more) for each in twice] == [
        (("tf-2.15", "tf-2.16"), 0),
        (("tf-2.15",), 1),
    ]


@pytest.mark.parametrize("most", [2, 3, 50])
def test_every_outcome_is_among_the_shown_actions(most: int) -> None:
    wrong = [verdict(Outcome.DRIFT, f"step {n}") for n in range(100)]
    found = actions(report(target_report("tf-2.0", *wrong, verdict(Outcome.FIXED))))
    kept = shown(found, most)
    assert len(kept) == most
    assert [each.outcome for each in kept] == [Outcome.DRIFT] * (most - 1) + [Outcome.FIXED]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "state-harness run tf-2.15"),
        ("reset", "state-harness run tf-2.15 -k reset"),
        ("x; rm -rf ~", "state-harness run tf-2.15 -k 'x; rm -rf ~'"),
        ("it's", """state-harness run tf-2.15 -k 'it'"'"'s'"""),
    ],
)
def test_a_command_can_be_pasted(script: str | None, message: str) -> None:
    assert command("tf-2.15", script) == message


def test_known_changes_are_sorted_by_harm_and_have_their_targets() -> None:
    loud, quiet = accepts("other values: *", title="loud"), accepts("moved: *", title="quiet")
    idle = accepts("added: *", title="idle")
    found = report(
        comparisons=[
            comparison("tf-2.0", "tf-2.1", finding(ChangeKind.MOVED, "a", quiet, scenario="")),
            comparison(
                "tf-2.1",
                "tf-2.2",
                finding(ChangeKind.MOVED, "c", quiet, loud, scenario=""),
                finding(ChangeKind.VALUES, "b", loud),
            ),
        ]
    ).explained
    assert [each.known.title for each in found] == ["loud", "quiet"]
    assert [each.at for each in found] == [("tf-2.2",), ("tf-2.1", "tf-2.2")]
    assert [each.findings for each in found] == [1, 2]
    assert [each.effect for each in found] == [Effect.RESULTS, Effect.TEXTS]
    assert idle.title not in {each.known.title for each in found}


def test_every_finding_counts_once_by_what_is_known_of_its_cause() -> None:
    known = accepts("*: *")
    general = msgspec.structs.replace(known, title="general", general=True)
    shown = report(
        comparisons=[
            comparison(
                "tf-2.0",
                "tf-2.1",
                finding(ChangeKind.VALUES, "known", known),
                finding(ChangeKind.VALUES, "unknown"),
                finding(ChangeKind.MOVED, "_covered", general, scenario=""),
                finding(ChangeKind.MOVED, "_also", general, scenario=""),
                finding(ChangeKind.BODY, "no finding", known, scenario=""),
            )
        ]
    )
    [(_, cause)] = shown.unknown
    assert [each.change.subject for each in cause.changes] == ["unknown"]
    found = totals(shown)
    assert (found.causes, found.findings, found.changes) == (3, 4, 5)
    assert list(found.knowledge.values()) == [1, 2, 1]
    assert found.in_words == (
        "5 changes between neighbouring targets, of which 4 findings from 3 causes: "
        "1 explained, 2 covered, 1 unknown"
    )
