"""A table of internals, before and after, and their changes; controls expect no change."""

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.internals import compare_internals
from harness.observing.internals import Described
from tests.support.watched import CUT, LAMBDA, NAME, SOURCE, body, edited, seen

BEFORE = seen()
ABSENT = seen(None, present=False)

NOTHING = {
    "the same": (BEFORE, seen()),
    "absent as ever": (ABSENT, seen(None, present=False)),
    "not inspectable as ever": (seen(None, reason="no"), seen(None, reason="no")),
    "a source with another comment": (BEFORE, seen(edited("  # as it was", ""))),
    "a body that another Python wrote": (
        Described(kind="method", body="def f(self):\n    return (1, 2)"),
        Described(kind="method", body="def f(self):\n    return 1, 2"),
    ),
    "a config in another order": (
        Described(kind="layer", facts={"config": ("units = 2", "unroll = true")}),
        Described(kind="layer", facts={"config": ("unroll = true", "units = 2")}),
    ),
}

CHANGES = {
    "added": (ABSENT, BEFORE, [ChangeKind.ADDED]),
    "removed": (BEFORE, ABSENT, [ChangeKind.REMOVED]),
    "a moved module": (BEFORE, seen(owner="keras.src.layers.RNN"), [ChangeKind.MOVED]),
    "a base class": (BEFORE, seen(owner="keras.layers.Recurrent"), [ChangeKind.MOVED]),
    "a property": (BEFORE, seen(kind="property"), [ChangeKind.KIND]),
    "another type of value": (
        seen(kind="instance attribute", value_type="list"),
        seen(kind="instance attribute", value_type="NoneType"),
        [ChangeKind.KIND],
    ),
    "no longer inspectable": (BEFORE, seen(reason="ValueError: no"), [ChangeKind.KIND]),
    "a parameter more": (
        BEFORE,
        seen(signature=lambda self, states=None, batch_size=1: (self, states, batch_size)),
        [ChangeKind.SIGNATURE],
    ),
    "a parameter less": (BEFORE, seen(signature=lambda self: self), [ChangeKind.SIGNATURE]),
    "a parameter of another name": (
        BEFORE,
        seen(signature=lambda self, state=None: (self, state)),
        [ChangeKind.SIGNATURE],
    ),
    "parameters in another order": (
        seen(signature=lambda self, mask, states: (self, mask, states)),
        seen(signature=lambda self, states, mask: (self, mask, states)),
        [ChangeKind.SIGNATURE],
    ),
    "a parameter that is keyword-only": (
        BEFORE,
        seen(signature=lambda self, *, states=None: (self, states)),
        [ChangeKind.SIGNATURE],
    ),
    "a parameter that takes the rest": (
        seen(signature=lambda self, states: (self, states)),
        seen(signature=lambda self, *states: (self, states)),
        [ChangeKind.SIGNATURE],
    ),
    "another default": (
        BEFORE,
        seen(signature=lambda self, states=0: (self, states)),
        [ChangeKind.DEFAULT],
    ),
    "a default less": (
        BEFORE,
        seen(signature=lambda self, states: (self, states)),
        [ChangeKind.DEFAULT],
    ),
    "another default, in the source as well": (
        BEFORE,
        seen(
            SOURCE.replace("states=None", "states=0"),
            signature=lambda self, states=0: (self, states),
        ),
        [ChangeKind.DEFAULT],
    ),
    "one line of the body": (
        BEFORE,
        seen(edited("return self.states", "return None")),
        [ChangeKind.BODY],
    ),
    "a text that is no docstring": (
        BEFORE,
        seen(edited('"zeros"', '"ones"')),
        [ChangeKind.BODY_DEFAULT, ChangeKind.BODY],
    ),
    "a value that is annotated": (
        seen(body("x: int = 1", "return x")),
        seen(body("x: int = 2", "return x")),
        [ChangeKind.BODY_DEFAULT, ChangeKind.BODY],
    ),
    "a decorator": (
        BEFORE,
        seen(edited("    def reset", "    @cached\n    def reset")),
        [ChangeKind.BODY],
    ),
    "the default of a function within": (
        seen(body("def inner(x=1):", "    return x", "return inner")),
        seen(body("def inner(x=2):", "    return x", "return inner")),
        [ChangeKind.BODY_DEFAULT, ChangeKind.BODY],
    ),
    "a new raise": (
        seen(body("return states")),
        seen(body("if states:", "    raise ValueError('no')", "return states")),
        [ChangeKind.NEW_RAISE, ChangeKind.BODY],
    ),
    "a raise less": (
        seen(body("if states:", "    raise ValueError('no')", "return states")),
        seen(body("return states")),
        [ChangeKind.REMOVED_RAISE, ChangeKind.BODY],
    ),
    "another exception": (
        seen(body("raise ValueError('no states')")),
        seen(body("raise TypeError('no states')")),
        [ChangeKind.OTHER_EXCEPTION, ChangeKind.BODY],
    ),
    "a lambda": (seen(LAMBDA), seen(LAMBDA.replace("_states", "_all")), [ChangeKind.BODY]),
    "text that is not Python": (
        seen(CUT),
        seen(CUT.replace("_states", "_all")),
        [ChangeKind.BODY],
    ),
    "no source of late": (BEFORE, seen(None), [ChangeKind.BODY]),
    "all at once": (
        BEFORE,
        seen(
            "def state(self):\n    return 1",
            kind="property",
            owner="keras.Layer",
            signature=lambda self: self,
        ),
        [ChangeKind.KIND, ChangeKind.MOVED, ChangeKind.SIGNATURE, ChangeKind.BODY],
    ),
    "another call": (
        Described(kind="method", calls=("stateless, first call: by RNN.call ()",)),
        Described(kind="method", calls=("stateless, first call: by RNN.call (batch_size=2)",)),
        [ChangeKind.CALL_PROTOCOL],
    ),
    "another state of a layer": (
        Described(kind="layer", facts={"states after build": ("variable (2, 2)",)}),
        Described(kind="layer", facts={"states after build": ("None",)}),
        [ChangeKind.STATE_LAYOUT],
    ),
    "another weight of a layer": (
        Described(kind="layer", facts={"weights": ("kernel (3, 8)", "bias (8)")}),
        Described(kind="layer", facts={"weights": ("kernel (3, 8)",)}),
        [ChangeKind.WEIGHTS_LAYOUT],
    ),
    "weights in another order": (
        Described(kind="layer", facts={"weights": ("kernel (3, 8)", "bias (8)")}),
        Described(kind="layer", facts={"weights": ("bias (8)", "kernel (3, 8)")}),
        [ChangeKind.WEIGHTS_LAYOUT],
    ),
    "a fact of a layer that nobody knows": (
        Described(kind="layer"),
        Described(kind="layer", facts={"colour": ("green",)}),
        [ChangeKind.STATE_LAYOUT],
    ),
    "another config of a layer": (
        Described(kind="layer", facts={"config": ("unroll = false",)}),
        Described(kind="layer", facts={"config": ("unroll = true",)}),
        [ChangeKind.DEFAULT],
    ),
}


@pytest.mark.parametrize(("before", "after"), NOTHING.values(), ids=NOTHING)
def test_descriptions_with_the_same_meaning_have_no_change(
    before: Described, after: Described
) -> None:
    assert list(compare_internals(NAME, before, after)) == []
    assert list(compare_internals(NAME, after, before)) == []


@pytest.mark.parametrize(("before", "after", "kinds"), CHANGES.values(), ids=CHANGES)
def test_each_difference_is_its_kind_of_change(
    before: Described, after: Described, kinds: list[ChangeKind]
) -> None:
    changes = list(compare_internals(NAME, before, after))
    assert [change.kind for change in changes] == kinds
    assert {change.subject for change in changes} == {NAME}
    assert [change.finding for change in changes] == [kind != ChangeKind.BODY for kind in kinds]


def test_the_table_has_every_kind_of_change_of_an_internal() -> None:
    reached = {kind for _, _, kinds in CHANGES.values() for kind in kinds}
    kinds = list(ChangeKind)
    of_steps = kinds[: kinds.index(ChangeKind.REMOVED)]
    assert reached == set(kinds) - {*of_steps, ChangeKind.ROUNDING, ChangeKind.PACKAGE}


SENTENCES = {
    "added": (ABSENT, BEFORE, "added: method (self, states=None) of keras.layers.RNN"),
    "removed": (BEFORE, ABSENT, "removed: method (self, states=None) of keras.layers.RNN"),
    "kind": (BEFORE, seen(kind="property"), "kind: property instead of method"),
    "moved": (BEFORE, seen(owner="keras.RNN"), "moved: keras.RNN instead of keras.layers.RNN"),
    "signature": (
        BEFORE,
        seen(signature=lambda self, *rest, states=None, **more: (self, rest, states, more)),
        "signature: takes *rest, **more",
    ),
    "a parameter of another name": (
        BEFORE,
        seen(signature=lambda self, state=None: (self, state)),
        "signature: takes state=None; no longer takes states=None",
    ),
    "parameters in another order": (
        seen(signature=lambda self, mask, states: (self, mask, states)),
        seen(signature=lambda self, states, mask: (self, mask, states)),
        "signature: in the order self, states, mask",
    ),
    "two defaults": (
        seen(signature=lambda self, a=1, b=2, c=3: (self, a, b, c)),
        seen(signature=lambda self, a=4, b=2, c=5: (self, a, b, c)),
        "default: a=4 instead of a=1; c=5 instead of c=3",
    ),
    "keyword-only": (
        BEFORE,
        seen(signature=lambda self, *, states: (self, states)),
        "signature: takes *; states instead of states=None",
    ),
    "no signature": (
        BEFORE,
        Described(kind="method", owner=BEFORE.owner, body=BEFORE.body),
        "signature: no signature instead of (self, states=None)",
    ),
    "body": (BEFORE, seen(edited("return self.states", "return None")), "body: 2 lines differ"),
}


@pytest.mark.parametrize(("before", "after", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_change_is_described_in_one_line(
    before: Described, after: Described, sentence: str
) -> None:
    [change] = compare_internals(NAME, before, after)
    assert str(change) == sentence


def test_a_change_shows_both_sides_completely() -> None:
    [change] = compare_internals(NAME, BEFORE, seen(edited("return self.states", "return None")))
    marks, lines = change.diff()[:3], change.diff()[3:]
    assert marks[:2] == ["--- before", "+++ after"]
    assert marks[2].startswith("@@")
    assert [line for line in lines if line[0] in "+-"] == [
        "-    return self.states",
        "+    return None",
    ]


def test_a_change_of_no_lines_has_no_diff() -> None:
    same = Change(kind=ChangeKind.BODY, subject=NAME, before="pass", after="pass")
    assert same.diff() == []
    assert str(same) == "body: 0 lines differ"
