"""A table of internals, before and after, and in what they differ; controls expect nothing."""

import inspect
import textwrap
from collections.abc import Callable

import msgspec
import pytest

from harness.judging.changes import Change, ChangeKind
from harness.observing.internals import Described, describe
from harness.judging.internals import compare_internals
from harness.observing.records import Internal, Parameter
from tests.support.makers import record

NAME = "RNN.reset_states"
SOURCE = '''\
    def reset_states(self, states=None):
        """Reset them."""
        if states is None:
            self.states = "zeros"  # as it was
        else:
            self.states = [state for state in states]
        return self.states
'''


def seen(
    source: str | None = SOURCE,
    *,
    signature: Callable[..., object] = lambda self, states=None: (self, states),
    kind: str | None = "method",
    owner: str = "keras.layers.RNN",
    present: bool = True,
    reason: str | None = None,
    value_type: str | None = None,
) -> Described:
    """What is made of an internal that the probe saw like this."""
    parameters = tuple(
        Parameter(
            name=p.name,
            kind=p.kind.name,
            default=None if p.default is p.empty else repr(p.default),
        )
        for p in inspect.signature(signature).parameters.values()
    )
    internal = Internal(
        name=NAME,
        present=present,
        reason=reason,
        kind=kind,
        owner=owner if present else None,
        value_type=value_type,
        parameters=parameters if present else None,
        source="key" if source else None,
    )
    sources = {"key": source} if source else {}
    return describe(record([], internals=[internal], sources=sources))[NAME]


def body(*lines: str, head: str = "def reset_states(self, states=None):") -> str:
    """A method with these lines."""
    return textwrap.indent("\n".join([head, *(f"    {line}" for line in lines)]), "    ")


def edited(old: str, new: str) -> str:
    """`SOURCE` with an edit."""
    assert old in SOURCE
    return SOURCE.replace(old, new)


BEFORE = seen()
ABSENT = seen(None, present=False)
LAMBDA = "states = property(lambda self: self._states)"
CUT = "lambda self: self._states, doc='the states')"

SOURCES_ALIKE = {
    "a comment": (SOURCE, edited("  # as it was", "  # as it has to be")),
    "a comment less": (SOURCE, edited("  # as it was", "")),
    "a docstring": (
        SOURCE,
        edited("Reset them.", "Reset all states.\n\n        To zeros.\n        "),
    ),
    "a docstring less": (SOURCE, edited('        """Reset them."""\n', "")),
    "text at the margin of a docstring": (
        SOURCE,
        edited("Reset them.", "Reset them:\n>>> layer.reset_states()\n"),
    ),
    "a comment at the margin": (SOURCE, edited("        if states", "# zeros\n        if states")),
    "a docstring instead of a body": (body('"""Nothing."""'), body("pass")),
    "layout": (
        SOURCE,
        edited("[state for state in states]", "[\n  state\n  for state in states\n]"),
    ),
    "blank lines": (SOURCE, edited("        return", "\n\n        return")),
    "indentation": (SOURCE, textwrap.dedent(SOURCE)),
    "parentheses": (SOURCE, edited("return self.states", "return (self.states)")),
    "quotes": (SOURCE, edited('"zeros"', "'zeros'")),
    "an annotated parameter": (
        SOURCE,
        edited("(self, states=None)", "(self, states: list = None)"),
    ),
    "an annotated return": (SOURCE, edited("=None):", "=None) -> list:")),
    "an annotated assignment": (
        SOURCE,
        edited('self.states = "zeros"', 'self.states: str | None = "zeros"'),
    ),
    "a declaration": (body("return 1"), body("x: int", "return 1")),
    "nothing but a declaration": (body("pass"), body("x: int")),
    "a branch with nothing but a declaration": (
        body("if states:", "    pass", "return 1"),
        body("if states:", "    x: int", "return 1"),
    ),
    "the docstring of a function within": (
        body("def inner():", "    return 1", "return inner"),
        body("def inner():", "    'Its own.'", "    return 1", "return inner"),
    ),
    "the docstring of an asynchronous function": (
        body("return 1", head="async def reset_states(self):"),
        body("'Reset them.'", "return 1", head="async def reset_states(self) -> int:"),
    ),
    "the docstring of a class": (
        "class States:\n    size = 1\n",
        "class States:\n    'All of them.'\n    size = 1\n",
    ),
    "the layout of a lambda": (LAMBDA, f"    {LAMBDA}\n"),
    "the layout of what is no Python by itself": (CUT, CUT.replace(" ", "\n  ")),
}

NOTHING = {
    "the same": (BEFORE, seen()),
    "absent as ever": (ABSENT, seen(None, present=False)),
    "not inspectable as ever": (seen(None, reason="no"), seen(None, reason="no")),
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
    "a text that is no docstring": (BEFORE, seen(edited('"zeros"', '"ones"')), [ChangeKind.BODY]),
    "a value that is annotated": (
        seen(body("x: int = 1", "return x")),
        seen(body("x: int = 2", "return x")),
        [ChangeKind.BODY],
    ),
    "a decorator": (
        BEFORE,
        seen(edited("    def reset", "    @cached\n    def reset")),
        [ChangeKind.BODY],
    ),
    "the default of a function within": (
        seen(body("def inner(x=1):", "    return x", "return inner")),
        seen(body("def inner(x=2):", "    return x", "return inner")),
        [ChangeKind.BODY],
    ),
    "a lambda": (seen(LAMBDA), seen(LAMBDA.replace("_states", "_all")), [ChangeKind.BODY]),
    "what is no Python by itself": (
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
    "another config of a layer": (
        Described(kind="layer", facts={"config": ("unroll = false",)}),
        Described(kind="layer", facts={"config": ("unroll = true",)}),
        [ChangeKind.DEFAULT],
    ),
}


@pytest.mark.parametrize(("before", "after"), SOURCES_ALIKE.values(), ids=SOURCES_ALIKE)
def test_sources_that_say_the_same_are_no_change(before: str, after: str) -> None:
    assert before != after
    assert list(compare_internals(NAME, seen(before), seen(after))) == []
    assert list(compare_internals(NAME, seen(after), seen(before))) == []


@pytest.mark.parametrize(("before", "after"), NOTHING.values(), ids=NOTHING)
def test_what_says_the_same_is_no_change(before: Described, after: Described) -> None:
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


def test_the_table_reaches_every_kind_of_change_that_an_internal_can_have() -> None:
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
        "signature: (self, *rest, states=None, **more) instead of (self, states=None)",
    ),
    "keyword-only": (
        BEFORE,
        seen(signature=lambda self, *, states: (self, states)),
        "signature: (self, *, states) instead of (self, states=None)",
    ),
    "no signature": (
        BEFORE,
        Described(kind="method", owner=BEFORE.owner, body=BEFORE.body),
        "signature: no signature instead of (self, states=None)",
    ),
    "body": (BEFORE, seen(edited("return self.states", "return None")), "body: 2 lines differ"),
}


@pytest.mark.parametrize(("before", "after", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_change_explains_itself_in_one_line(
    before: Described, after: Described, sentence: str
) -> None:
    [change] = compare_internals(NAME, before, after)
    assert str(change) == sentence


def test_a_change_shows_both_sides_in_full() -> None:
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


def test_what_is_inherited_from_a_watched_class_is_described_there_alone() -> None:
    facts = {"present": True, "kind": "method", "owner": "keras.layers.RNN", "source": "key"}
    own = msgspec.convert({"name": "RNN.call", **facts}, Internal)
    inherited = msgspec.convert({"name": "LSTM.call", **facts}, Internal)
    sources = {"key": "def call(self):\n    return 1"}
    both = describe(record([], internals=[own, inherited], sources=sources))
    assert str(both["LSTM.call"]) == "inherited from RNN.call"
    assert both["LSTM.call"].body == ""
    assert both["RNN.call"].body == sources["key"]
    alone = describe(record([], internals=[inherited], sources=sources))
    assert alone["LSTM.call"] == both["RNN.call"]


def test_an_address_in_a_default_is_left_out() -> None:
    described = seen(signature=lambda self, state=object(): (self, state))  # noqa: B008
    assert described.signature == "(self, state=<object object at 0x...>)"
