"""A table of two targets and the changes between them; controls expect no change."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import Diff, diff, step_changes
from harness.judging.oracle.meanings import IGNORED, USED
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.observing.results import Result, combine
from harness.observing.snapshots import Snapshot
from tests.support.makers import (
    LATER,
    accept,
    accepts,
    array,
    differently,
    gives,
    observed,
    raises,
    sees,
    side,
    taken_as,
)

METHOD = Described(kind="method", owner="keras.RNN", parameters=("self", "x=1"), body="pass")
LAYER = Described(kind="layer", facts={"weights": ("kernel (3, 8)",), "config": ("unroll = true",)})
FAILS, OUGHT = raises("no such state"), gives(1.0, 2.0)
UNSEEDED = combine(differently(gives(1.0), gives(2.0)), Tolerances())


def has(**internals: Described) -> Snapshot:
    return observed(internals={"RNN.call": METHOD, **internals})


def is_of(versions: Mapping[str, str]) -> Snapshot:
    return replace(observed(), distributions=versions)


def means(meaning: str, off: float = 0.0) -> Snapshot:
    return side(taken_as(LATER, meaning, off), scenario="initial_state")


def drawn(steps: Mapping[str, Result], variant: str = "strict") -> Snapshot:
    return observed({("seeding", variant): steps})


CASES: dict[str, tuple[Snapshot, Snapshot, list[ChangeKind]]] = {
    "nothing observed": (observed(), observed(), []),
    "the same": (side(OUGHT, raises("no", step="b")), side(OUGHT, raises("no", step="b")), []),
    "the same internals": (has(LSTM=LAYER), has(LSTM=LAYER), []),
    "the same packages": (is_of({"keras": "3.0"}), is_of({"keras": "3.0"}), []),
    "as unreproducible as ever": (drawn(UNSEEDED), drawn(UNSEEDED), []),
    "the same meaning": (means(USED), means(USED), []),
    "another meaning": (means(USED), means(IGNORED), [ChangeKind.SEMANTICS]),
    "values of no meaning": (means(USED), means(USED, 1e-3), [ChangeKind.VALUES]),
    "values of another meaning, but not quite": (
        means(USED),
        means(IGNORED, 1e-3),
        [ChangeKind.VALUES],
    ),
    "values on both sides of one meaning, as near as rounding": (
        means(USED, 1.2e-7),
        means(USED, -1.2e-7),
        [ChangeKind.VALUES],
    ),
    "values that the oracle does not know": (
        side(OUGHT),
        side(gives(1.0, 3.0)),
        [ChangeKind.VALUES],
    ),
    "NaN": (side(OUGHT), side(gives(1.0, "nan")), [ChangeKind.NOT_FINITE]),
    "NaN of a draw": (
        drawn(accept(OUGHT)),
        drawn(accept(gives(1.0, "nan"))),
        [ChangeKind.NOT_FINITE],
    ),
    "a number instead of infinity": (side(gives("inf")), side(gives(1.0)), [ChangeKind.NOT_FINITE]),
    "works no more": (side(OUGHT), side(FAILS), [ChangeKind.NEWLY_RAISES]),
    "works at last": (side(FAILS), side(OUGHT), [ChangeKind.WORKS]),
    "another error": (side(FAILS), side(raises("no")), [ChangeKind.ERROR]),
    "another dtype": (
        side(OUGHT),
        side(gives(1.0, 2.0, dtype="float64")),
        [ChangeKind.LAYOUT],
    ),
    "another array": (
        side(OUGHT),
        side(sees(output=array(1.0, 2.0), cell=array(1.0))),
        [ChangeKind.LAYOUT],
    ),
    "other numbers of the same seeds": (
        drawn(accept(sees(draw=array(1.0)))),
        drawn(accept(sees(draw=array(2.0)))),
        [ChangeKind.SEEDING],
    ),
    "other weights, and the output of them": (
        drawn(accept(sees(kernel=array(1.0), output=array(1.0)))),
        drawn(accept(sees(kernel=array(2.0), output=array(2.0)))),
        [ChangeKind.VALUES],
    ),
    "other weights with the same output": (
        drawn(accept(sees(kernel=array(1.0), output=array(1.0)))),
        drawn(accept(sees(kernel=array(2.0), output=array(1.0)))),
        [ChangeKind.SEEDING],
    ),
    "other draws with fixed weights": (
        drawn(accept(sees(draw=array(1.0))), "fixed"),
        drawn(accept(sees(draw=array(2.0))), "fixed"),
        [ChangeKind.VALUES],
    ),
    "other numbers, drawn or computed otherwise": (
        drawn(accept(gives(1.0))),
        drawn(accept(gives(2.0))),
        [ChangeKind.VALUES],
    ),
    "no longer reproducible": (drawn(accept(gives(1.0))), drawn(UNSEEDED), [ChangeKind.SEEDING]),
    "reproducible of late": (drawn(UNSEEDED), drawn(accept(gives(1.0))), [ChangeKind.SEEDING]),
    "with fixed weights no longer reproducible": (
        drawn(accept(gives(1.0)), "fixed"),
        drawn(UNSEEDED, "fixed"),
        [ChangeKind.SEEDING],
    ),
    "a step less": (side(OUGHT, gives(1.0, step="b")), side(OUGHT), [ChangeKind.STEP]),
    "a step more": (side(OUGHT), side(OUGHT, gives(1.0, step="b")), [ChangeKind.STEP]),
    "rounding": (side(OUGHT), side(gives(1.0, 2.0 + 2.0**-22)), [ChangeKind.ROUNDING]),
    "an internal less": (has(), has(**{"RNN.call": Described()}), [ChangeKind.REMOVED]),
    "an internal more": (
        has(**{"RNN.build": Described()}),
        has(**{"RNN.build": METHOD}),
        [ChangeKind.ADDED],
    ),
    "another signature": (
        has(),
        has(**{"RNN.call": replace(METHOD, parameters=("self",))}),
        [ChangeKind.SIGNATURE],
    ),
    "another default": (
        has(),
        has(**{"RNN.call": replace(METHOD, parameters=("self", "x=2"))}),
        [ChangeKind.DEFAULT],
    ),
    "other calls": (
        has(),
        has(**{"RNN.call": replace(METHOD, calls=("stateless: by f ()",))}),
        [ChangeKind.CALL_PROTOCOL],
    ),
    "another kind and place": (
        has(),
        has(**{"RNN.call": replace(METHOD, kind="property", owner="src.RNN")}),
        [ChangeKind.KIND, ChangeKind.MOVED],
    ),
    "a new raise": (
        has(),
        has(**{"RNN.call": replace(METHOD, body="raise ValueError('no')")}),
        [ChangeKind.NEW_RAISE, ChangeKind.BODY],
    ),
    "a raise less": (
        has(**{"RNN.call": replace(METHOD, body="raise ValueError('no')")}),
        has(),
        [ChangeKind.REMOVED_RAISE, ChangeKind.BODY],
    ),
    "another exception": (
        has(**{"RNN.call": replace(METHOD, body="raise ValueError('no')")}),
        has(**{"RNN.call": replace(METHOD, body="raise TypeError('no')")}),
        [ChangeKind.OTHER_EXCEPTION, ChangeKind.BODY],
    ),
    "another default in the body": (
        has(**{"RNN.call": replace(METHOD, body="x = x or 1")}),
        has(**{"RNN.call": replace(METHOD, body="x = x or 2")}),
        [ChangeKind.BODY_DEFAULT, ChangeKind.BODY],
    ),
    "another body": (has(), has(**{"RNN.call": replace(METHOD, body="return")}), [ChangeKind.BODY]),
    "other weights of a layer": (
        has(LSTM=LAYER),
        has(LSTM=replace(LAYER, facts={"config": ("unroll = true",)})),
        [ChangeKind.WEIGHTS_LAYOUT],
    ),
    "other states of a layer": (
        has(LSTM=LAYER),
        has(LSTM=replace(LAYER, facts={**LAYER.facts, "states after build": ("None",)})),
        [ChangeKind.STATE_LAYOUT],
    ),
    "another version": (
        is_of({"keras": "3.0"}),
        is_of({"keras": "3.1"}),
        [ChangeKind.PACKAGE],
    ),
    "another package": (
        is_of({"keras": "3.0"}),
        is_of({"tf-keras": "2.16"}),
        [ChangeKind.PACKAGE, ChangeKind.PACKAGE],
    ),
}


def compared(before: Snapshot, after: Snapshot) -> Diff:
    return diff(before, after, Criteria())


def changes(before: Snapshot, after: Snapshot) -> list[Change]:
    return [each.change for each in compared(before, after).changes]


@pytest.mark.parametrize(("before", "after", "kinds"), CASES.values(), ids=CASES)
def test_each_difference_is_its_kind_of_change(
    before: Snapshot, after: Snapshot, kinds: list[ChangeKind]
) -> None:
    assert [change.kind for change in changes(before, after)] == kinds
    found = compared(before, after).findings
    assert [each.change.kind for each in found] == [kind for kind in kinds if kind.finding]


def test_the_table_has_every_kind_of_change() -> None:
    assert {kind for _, _, kinds in CASES.values() for kind in kinds} == set(ChangeKind)


@pytest.mark.parametrize(("before", "after", "kinds"), CASES.values(), ids=CASES)
def test_in_the_reverse_direction_there_are_as_many_changes(
    before: Snapshot, after: Snapshot, kinds: list[ChangeKind]
) -> None:
    mirror = {
        ChangeKind.NEWLY_RAISES: ChangeKind.WORKS,
        ChangeKind.WORKS: ChangeKind.NEWLY_RAISES,
        ChangeKind.ADDED: ChangeKind.REMOVED,
        ChangeKind.REMOVED: ChangeKind.ADDED,
        ChangeKind.NEW_RAISE: ChangeKind.REMOVED_RAISE,
        ChangeKind.REMOVED_RAISE: ChangeKind.NEW_RAISE,
    }
    back = [change.kind for change in changes(after, before)]
    assert sorted(back) == sorted(mirror.get(kind, kind) for kind in kinds)


def test_other_semantics_are_reported_with_the_distances_from_the_oracle() -> None:
    [change] = changes(means(USED), means(IGNORED))
    assert (change.before, change.after) == (USED, IGNORED)
    assert change.where == f"initial_state / {LATER}"
    assert "from the oracle 0." in change.reason
    assert change.reason.count(" ULP") == 2


def test_other_values_state_their_distance_from_the_oracle() -> None:
    [change] = changes(means(USED), means(USED, 1e-3))
    assert f"from the oracle ({USED}) 0." in change.reason
    [change] = changes(side(OUGHT), side(gives(1.0, 3.0)))
    assert "oracle" not in change.reason
    assert (change.before, change.after) == ("mean 1.5", "mean 2")


THREE = ("fixed", "printed", "strict")  # in the order in which a change names them

MERGED: dict[str, tuple[Snapshot, Snapshot, list[tuple[ChangeKind, tuple[str, ...]]]]] = {
    "an error in all variants": (
        side(OUGHT, variants=THREE),
        side(FAILS, variants=THREE),
        [(ChangeKind.NEWLY_RAISES, THREE)],
    ),
    "an error in all variants, of other means": (
        observed({("s", v): accept(gives(float(n))) for n, v in enumerate(THREE)}),
        side(FAILS, variants=THREE, scenario="s"),
        [(ChangeKind.NEWLY_RAISES, THREE)],
    ),
    "another error in each variant": (
        side(OUGHT, variants=THREE, scenario="s"),
        observed({("s", v): accept(raises(v)) for v in THREE}),
        [(ChangeKind.NEWLY_RAISES, (v,)) for v in THREE],
    ),
    "other values, also with fixed weights": (
        side(OUGHT, variants=THREE),
        side(gives(3.0, 4.0), variants=THREE),
        [(ChangeKind.VALUES, THREE)],
    ),
    "other values only where weights are drawn": (
        side(OUGHT, variants=THREE),
        observed(
            {("unheard_of", v): accept(gives(3.0, 4.0) if v != "fixed" else OUGHT) for v in THREE}
        ),
        [(ChangeKind.SEEDING, ("printed", "strict"))],
    ),
    "other draws, and none that can be reproduced": (
        observed({("s", v): accept(gives(1.0)) for v in ("printed", "strict")}),
        observed({("s", "printed"): UNSEEDED, ("s", "strict"): accept(gives(2.0))}),
        [(ChangeKind.VALUES, ("strict",)), (ChangeKind.SEEDING, ("printed",))],
    ),
    "another step of the same name": (
        observed({(s, "fixed"): accept(OUGHT) for s in ("s", "t")}),
        observed({(s, "fixed"): accept(FAILS) for s in ("s", "t")}),
        [(ChangeKind.NEWLY_RAISES, ("fixed",))] * 2,
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), MERGED.values(), ids=MERGED)
def test_equal_changes_of_a_step_in_several_variants_are_one_change(
    before: Snapshot, after: Snapshot, told: list[tuple[ChangeKind, tuple[str, ...]]]
) -> None:
    assert [(change.kind, change.variants) for change in changes(before, after)] == told


def test_changes_are_in_order_of_severity_and_then_of_the_alphabet() -> None:
    before = replace(
        side(*(gives(1.0, 2.0, step=step) for step in "dcba")), distributions={"keras": "3.0"}
    )
    after = replace(
        side(
            gives(1.0, 2.0 + 2.0**-22, step="d"),
            raises("no", step="c"),
            gives(5.0, 6.0, step="b"),
            raises("no", step="a"),
        ),
        distributions={"keras": "3.1"},
    )
    assert [(change.kind, change.subject) for change in changes(before, after)] == [
        (ChangeKind.VALUES, "b"),
        (ChangeKind.NEWLY_RAISES, "a"),
        (ChangeKind.NEWLY_RAISES, "c"),
        (ChangeKind.ROUNDING, "d"),
        (ChangeKind.PACKAGE, "keras"),
    ]
    in_their_order = step_changes(before, after, Criteria())
    assert [each.change.subject for each in in_their_order] == list("dcba")


def test_a_change_is_explained_by_known_changes_between_its_sides() -> None:
    known = (
        accepts("newly raises: unheard_of / step", title="explains it"),
        accepts("newly raises: unheard_of / step", title="came later", since="3.5"),
        accepts("works now: unheard_of / step", title="of another kind"),
    )
    before = replace(side(OUGHT), keras="2.15.0")
    after = replace(side(FAILS), keras="3.0.5")
    for sides, titles in (((before, after), ["explains it"]), ((before, before), [])):
        found = diff(*sides, Criteria(known=known)).findings
        assert [known.title for each in found for known in each.known] == titles


def test_the_tolerances_are_a_criterion() -> None:
    before, after = side(gives(1.0)), side(gives(1.0 + 2.0**-21))
    for within, kind in ((8.0, ChangeKind.ROUNDING), (2.0, ChangeKind.VALUES)):
        criteria = Criteria(tolerances=Tolerances(ulp=within, mean_ulp=within))
        for found in (
            diff(before, after, criteria).changes,
            step_changes(before, after, criteria),
        ):
            assert [each.change.kind for each in found] == [kind]
