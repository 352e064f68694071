"""Known changes: the changes that they explain, and messages for faults in their file."""

from dataclasses import replace

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.known import (
    Effect,
    Knowledge,
    KnownChange,
    alternatives,
    attribute,
    between,
)
from tests.support.makers import accepts, observed

BETWEEN: dict[str, tuple[str | None, str | None, bool]] = {
    "from before to it": ("2.15.0", "3.0.0", True),
    "from before to after": ("2.9.0", "3.5.1", True),
    "from just before to it": ("2.99.99", "3.0", True),
    "both before": ("2.9.0", "2.15.0", False),
    "both after": ("3.0.0", "3.5.0", False),
    "the release itself": ("3.0.0", "3.0.0", False),
    "its pre-release": ("2.15.0", "3.0.0rc1", True),
    "a pre-release and its release": ("3.0.0rc1", "3.0.0", False),
    "a nightly of the next release": ("2.15.0", "3.0.0.dev20240101", True),
    "as numbers, not as text": ("3.10.0", "3.9.0", False),
    "a local build": ("2.15.0", "3.0.0+cpu", True),
}


@pytest.mark.parametrize(("old", "new", "expected"), BETWEEN.values(), ids=BETWEEN)
def test_a_change_lies_between_an_older_release_and_a_release_that_has_it(
    old: str, new: str, *, expected: bool
) -> None:
    known = accepts(since="3.0")
    sides = observed(keras=old), observed(keras=new)
    assert known.between(*sides) == (known if expected else None)
    back = known.between(*sides[::-1])
    assert (back is not None) is expected
    assert back != known


UNDONE = {
    "newly raises": "works now",
    "works now": "newly raises",
    "removed": "added",
    "added": "removed",
    "new raise": "removed raise",
    "removed raise": "new raise",
    "other exception": "other exception",
    "default in the body": "default in the body",
    "other semantics": "other semantics",
    "signature": "signature",
}


@pytest.mark.parametrize(("kind", "mirrored"), UNDONE.items())
def test_a_downgrade_undoes_a_change(kind: str, mirrored: str) -> None:
    known = accepts(f"{kind}: reset / *", title="It is gone", since="3.0")
    back = known.between(observed(keras="3.1.0"), observed(keras="2.15.0"))
    assert back is not None
    assert back.title == "Undone: It is gone"
    assert back.matches == (f"{mirrored}: reset / *",)
    assert back.instead != known.instead


EFFECTS = {
    Effect.RAISES: Effect.WORKS,
    Effect.WORKS: Effect.RAISES,
    Effect.RESULTS: Effect.RESULTS,
    Effect.INTERNALS: Effect.INTERNALS,
    Effect.TEXTS: Effect.TEXTS,
    None: None,
}


@pytest.mark.parametrize(("effect", "mirrored"), EFFECTS.items())
def test_a_downgrade_undoes_the_effect(effect: Effect | None, mirrored: Effect | None) -> None:
    known = accepts("added: RNN.reset_state", effect=effect)
    back = known.between(observed(keras="3.1.0"), observed(keras="2.15.0"))
    assert back is not None
    assert back.effect is mirrored


def test_the_table_has_every_effect() -> None:
    assert EFFECTS.keys() == {*Effect, None}


def test_a_side_without_the_package_explains_nothing() -> None:
    known = accepts(package="jax", since="0.4")
    old, new = (observed(distributions={"jax": version}) for version in ("0.3", "0.4"))
    without = observed()
    assert known.between(old, new)
    assert not known.between(old, without)
    assert not known.between(without, new)
    assert not known.between(without, without)


def test_the_keras_of_tensorflow_has_its_release() -> None:
    known = accepts(package="keras", since="2.4")
    old, new = (
        observed(keras="built in", distributions={"tensorflow": version})
        for version in ("2.3.0", "2.4.0")
    )
    assert known.between(old, new)


STEP = Change(
    kind=ChangeKind.NEWLY_RAISES,
    subject="reset to ones",
    before="mean 1",
    after="TypeError: no",
    scenario="reset",
    variants=("fixed",),
)
INTERNAL = Change(kind=ChangeKind.SIGNATURE, subject="RNN.reset_states", before="", after="")

MATCHING = {
    "itself": (STEP, "newly raises: reset / reset to ones", True),
    "alternatives": (STEP, "newly raises: {reset,stateful} / reset to {zeros,ones}", True),
    "alternatives without it": (STEP, "newly raises: reset / reset to {zeros,twos}", False),
    "a pattern": (STEP, "newly raises: reset / reset to *", False),
    "everything": (STEP, "newly raises: *", False),
    "another kind": (STEP, "other error: reset / reset to ones", False),
    "a kind that is a part of it": (STEP, "raises: reset / reset to ones", False),
    "another scenario": (STEP, "newly raises: override / reset to ones", False),
    "a part of the step": (STEP, "newly raises: reset / reset to one", False),
    "the step alone": (STEP, "newly raises: reset to ones", False),
    "another case": (STEP, "newly raises: Reset / reset to ones", False),
    "its variant": (STEP, "newly raises: reset / reset to ones (fixed)", True),
    "one of its variants": (STEP, "newly raises: reset / reset to ones ({fixed,strict})", True),
    "another variant": (STEP, "newly raises: reset / reset to ones (strict)", False),
    "an internal": (INTERNAL, "signature: RNN.reset_states", True),
    "an internal of several classes": (INTERNAL, "signature: {LSTM,RNN}.reset_states", True),
    "an internal of any class": (INTERNAL, "signature: *.reset_states", False),
    "an internal of another class": (INTERNAL, "signature: LSTM.reset_states", False),
}


@pytest.mark.parametrize(("change", "line", "expected"), MATCHING.values(), ids=MATCHING)
def test_a_line_names_changes_of_its_kind_and_name(
    change: Change, line: str, *, expected: bool
) -> None:
    assert accepts(line).matching(change) == ([line] if expected else [])


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (("(fixed)",), 0),
        (("(fixed)", "(strict)"), 2),
        (("({fixed,strict})",), 1),
        (("",), 1),
        (("", "(fixed)"), 2),
    ],
)
def test_a_change_in_several_variants_is_named_in_each(lines: tuple[str, ...], count: int) -> None:
    change = replace(STEP, variants=("fixed", "strict"))
    known = accepts(*(f"newly raises: reset / reset to ones {line}".strip() for line in lines))
    assert len(known.matching(change)) == count


def test_all_lines_that_name_a_change_are_listed() -> None:
    ones = "reset to ones"
    lines = tuple(f"newly raises: {s} / {ones}" for s in ("reset", "{reset,x}", "override"))
    assert accepts(*lines).matching(STEP) == list(lines[:2])


ALTERNATIVES = {
    "none": ("RNN.call", {"RNN.call"}),
    "two": ("{RNN,LSTM}.call", {"RNN.call", "LSTM.call"}),
    "in two places": ("{a,b}.{c,d}", {"a.c", "a.d", "b.c", "b.d"}),
    "one that is empty": ("reset{,_states}", {"reset", "reset_states"}),
    "in front and behind": ("a {b,c} d", {"a b d", "a c d"}),
    "braces around one": ("a{b}", {"a{b}"}),
    "braces that are not closed": ("a{b,c", {"a{b,c"}),
}


@pytest.mark.parametrize(("name", "names"), ALTERNATIVES.values(), ids=ALTERNATIVES)
def test_braces_stand_for_each_of_their_alternatives(name: str, names: set[str]) -> None:
    assert alternatives(name) == names


def internal(kind: ChangeKind, name: str, before: str = "keras.RNN", after: str = "b") -> Change:
    return Change(kind=kind, subject=name, before=before, after=after)


PRIVATE, DUNDER, PUBLIC = "RNN._process_inputs", "RNN.__call__", "RNN.call"
MOVES = ("keras.layers.rnn.RNN", "keras.src.layers.rnn.RNN")
# a change, and whether an entry that is general may cover it
COVERED: dict[str, tuple[Change, bool]] = {
    "a private name removed": (internal(ChangeKind.REMOVED, PRIVATE), True),
    "a private name added": (internal(ChangeKind.ADDED, PRIVATE), True),
    "a private name moved to another class": (internal(ChangeKind.MOVED, PRIVATE), True),
    "a public name moved with its class": (internal(ChangeKind.MOVED, PUBLIC, *MOVES), True),
    "a public name moved to another class": (
        internal(ChangeKind.MOVED, PUBLIC, MOVES[0], "keras.src.layers.Layer"),
        False,
    ),
    "a public name removed": (internal(ChangeKind.REMOVED, PUBLIC), False),
    "a public name added": (internal(ChangeKind.ADDED, PUBLIC), False),
    "a special method removed": (internal(ChangeKind.REMOVED, DUNDER), False),
    "a special method moved to another class": (internal(ChangeKind.MOVED, DUNDER), False),
    "a layer added": (internal(ChangeKind.ADDED, "ConvLSTM1D"), False),
    **{
        f"{kind} of a private name": (internal(kind, PRIVATE), False)
        for kind in ChangeKind
        if kind not in (ChangeKind.MOVED, ChangeKind.REMOVED, ChangeKind.ADDED)
    },
    **{
        f"{kind} of a step": (replace(STEP, kind=kind, subject="_private"), False)
        for kind in ChangeKind
    },
}


@pytest.mark.parametrize(("change", "covered"), COVERED.values(), ids=COVERED)
def test_a_general_entry_covers_only_moves_and_private_names(
    change: Change, *, covered: bool
) -> None:
    known = accepts(f"{change.kind}: *", general=True)
    assert known.matching(change) == ([f"{change.kind}: *"] if covered else [])
    sides = observed(keras="2.15.0"), observed(keras="3.0.0")
    [found] = attribute([change], between(*sides, [known]))
    assert found.knowledge is (Knowledge.COVERED if covered else Knowledge.UNKNOWN)


def test_a_pattern_of_a_general_entry_names_what_it_covers() -> None:
    change = internal(ChangeKind.REMOVED, PRIVATE)
    for line, matches in (("removed: *._*", True), ("removed: LSTM._*", False)):
        assert bool(accepts(line, general=True).matching(change)) is matches


LOOKED = accepts(f"removed: {PRIVATE}", title="looked at")
COVERS = accepts("removed: *", title="covers", general=True)
KNOWLEDGE: dict[str, tuple[list[KnownChange], Knowledge]] = {
    "no entry": ([], Knowledge.UNKNOWN),
    "an entry of something else": ([accepts("removed: RNN.call")], Knowledge.UNKNOWN),
    "a general entry": ([COVERS], Knowledge.COVERED),
    "an entry of this name": ([LOOKED], Knowledge.EXPLAINED),
    "a general entry, then one of this name": ([COVERS, LOOKED], Knowledge.EXPLAINED),
    "one of this name, then a general entry": ([LOOKED, COVERS], Knowledge.EXPLAINED),
}


@pytest.mark.parametrize(("known", "knowledge"), KNOWLEDGE.values(), ids=KNOWLEDGE)
def test_a_change_is_explained_only_by_an_entry_that_names_it(
    known: list[KnownChange], knowledge: Knowledge
) -> None:
    sides = observed(keras="2.15.0"), observed(keras="3.0.0")
    [found] = attribute([internal(ChangeKind.REMOVED, PRIVATE)], between(*sides, known))
    assert found.knowledge is knowledge
    assert found.unknown is (knowledge is Knowledge.UNKNOWN)
    if knowledge is Knowledge.EXPLAINED:
        assert found.known[0] == LOOKED


def test_the_table_has_each_class_of_knowledge() -> None:
    assert {knowledge for _, knowledge in KNOWLEDGE.values()} == set(Knowledge)


def test_a_change_that_is_no_finding_is_not_unknown() -> None:
    sides = observed(keras="2.15.0"), observed(keras="3.0.0")
    [found] = attribute([internal(ChangeKind.BODY, PUBLIC)], between(*sides, []))
    assert not found.unknown


PART = Change(kind=ChangeKind.DEFAULT, subject="LSTM", part="config dtype", before="a", after="b")


def test_a_line_names_the_part_of_a_layer() -> None:
    for line, matches in (
        ("default: LSTM / config dtype", True),
        ("default: {GRU,LSTM} / config {dtype,seed}", True),
        ("default: LSTM / config seed", False),
        ("default: LSTM", False),
    ):
        assert bool(accepts(line).matching(PART)) is matches
