"""The parts of two targets that cannot be compared: lost, named, and no change."""

from dataclasses import replace

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import Diff, diff
from harness.observing.internals import Described
from harness.observing.snapshots import NO_BASELINE, Gap, Snapshot
from tests.support.makers import gives, observed, raises, side

METHOD = Described(kind="method", owner="keras.RNN", parameters=("self",), body="pass")
FAILS, OUGHT = raises("no such state"), gives(1.0, 2.0)


def has(**internals: Described) -> Snapshot:
    return observed(internals={"RNN.call": METHOD, **internals})


def compared(before: Snapshot, after: Snapshot) -> Diff:
    return diff(before, after, Criteria())


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    return [each.change for each in compared(before, after).changes]


def lacks(scenario: str, variant: str) -> Snapshot:
    """A target without steps, in which a run of this scenario and variant crashed."""
    gap = Gap(
        scenario=scenario,
        variant=variant,
        reason="run 1 crashed: SIGSEGV",
        end="crashed",
        at="step",
    )
    return observed({("unheard_of", "fixed"): {}}, gaps=[gap], name="b")


LOST: dict[str, tuple[Snapshot, list[ChangeKind]]] = {
    "its scenario": (lacks("unheard_of", "fixed"), []),
    "another scenario": (lacks("reset", "fixed"), [ChangeKind.STEP]),
    "another variant": (lacks("unheard_of", "strict"), [ChangeKind.STEP]),
    "a variant that begins like it": (lacks("unheard_of", "fixed_too"), [ChangeKind.STEP]),
    "the internals": (
        observed({("unheard_of", "fixed"): {}}, gaps=[Gap(reason="timed out")], name="b"),
        [ChangeKind.STEP],
    ),
    "nothing": (observed({("unheard_of", "fixed"): {}}, name="b"), [ChangeKind.STEP]),
}


@pytest.mark.parametrize(("without", "kinds"), LOST.values(), ids=LOST)
def test_a_step_that_could_not_be_observed_is_not_reported_as_missing(
    without: Snapshot, kinds: list[ChangeKind]
) -> None:
    for before, after in ((side(OUGHT), without), (without, side(OUGHT))):
        found = compared(before, after)
        assert [each.change.kind for each in found.changes] == kinds
        assert found.lost == tuple(f"b: {gap}" for gap in without.gaps)


TWICE = side(OUGHT, variants=("fixed", "strict"))
NEVER: dict[str, tuple[Snapshot, Snapshot, list[str]]] = {
    "a scenario": (TWICE, observed(name="b"), ["b: scenario unheard_of: not run"]),
    "a scenario without a baseline": (
        TWICE,
        replace(observed(name="b"), absence=NO_BASELINE),
        ["b: scenario unheard_of: no baseline"],
    ),
    "two scenarios, which both differ": (
        TWICE,
        side(OUGHT, scenario="unread", name="b"),
        ["a: scenario unread: not run", "b: scenario unheard_of: not run"],
    ),
    "a variant of a scenario": (
        TWICE,
        side(OUGHT, name="b"),
        ["b: scenario unheard_of / strict: not run"],
    ),
    "what was left out": (
        TWICE,
        replace(observed(name="b"), left_out=("unheard_of",)),
        ["b: scenario unheard_of: not run"],
    ),
    "what both left out": (
        replace(observed(), left_out=("unheard_of", "internals")),
        replace(observed(name="b"), left_out=("unheard_of", "internals")),
        [
            "a: internals: not run",
            "a: scenario unheard_of: not run",
            "b: internals: not run",
            "b: scenario unheard_of: not run",
        ],
    ),
    "internals that were left out": (
        has(LSTM=Described(kind="layer")),
        replace(observed(name="b"), left_out=("internals",)),
        ["b: internals: not run"],
    ),
    "an internal": (
        has(**{"RNN.build": METHOD}),
        replace(has(), name="b"),
        ["b: internal RNN.build: not run"],
    ),
}


@pytest.mark.fault(
    "verdicts",
    "a new scenario or internal has a baseline on some targets only",
    "it is not compared with the other targets, and named once for each; it is no change",
)
@pytest.mark.parametrize(("before", "after", "lost"), NEVER.values(), ids=NEVER)
def test_where_nothing_was_observed_nothing_changed(
    before: Snapshot, after: Snapshot, lost: list[str]
) -> None:
    for sides in ((before, after), (after, before)):
        found = compared(*sides)
        assert found.changes == ()
        assert sorted(found.lost) == lost


def test_a_step_that_was_reached_before_a_crash_is_compared_normally() -> None:
    whole = side(OUGHT, gives(1.0, step="b"))
    left = replace(lacks("unheard_of", "fixed"), steps=side(FAILS).steps)
    assert [(c.kind, c.subject) for c in changes(whole, left)] == [
        (ChangeKind.NEWLY_RAISES, "step")
    ]
    assert [(c.kind, c.subject) for c in changes(left, whole)] == [(ChangeKind.WORKS, "step")]


def test_internals_that_could_not_be_watched_are_not_reported_as_removed() -> None:
    unwatched = observed(gaps=[Gap(reason="crashed")])
    assert changes(has(), unwatched) == []
    assert changes(unwatched, has()) == []
