"""The parts of a layer, inherited methods and calls: each difference is told by its name."""

from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.internals import compare_internals, with_inherited
from harness.observing.internals import Described
from tests.support.watched import NAME

KEPT = "config kept by from_config"
STATES = "states after a call"


# two descriptions of a layer, and each change: its kind, part and difference
def layer(*config: str, **facts: tuple[str, ...]) -> Described:
    return Described(kind="layer", facts={"config": config, **facts})


PARTS: dict[str, tuple[Described, Described, list[tuple[ChangeKind, str, str]]]] = {
    "two entries of the config": (
        layer("activation = tanh", "recurrent_activation = hard_sigmoid", "units = 2"),
        layer("activation = relu", "recurrent_activation = sigmoid", "units = 2"),
        [
            (ChangeKind.DEFAULT, "config activation", "relu instead of tanh"),
            (ChangeKind.DEFAULT, "config recurrent_activation", "sigmoid instead of hard_sigmoid"),
        ],
    ),
    "an entry less, and one more": (
        layer("time_major = false", "units = 2"),
        layer("seed = null", "units = 2"),
        [
            (ChangeKind.DEFAULT, "config time_major", "nothing instead of false"),
            (ChangeKind.DEFAULT, "config seed", "null instead of nothing"),
        ],
    ),
    "an entry that a copy no longer keeps": (
        layer("units = 2", "seed = 1", **{KEPT: ("units", "seed")}),
        layer("units = 2", "seed = 1", **{KEPT: ("units",)}),
        [(ChangeKind.DEFAULT, "config seed", "1 (not kept by from_config) instead of 1")],
    ),
    "a copy that keeps nothing": (
        layer("units = 2", **{KEPT: ("units",)}),
        layer("units = 2", **{KEPT: ()}),
        [(ChangeKind.DEFAULT, "config units", "2 (not kept by from_config) instead of 2")],
    ),
    "an error instead of what a copy keeps": (
        layer("units = 2", **{KEPT: ("units",)}),
        layer("units = 2", **{KEPT: ("TypeError: no",)}),
        [
            (
                ChangeKind.DEFAULT,
                "config units",
                "2 (not kept by from_config) instead of 2",
            ),
            (ChangeKind.DEFAULT, KEPT, "TypeError: no instead of nothing"),
        ],
    ),
    "no config": (
        layer("units = 2"),
        layer("TypeError: no"),
        [
            (ChangeKind.DEFAULT, "config units", "nothing instead of 2"),
            (ChangeKind.DEFAULT, "config", "TypeError: no instead of nothing"),
        ],
    ),
    "two facts": (
        Described(kind="layer", facts={"weights": ("kernel (3, 8)",), STATES: ("None",)}),
        Described(
            kind="layer", facts={"weights": ("kernel (3, 4)",), STATES: ("variable (2, 2)",)}
        ),
        [
            (ChangeKind.WEIGHTS_LAYOUT, "weights", "kernel (3, 4) instead of kernel (3, 8)"),
            (ChangeKind.STATE_LAYOUT, STATES, "variable (2, 2) instead of None"),
        ],
    ),
    "one line of a fact with many": (
        Described(kind="layer", facts={"weights": ("kernel (3, 8)", "bias (8)", "more (1)")}),
        Described(kind="layer", facts={"weights": ("kernel (3, 8)", "bias (4)", "more (1)")}),
        [(ChangeKind.WEIGHTS_LAYOUT, "weights", "bias (4) instead of bias (8)")],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), PARTS.values(), ids=PARTS)
def test_each_entry_of_a_config_and_each_fact_is_a_change_of_its_own(
    before: Described, after: Described, expected: list[tuple[ChangeKind, str, str]]
) -> None:
    found = list(compare_internals("LSTM", before, after))
    assert [(each.kind, each.part, each.difference) for each in found] == expected
    assert [each.where for each in found] == [f"LSTM / {part}" for _, part, _ in expected]
    assert str(found[0]) == ": ".join(expected[0])


OWN = Described(kind="method", owner="keras.LSTM", parameters=("self", "x=1"), body="pass")
HEIR = Described(kind="inherited from RNN.call", owner="keras.RNN")
ORIGIN = replace(OWN, owner="keras.RNN")
# an inheriting method, its origin, the method later, its origin later, and the changes
INHERITED: dict[str, tuple[Described, Described, Described, Described, list[str]]] = {
    "as it was": (HEIR, ORIGIN, HEIR, ORIGIN, []),
    "an origin with another signature": (
        HEIR,
        ORIGIN,
        HEIR,
        replace(ORIGIN, parameters=("self",)),
        [],
    ),
    "its own, with the same signature": (
        HEIR,
        ORIGIN,
        OWN,
        ORIGIN,
        [
            "kind: method instead of inherited from RNN.call",
            "moved: keras.LSTM instead of keras.RNN",
        ],
    ),
    "its own, with another signature": (
        HEIR,
        ORIGIN,
        replace(OWN, parameters=("self", "x=2")),
        ORIGIN,
        [
            "kind: method instead of inherited from RNN.call",
            "moved: keras.LSTM instead of keras.RNN",
            "default: x=2 instead of x=1",
        ],
    ),
    "inherited of late": (
        replace(OWN, parameters=("self", "x=1", "y")),
        ORIGIN,
        HEIR,
        ORIGIN,
        [
            "kind: inherited from RNN.call instead of method",
            "moved: keras.RNN instead of keras.LSTM",
            "signature: no longer takes y",
        ],
    ),
}


@pytest.mark.parametrize(
    ("old", "old_origin", "new", "new_origin", "expected"), INHERITED.values(), ids=INHERITED
)
def test_an_inherited_method_has_the_signature_of_its_origin(
    old: Described,
    old_origin: Described,
    new: Described,
    new_origin: Described,
    expected: list[str],
) -> None:
    before = with_inherited({"RNN.call": old_origin, "LSTM.call": old})
    after = with_inherited({"LSTM.call": new, "RNN.call": new_origin})
    found = compare_internals("LSTM.call", before["LSTM.call"], after["LSTM.call"])
    assert [str(each) for each in found if each.kind is not ChangeKind.BODY] == expected


def test_without_its_origin_an_inherited_method_says_that_it_is_inherited() -> None:
    before = with_inherited({"LSTM.call": HEIR})["LSTM.call"]
    change = next(
        each
        for each in compare_internals("LSTM.call", before, OWN)
        if each.kind is ChangeKind.SIGNATURE
    )
    assert change.difference == "(self, x=1) instead of inherited from RNN.call"


FIRST, LATER = "stateless, first call", "stateful, later calls"
CALLED: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "another argument": (
        (f"{FIRST}: by RNN.call (1)", f"{LATER}: by RNN.call ()"),
        (f"{FIRST}: by RNN.call (2)", f"{LATER}: by RNN.call ()"),
        f"{FIRST}: by RNN.call (2) instead of by RNN.call (1)",
    ),
    "no call in one situation": (
        (f"{FIRST}: by RNN.call ()", f"{LATER}: by RNN.call ()"),
        (f"{FIRST}: by RNN.call ()",),
        f"{LATER}: no call instead of by RNN.call ()",
    ),
    "another call besides in one situation": (
        (f"{FIRST}: by RNN.call ()",),
        (f"{FIRST}: by RNN.call ()", f"{FIRST}: by RNN.build ()"),
        f"{FIRST}: by RNN.call (); by RNN.build () instead of by RNN.call ()",
    ),
    "calls in three situations": (
        (),
        tuple(f"{situation}: by f ()" for situation in (FIRST, LATER, "a third")),
        f"{FIRST}: by f () instead of no call, {LATER}: by f () instead of no call "
        "and 1 more situation",
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CALLED.values(), ids=CALLED)
def test_other_calls_are_told_by_the_situation_that_differs(
    before: tuple[str, ...], after: tuple[str, ...], expected: str
) -> None:
    sides = (Described(kind="method", calls=calls) for calls in (before, after))
    [change] = compare_internals(NAME, *sides)
    assert str(change) == f"call protocol: {expected}"
