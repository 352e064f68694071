"""Histories of internals, from watches written by hand."""

import json
from collections import Counter

import pytest

from harness.base.project import PROBE
from harness.judging.changes import ChangeKind
from harness.judging.history import LAYER, Watch, defined_by_its_class, reasons, stretches
from harness.observing.catalogue import watched_internals
from harness.observing.internals import Described

NAME = "RNN.call"


def method(value: int = 1, owner: str = "keras.RNN") -> Described:
    body = f"def call(self):\n    return v{value}"
    return Described(kind="method", owner=owner, parameters=("self",), body=body)


ONE, TWO, MOVED = method(1), method(2), method(1, "keras.src.RNN")
ABSENT = Described()
SPELLED = Described(
    kind="method", owner="keras.RNN", parameters=("self",), body="def call(self): return v1"
)

# the internal from target to target, and the spans with the kinds of change
HISTORIES: dict[str, tuple[list[Described | None], list[tuple[str, list[ChangeKind]]]]] = {
    "no target": ([], []),
    "one target": ([ONE], [("a", [])]),
    "nothing changed": ([ONE, ONE, ONE], [("a … c", [])]),
    "nothing but the layout changed": ([ONE, SPELLED, ONE], [("a … c", [])]),
    "changed and changed back": (
        [ONE, TWO, ONE],
        [("a", []), ("b", [ChangeKind.BODY]), ("c", [ChangeKind.BODY])],
    ),
    "changed once": ([ONE, ONE, TWO, TWO], [("a … b", []), ("c … d", [ChangeKind.BODY])]),
    "changed in two ways": ([TWO, MOVED], [("a", []), ("b", [ChangeKind.MOVED, ChangeKind.BODY])]),
    "absent, then added": ([ABSENT, ABSENT, ONE], [("a … b", []), ("c", [ChangeKind.ADDED])]),
    "removed": ([ONE, ABSENT], [("a", []), ("b", [ChangeKind.REMOVED])]),
    "never watched": ([None, None], []),
    "absent or not watched": ([None, ABSENT, None], [("b", [])]),
    "watched later": ([None, ONE, ONE], [("b … c", [])]),
    "not watched in between": (
        [ONE, None, ONE, None, TWO],
        [("a … c", []), ("e", [ChangeKind.BODY])],
    ),
    "changed while it was away": (
        [ONE, ABSENT, TWO],
        [("a", []), ("b", [ChangeKind.REMOVED]), ("c", [ChangeKind.ADDED])],
    ),
}


def watches(history: list[Described | None]) -> dict[str, Watch]:
    return {
        target: {} if described is None else {NAME: described}
        for target, described in zip("abcdef", history, strict=False)
    }


@pytest.mark.parametrize(("history", "expected"), HISTORIES.values(), ids=HISTORIES)
def test_targets_that_agree_are_one_stretch(
    history: list[Described | None], expected: list[tuple[str, list[ChangeKind]]]
) -> None:
    found = list(stretches(NAME, watches(history)))
    assert [(s.span, [change.kind for change in s.changes]) for s in found] == expected
    seen = [target for stretch in found for target in stretch.targets]
    assert seen == [target for target, watch in watches(history).items() if watch]


def test_a_stretch_has_the_description_of_its_targets() -> None:
    first, second = stretches(NAME, watches([ABSENT, ONE, ONE]))
    assert (first.targets, first.described) == (("a",), ABSENT)
    assert (second.targets, second.described) == (("b", "c"), ONE)
    assert str(second.changes[0]) == "added: method (self) of keras.RNN"


def test_other_internals_do_not_break_a_stretch() -> None:
    both: dict[str, Watch] = {"a": {NAME: ONE, "RNN.build": ONE}, "b": {NAME: ONE, "LSTM": ONE}}
    assert len(list(stretches(NAME, both))) == 1
    assert len(list(stretches("RNN.build", both))) == 1
    assert len(list(stretches("LSTM", both))) == 2, "an absent layer has no description"


OWNERS: dict[str, tuple[list[str | None], bool]] = {
    "its own": (["keras.layers.RNN"], True),
    "its own on one target": (["keras.layers.Layer", "keras.src.layers.RNN"], True),
    "inherited": (["keras.layers.Layer"], False),
    "inherited from a class with the same ending": (["keras.layers.BaseRNN"], False),
    "of a module of its name": (["keras.RNN.Layer"], False),
    "absent": ([None], False),
    "not watched": ([], False),
}


@pytest.mark.parametrize(("owners", "expected"), OWNERS.values(), ids=OWNERS)
def test_a_class_defines_an_attribute_that_it_owns_on_some_target(
    owners: list[str | None], *, expected: bool
) -> None:
    found: list[Watch] = [
        {NAME: Described() if owner is None else method(owner=owner)} for owner in owners
    ]
    assert defined_by_its_class(NAME, [*found, {}]) is expected


def test_every_internal_on_the_list_has_a_reason_and_is_listed_once() -> None:
    table = json.loads((PROBE / "watched.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in table["watched"] if len(entry["why"].strip()) < 10] == []
    names = [
        f"{class_name}.{entry['name']}"
        for entry in table["watched"]
        for group in entry["of"]
        for class_name in table["groups"][group]
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    watched = watched_internals()
    assert list(watched) == names
    assert all(watched.values())


def test_every_internal_on_the_list_and_every_observed_layer_has_a_history() -> None:
    layer: Watch = {"LSTM": Described(kind="layer"), NAME: ONE, "Unheard.of": ONE}
    assert reasons([]) == watched_internals()
    assert reasons([{}, layer, layer]) == {**watched_internals(), "LSTM": LAYER}


def test_every_group_on_the_list_is_used() -> None:
    table = json.loads((PROBE / "watched.json").read_text(encoding="utf-8"))
    used = {group for entry in table["watched"] for group in entry["of"]}
    assert used == set(table["groups"])
