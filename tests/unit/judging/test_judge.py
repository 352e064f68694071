"""The policies of the judge, one table each; a record that equals its baseline is the control."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from harness.environments.locks import pinned, read_lock
from harness.environments.targets import Target
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.judge import BEFORE, BETWEEN, MISSING, NO_BASELINE, Judgement
from harness.judging.known import KnownChange
from harness.judging.verdicts import Axis, Outcome, Standing, Verdict, exit_code
from harness.observing.internals import Described, describe
from harness.observing.records import Observation, Run
from harness.observing.snapshots import Snapshot, from_record, load_baseline
from tests.support.judgements import judged, seen
from tests.support.makers import (
    accept,
    accepts,
    gives,
    internal,
    observed,
    raises,
    run,
    surroundings,
    twice,
)
from tests.support.places import CANONICAL, CRITERIA, TARGETS

PAIR = ("stateful", "fixed")
A, B, C = (gives(float(n), step=name) for n, name in enumerate("abc", start=1))
FAILS, WORKS = raises("no such state"), gives(1.0)


def accepts_steps(*observations: Observation) -> Snapshot:
    return observed({PAIR: accept(*observations)}, name="sample")


def crashed(*given: Observation, number: int = 1, at: str | None = None) -> Run:
    return run(*given, number=number, end="crashed", unfinished=at, detail="ended by SIGSEGV")


def late(*given: Observation, number: int = 1, at: str | None = None) -> Run:
    return run(*given, number=number, end="timed out", unfinished=at, detail="took over 1 s")


def broken(*given: Observation, number: int = 1, at: str | None = None) -> Run:
    detail = "the step name 'a' is used twice\nTraceback ..."
    return run(*given, number=number, end="broken", unfinished=at, detail=detail)


def drift(judgement: Judgement) -> dict[str, Verdict]:
    return {v.step: v for v in judgement.verdicts if v.axis is Axis.DRIFT}


ABC = accepts_steps(A, B, C)
WHOLE = run(A, B, C, number=2)
SAME, DIFFERENT = Outcome.IDENTICAL, Outcome.DRIFT
CRASH, LATE, BROKEN = Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.BROKEN
SIGNAL, LIMIT = "run 1 crashed: ended by SIGSEGV", "run 2 timed out: took over 1 s"
TWICE = "run 2 broken: the step name 'a' is used twice"

# the runs, and the outcome of each step with its reason
HALF_WAY: dict[str, tuple[Sequence[Run], dict[str, tuple[Outcome, str]]]] = {
    "both runs are whole": (twice(A, B, C), dict.fromkeys("abc", (SAME, ""))),
    "one crashed in a step": (
        [crashed(A, at="b"), WHOLE],
        {
            "a": (SAME, ""),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "one crashed in its last step": (
        [crashed(A, B, at="c"), WHOLE],
        {"a": (SAME, ""), "b": (SAME, ""), "c": (CRASH, SIGNAL)},
    ),
    "one timed out in a step": (
        [run(A, B, C), late(A, number=2, at="b")],
        {"a": (SAME, ""), "b": (LATE, LIMIT), "c": (LATE, f"not reached: {LIMIT} (in 'b')")},
    ),
    "one crashed before its first step": (
        [crashed(), WHOLE],
        {BEFORE: (CRASH, SIGNAL), **dict.fromkeys("abc", (CRASH, f"not reached: {SIGNAL}"))},
    ),
    "one crashed between two steps": (
        [crashed(A), WHOLE],
        {
            "a": (SAME, ""),
            BETWEEN: (CRASH, SIGNAL),
            **dict.fromkeys("bc", (CRASH, f"not reached: {SIGNAL}")),
        },
    ),
    "one crashed after its last step": (
        [crashed(A, B, C), WHOLE],
        {**dict.fromkeys("abc", (SAME, "")), BETWEEN: (CRASH, SIGNAL)},
    ),
    "each ended in another step": (
        [crashed(A, at="b"), late(A, B, number=2, at="c")],
        {"a": (SAME, ""), "b": (CRASH, SIGNAL), "c": (LATE, LIMIT)},
    ),
    "each ended in another step, the other way round": (
        [late(A, B, number=2, at="c"), crashed(A, at="b")],
        {"a": (SAME, ""), "b": (CRASH, SIGNAL), "c": (LATE, LIMIT)},
    ),
    "one ended two steps before the other": (
        [crashed(at="a"), late(A, B, number=2, at="c")],
        {
            "a": (CRASH, SIGNAL),
            "b": (CRASH, f"not reached: {SIGNAL} (in 'a')"),
            "c": (LATE, LIMIT),
        },
    ),
    "no run reached a step that is accepted": (
        [crashed(A, at="b"), crashed(A, number=2, at="b")],
        {
            "a": (SAME, ""),
            "b": (CRASH, "run 2 crashed: ended by SIGSEGV"),
            "c": (CRASH, "not reached: run 2 crashed: ended by SIGSEGV (in 'b')"),
        },
    ),
    "a step that both reached differs": (
        [crashed(gives(5.0, step="a"), at="b"), run(gives(5.0, step="a"), B, C, number=2)],
        {
            "a": (
                DIFFERENT,
                "output: mean 5 instead of 1; 1 of 1 values differ, worst at [0]: 5 instead of 1 "
                "(8.39e+06 ULP)",
            ),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "a step that one alone reached differs": (
        [crashed(A, at="b"), run(A, gives(5.0, step="b"), C, number=2)],
        {
            "a": (SAME, ""),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "each is broken before its first step": (
        [broken(), broken(number=2)],
        {
            BEFORE: (BROKEN, f"{TWICE}\nTraceback ..."),
            **dict.fromkeys("abc", (BROKEN, f"not reached: {TWICE}")),
        },
    ),
    "each is broken in a step": (
        [broken(A, at="b"), broken(A, number=2, at="b")],
        {
            "a": (SAME, ""),
            "b": (BROKEN, f"{TWICE}\nTraceback ..."),
            "c": (BROKEN, f"not reached: {TWICE} (in 'b')"),
        },
    ),
    "each is broken between two steps": (
        [broken(A), broken(A, number=2)],
        {
            "a": (SAME, ""),
            BETWEEN: (BROKEN, f"{TWICE}\nTraceback ..."),
            **dict.fromkeys("bc", (BROKEN, f"not reached: {TWICE}")),
        },
    ),
    "one is broken, the other is whole": (
        [run(A, B, C), broken(number=2)],
        {
            BEFORE: (BROKEN, f"{TWICE}\nTraceback ..."),
            **dict.fromkeys("abc", (BROKEN, f"not reached: {TWICE}")),
        },
    ),
    "one crashed in the step before which the other is broken": (
        [crashed(A, at="b"), broken(A, number=2)],
        {
            "a": (SAME, ""),
            "b": (CRASH, SIGNAL),
            "c": (BROKEN, f"not reached: {TWICE}"),
            BETWEEN: (BROKEN, f"{TWICE}\nTraceback ..."),
        },
    ),
    "a step that is not accepted was not reached": (
        [crashed(A, B, at="c"), run(A, B, C, gives(4.0, step="d"), number=2)],
        {
            **dict.fromkeys("ab", (SAME, "")),
            "c": (CRASH, SIGNAL),
            "d": (CRASH, f"not reached: {SIGNAL} (in 'c')"),
        },
    ),
}


@pytest.mark.parametrize(("runs", "expected"), HALF_WAY.values(), ids=HALF_WAY)
def test_after_an_early_end_each_step_that_every_run_reached_is_judged_normally(
    runs: Sequence[Run], expected: dict[str, tuple[Outcome, str]]
) -> None:
    judgement = judged(seen(runs), ABC)
    found = drift(judgement)
    assert {step: (v.outcome, v.reason) for step, v in found.items()} == expected
    lost = [step for step, v in found.items() if v.outcome in (CRASH, LATE, BROKEN)]
    assert [step for step in lost if found[step].changes] == []
    assert exit_code(v.outcome for v in found.values()) == (
        1 if found["a"].outcome is DIFFERENT else 3 if lost else 0
    )


@pytest.mark.parametrize("variants", [("",), ("fixed", "strict")], ids=["the file", "each run"])
def test_of_a_scenario_whose_file_cannot_be_run_each_step_of_each_variant_is_broken(
    variants: Sequence[str],
) -> None:
    steps = {("stateful", variant): accept(A, B) for variant in ("fixed", "strict")}
    accepted = observed({**steps, ("reset", "fixed"): accept(A)}, name="sample")
    unrunnable = [
        replace(broken(number=number), variant=variant) for variant in variants for number in (1, 2)
    ]
    judgement = judged(seen([*unrunnable, *twice(A, scenario="reset")]), accepted)
    verdicts = [v for v in judgement.verdicts if v.axis is Axis.DRIFT]
    mine = [v for v in verdicts if v.scenario == "stateful"]
    assert {v.outcome for v in mine} == {BROKEN}
    found = {(v.variant, v.step) for v in mine}
    assert found >= {(variant, step) for variant in ("fixed", "strict") for step in "ab"}
    assert found >= {(variant, BEFORE) for variant in variants}
    assert {v.reason.splitlines()[0] for v in mine} == {TWICE, f"not reached: {TWICE}"}
    assert [v.outcome for v in verdicts if v.scenario == "reset"] == [SAME]
    assert judgement.changes == []
    assert exit_code(v.outcome for v in verdicts) == 3


def test_a_scenario_whose_file_cannot_be_run_has_a_verdict_though_nothing_is_accepted() -> None:
    unrunnable = [replace(broken(number=number), variant="") for number in (1, 2)]
    [verdict] = judged(seen(unrunnable), observed({}, name="sample")).verdicts
    assert (verdict.outcome, verdict.step) == (BROKEN, BEFORE)
    assert (verdict.scenario, verdict.variant) == ("stateful", "")


def test_a_crash_in_one_scenario_does_not_affect_other_scenarios() -> None:
    accepted = replace(ABC, steps={**ABC.steps, ("reset", "fixed"): accept(A)})
    runs = [crashed(), WHOLE, *twice(A, scenario="reset")]
    found = [v for v in judged(seen(runs), accepted).verdicts if v.scenario == "reset"]
    assert [(v.axis, v.outcome) for v in found if v.axis is Axis.DRIFT] == [(Axis.DRIFT, SAME)]
    assert CRASH not in {v.outcome for v in found}


ONCE = "run once, not 2 times: the noise of its steps is unknown"

RUN_ONCE: dict[str, tuple[Snapshot, Sequence[Run], dict[str, tuple[Outcome, str]]]] = {
    "twice": (ABC, twice(A, B, C), dict.fromkeys("abc", (SAME, ""))),
    "once, and all is the same": (ABC, [run(A, B, C)], dict.fromkeys("abc", (CRASH, ONCE))),
    "once, and a step differs": (
        ABC,
        [run(gives(9.0, step="a"), B, C)],
        dict.fromkeys("abc", (CRASH, ONCE)),
    ),
    "once, and a step is missing": (ABC, [run(A, B)], dict.fromkeys("abc", (CRASH, ONCE))),
    "once, and nothing is accepted": (
        observed(name="sample"),
        [run(A, B)],
        dict.fromkeys("ab", (CRASH, ONCE)),
    ),
    "once, and that crashed": (
        ABC,
        [crashed(A, at="b")],
        {
            "a": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
}


@pytest.mark.parametrize(("accepted", "runs", "expected"), RUN_ONCE.values(), ids=RUN_ONCE)
def test_a_scenario_that_was_run_once_is_inconclusive(
    accepted: Snapshot, runs: Sequence[Run], expected: dict[str, tuple[Outcome, str]]
) -> None:
    judgement = judged(seen(runs), accepted)
    found = drift(judgement)
    assert {step: (v.outcome, v.reason) for step, v in found.items()} == expected
    assert {v.axis for v in judgement.verdicts if v.outcome is not SAME} <= {
        Axis.DRIFT,
        Axis.ORACLE,
    }
    assert judgement.changes == []


# the accepted step, the observed one, the outcome, the exit code, and the kind of the change
DIFFERENCES: dict[str, tuple[Observation, Observation, Outcome, int, list[ChangeKind]]] = {
    "it works as ever": (WORKS, WORKS, SAME, 0, []),
    "it raises as ever": (FAILS, FAILS, Outcome.RAISES, 0, []),
    "it is fixed": (FAILS, WORKS, Outcome.FIXED, 1, [ChangeKind.WORKS]),
    "it newly raises": (WORKS, FAILS, Outcome.NEWLY_RAISES, 1, [ChangeKind.NEWLY_RAISES]),
    "it raises something else": (
        FAILS,
        raises("no"),
        Outcome.ERROR_CHANGED,
        1,
        [ChangeKind.ERROR],
    ),
    "it rounds otherwise": (WORKS, gives(1.0 + 2.0**-23), Outcome.EQUAL, 0, []),
    "it drifts": (WORKS, gives(2.0), DIFFERENT, 1, [ChangeKind.VALUES]),
    "it gives another dtype": (
        WORKS,
        gives(1.0, dtype="float64"),
        Outcome.CHANGED,
        1,
        [ChangeKind.LAYOUT],
    ),
}


@pytest.mark.parametrize(
    ("before", "after", "outcome", "code", "kinds"), DIFFERENCES.values(), ids=DIFFERENCES
)
def test_a_fixed_step_counts_as_a_difference(
    before: Observation, after: Observation, outcome: Outcome, code: int, kinds: list[ChangeKind]
) -> None:
    judgement = judged(seen(twice(after)), accepts_steps(before))
    [found] = drift(judgement).values()
    assert found.outcome is outcome
    assert exit_code(v.outcome for v in judgement.verdicts) == code
    assert [each.change.kind for each in judgement.changes] == kinds
    assert tuple(judgement.changes) == found.changes


# the accepted steps, the runs, the outcome with its reason, and the exit code
NOT_ACCEPTED: dict[str, tuple[Snapshot, Sequence[Run], Outcome, str, int]] = {
    "all is accepted": (accepts_steps(WORKS), twice(WORKS), SAME, "", 0),
    "a step that works": (accepts_steps(), twice(WORKS), Outcome.NO_BASELINE, NO_BASELINE, 3),
    "a step that raises": (accepts_steps(), twice(FAILS), Outcome.NO_BASELINE, NO_BASELINE, 3),
    "a scenario": (observed(), twice(WORKS), Outcome.NO_BASELINE, NO_BASELINE, 3),
    "the accepted step is missing": (accepts_steps(WORKS), twice(), Outcome.MISSING, MISSING, 1),
    "a scenario that is accepted is missing": (
        accepts_steps(WORKS),
        [],
        Outcome.MISSING,
        MISSING,
        1,
    ),
}


@pytest.mark.parametrize(
    ("accepted", "runs", "outcome", "reason", "code"), NOT_ACCEPTED.values(), ids=NOT_ACCEPTED
)
def test_a_step_without_a_baseline_is_inconclusive_and_no_change(
    accepted: Snapshot, runs: Sequence[Run], outcome: Outcome, reason: str, code: int
) -> None:
    judgement = judged(seen(runs), accepted)
    [found] = drift(judgement).values()
    assert (found.outcome, found.reason) == (outcome, reason)
    assert exit_code(v.outcome for v in judgement.verdicts) == code
    kinds = [each.change.kind for each in judgement.changes]
    assert kinds == ([ChangeKind.STEP] if outcome is Outcome.MISSING else [])


RESET = {"RNN.reset_states": Described(kind="method", owner="keras.RNN", parameters=("self",))}


@pytest.mark.parametrize("accepted", [True, False])
def test_an_internal_without_a_baseline_is_inconclusive_and_no_change(*, accepted: bool) -> None:
    record = seen([], [internal()])
    before = observed(internals=describe(record) if accepted else {})
    judgement = judged(record, before)
    [found] = judgement.verdicts
    assert found.outcome is (SAME if accepted else Outcome.NO_BASELINE)
    assert exit_code([found.outcome]) == (0 if accepted else 3)
    assert judgement.changes == []


OLD, NEW = {"tensorflow": "2.15.0", "keras": "2.15.0"}, {"tensorflow": "2.16.1", "keras": "3.0.5"}
NEWLY, KNOWN = "newly raises: stateful / step", Outcome.KNOWN_CHANGE
RAISES = Outcome.NEWLY_RAISES
Releases = Mapping[str, str]

# known changes, the releases of the baseline and of the record, and the outcome
EXPLAINED: dict[str, tuple[Sequence[KnownChange], Releases, Releases, Outcome]] = {
    "nothing is known": ([], OLD, NEW, RAISES),
    "it is known": ([accepts(NEWLY)], OLD, NEW, KNOWN),
    "it is known twice": (
        [accepts(NEWLY), accepts("newly raises: stateful / {step,other}")],
        OLD,
        NEW,
        KNOWN,
    ),
    "it is known of another step": ([accepts("newly raises: reset / step")], OLD, NEW, RAISES),
    "it is known of another kind": ([accepts("other error: stateful / step")], OLD, NEW, RAISES),
    "it is known of a later release": ([accepts(NEWLY, since="3.1")], OLD, NEW, RAISES),
    "it is known of another package": ([accepts(NEWLY, package="jax")], OLD, NEW, RAISES),
    "it is known, of releases before it": ([accepts(NEWLY)], OLD, OLD, RAISES),
    "it is known, of releases that have it": ([accepts(NEWLY)], NEW, NEW, RAISES),
    "it is known the other way round": ([accepts("works now: stateful / step")], NEW, OLD, KNOWN),
}


@pytest.mark.parametrize(("known", "old", "new", "outcome"), EXPLAINED.values(), ids=EXPLAINED)
def test_a_known_difference_between_releases_is_noticed(
    known: Sequence[KnownChange], old: Releases, new: Releases, outcome: Outcome
) -> None:
    before = observed(
        {PAIR: accept(WORKS, A)}, keras=old["keras"], distributions=old, name="tf-2.99-fresh"
    )
    after = seen([*twice(FAILS, A)], environment=surroundings(new))
    judgement = judged(after, before, Criteria(known=tuple(known)))
    found = drift(judgement)
    assert (found["a"].outcome, found["a"].changes) == (SAME, ())
    assert found["step"].outcome is outcome
    assert found["step"].outcome.standing is (
        Standing.NOTICED if outcome is KNOWN else Standing.REGRESSED
    )
    assert exit_code(v.outcome for v in found.values()) == (0 if outcome is KNOWN else 1)
    [change] = judgement.changes
    assert change.unknown is (outcome is not KNOWN)
    if outcome is KNOWN:
        assert found["step"].reason.endswith("a title: newly raises: ValueError: no such state")


IN_PART: dict[str, tuple[Sequence[str], Outcome]] = {
    "nothing": ([], Outcome.CHANGED),
    "the owner alone": (["moved: RNN.reset_states"], Outcome.CHANGED),
    "the signature alone": (["signature: RNN.reset_states"], Outcome.CHANGED),
    "both": (["moved: RNN.reset_states", "signature: RNN.reset_states"], KNOWN),
}


@pytest.mark.parametrize(("lines", "outcome"), IN_PART.values(), ids=IN_PART)
def test_a_difference_is_known_if_it_is_explained_completely(
    lines: Sequence[str], outcome: Outcome
) -> None:
    moved = replace(RESET["RNN.reset_states"], owner="keras.src.RNN")
    before = observed(internals={"RNN.reset_states": moved}, distributions=OLD)
    after = seen([], [internal()], environment=surroundings(NEW))
    [found] = judged(after, before, Criteria(known=(accepts(*lines),))).verdicts
    assert [each.change.kind for each in found.changes] == [ChangeKind.MOVED, ChangeKind.SIGNATURE]
    assert [each.unknown for each in found.changes].count(False) == len(lines)
    assert found.outcome is outcome


LOCKED = [target for target in TARGETS.values() if target.locked]


@pytest.mark.parametrize("target", LOCKED, ids=lambda target: str(target.name))
def test_on_a_target_with_a_lock_a_known_change_explains_nothing(target: Target) -> None:
    baseline = load_baseline(target, CANONICAL)
    made_with = pinned(read_lock(target, CANONICAL.locks))
    there = surroundings(made_with, target.variables)
    observed_now = from_record(seen([], environment=there), CRITERIA.tolerances)
    assert CRITERIA.known
    assert [
        known.title for known in CRITERIA.known if known.between(baseline.accepted, observed_now)
    ] == []
    assert baseline.accepted.version("tensorflow") == made_with["tensorflow"]
