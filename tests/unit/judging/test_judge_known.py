"""Known changes in the judgement on a record: between releases, and never on a locked target."""

from collections.abc import Mapping, Sequence

import pytest

from harness.environments.locks import pinned, read_lock
from harness.environments.targets import Target
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.known import KnownChange
from harness.judging.verdicts import Outcome, Standing, exit_code
from harness.observing.internals import Described
from harness.observing.snapshots import from_record, load_baseline
from tests.support.judgements import drift, judged, seen
from tests.support.makers import (
    accept,
    accepts,
    gives,
    internal,
    observed,
    raises,
    surroundings,
    twice,
)
from tests.support.places import CANONICAL, CRITERIA, TARGETS

A, FAILS, WORKS = gives(1.0, step="a"), raises("no such state"), gives(1.0)
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
        {("stateful", "fixed"): accept(WORKS, A)},
        keras=old["keras"],
        distributions=old,
        name="tf-2.99-fresh",
    )
    after = seen([*twice(FAILS, A)], environment=surroundings(new))
    judgement = judged(after, before, Criteria(known=tuple(known)))
    found = drift(judgement)
    assert (found["a"].outcome, found["a"].changes) == (Outcome.IDENTICAL, ())
    assert found["step"].outcome is outcome
    assert found["step"].outcome.standing is (
        Standing.NOTICED if outcome is KNOWN else Standing.REGRESSED
    )
    assert exit_code(v.outcome for v in found.values()) == (0 if outcome is KNOWN else 1)
    [change] = judgement.changes
    assert change.unknown is (outcome is not KNOWN)
    if outcome is KNOWN:
        assert found["step"].reason.endswith("a title: newly raises: ValueError: no such state")


@pytest.mark.parametrize("known_in", ["fixed", "strict"])
def test_a_change_that_is_known_in_one_variant_is_unknown_in_another(known_in: str) -> None:
    variants = "fixed", "strict"
    before = observed(
        {("stateful", variant): accept(WORKS) for variant in variants}, distributions=OLD
    )
    runs = [run for variant in variants for run in twice(FAILS, variant=variant)]
    known = accepts(f"{NEWLY} ({known_in})")
    found = judged(seen(runs, environment=surroundings(NEW)), before, Criteria(known=(known,)))
    outcomes = {each.variant: each.outcome for each in found.verdicts if each.axis == "drift"}
    assert outcomes == {each: KNOWN if each == known_in else RAISES for each in variants}
    [change] = found.changes  # which a night reports
    assert (change.change.variants, change.unknown) == (variants, True)


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
    moved = Described(kind="method", owner="keras.src.RNN", parameters=("self",))
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
