"""Causes: each finding has one, and the most harmful come first."""

import random
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.judging.causes import causes, effect_of
from harness.judging.changes import Change, ChangeKind
from harness.judging.known import AttributedChange, Effect, Knowledge
from tests.support.makers import accepts, observed

OLD, NEW = observed(keras="2.15.0"), observed(keras="3.0.0")


def step(kind: ChangeKind, scenario: str = "layers") -> AttributedChange:
    return AttributedChange(
        change=Change(kind=kind, subject="a step", scenario=scenario, before="a", after="b")
    )


def internal(kind: ChangeKind, name: str) -> AttributedChange:
    return AttributedChange(change=Change(kind=kind, subject=name, before="a", after="b"))


IN_ORDER = [
    step(ChangeKind.VALUES, "stateful"),
    step(ChangeKind.SEMANTICS, "layers"),
    internal(ChangeKind.DEFAULT, "ConvLSTM2D.__init__"),
    internal(ChangeKind.REMOVED, "Model.reset_states"),
    step(ChangeKind.NEWLY_RAISES, "reset"),
    internal(ChangeKind.REMOVED, "GRU.reset_state"),
    internal(ChangeKind.SIGNATURE, "ConvLSTM1D.build"),
    internal(ChangeKind.CALL_PROTOCOL, "RNN.call"),
    internal(ChangeKind.REMOVED, "RNN._process_inputs"),
    internal(ChangeKind.ADDED, "LSTM.reset_state"),
    internal(ChangeKind.MOVED, "LSTM.build"),
]


def test_silent_comes_before_loud_common_before_rare_and_public_before_private() -> None:
    for seed in range(20):
        mixed = random.Random(seed).sample(IN_ORDER, len(IN_ORDER))  # noqa: S311
        found = causes(mixed, OLD, NEW)
        assert [each.changes for each in found] == [(each,) for each in IN_ORDER]


def test_every_finding_belongs_to_one_cause_and_nothing_else_does() -> None:
    quiet = [internal(ChangeKind.BODY, "RNN.call"), internal(ChangeKind.PACKAGE, "keras")]
    known = accepts("newly raises: reset / a step", title="known")
    explained = [
        AttributedChange(change=each.change, known=(known, accepts(title="second")))
        for each in (step(ChangeKind.NEWLY_RAISES, "reset"), step(ChangeKind.WORKS, "reset"))
    ]
    found = causes([*IN_ORDER[:3], *explained, *quiet], OLD, NEW)
    members = [each for cause in found for each in cause.changes]
    assert sorted(map(str, members)) == sorted(map(str, [*IN_ORDER[:3], *explained]))
    [cause] = [each for each in found if each.known]
    assert (cause.title, cause.knowledge, cause.steps) == ("known", Knowledge.EXPLAINED, 2)
    assert (cause.effect, cause.release) == (Effect.RAISES, "keras 3.0")


KNOWN = (
    accepts(title="raises, they say", effect=Effect.RAISES),
    accepts(title="texts, they say", effect=Effect.TEXTS),
    accepts(title="of no effect of its own"),
    accepts(title="covers", general=True),
)
NAMES = ("RNN.call", "LSTM.reset_states", "Model.fit", "GRU.states", "ConvLSTM1D.build", "RNN._a")
PARTS = ("", "config dtype", "weights")


@st.composite
def changes(draw: st.DrawFn) -> AttributedChange:
    """Any change of a step or an internal, with the known changes that may explain it."""
    kind = draw(st.sampled_from(ChangeKind))
    steps = draw(st.booleans())
    change = Change(
        kind=kind,
        subject=draw(st.sampled_from(("first", "second") if steps else NAMES)),
        scenario=draw(st.sampled_from(("stateful", "reset", "layers"))) if steps else "",
        part="" if steps else draw(st.sampled_from(PARTS)),
        before=draw(st.sampled_from("ab")),
        after=draw(st.sampled_from(("c", "stateless, first call: by RNN.call ()"))),
    )
    return AttributedChange(change=change, known=draw(st.sampled_from([(), *zip(KNOWN)])))


@given(st.lists(changes(), max_size=20))
def test_any_finding_belongs_to_exactly_one_cause(mixed: list[AttributedChange]) -> None:
    found = causes(mixed, OLD, NEW)
    members = [id(each) for cause in found for each in cause.changes]
    assert sorted(members) == sorted({id(each) for each in mixed if each.change.finding})


@given(st.lists(changes(), max_size=20))
def test_a_cause_is_of_one_known_change_or_of_none(mixed: list[AttributedChange]) -> None:
    found = causes(mixed, OLD, NEW)
    titles = [each.title for each in found if each.known]
    assert len(titles) == len(set(titles))
    for cause in found:
        assert {each.known[:1] for each in cause.changes} == {(cause.known,) if cause.known else ()}
        assert {each.knowledge for each in cause.changes} == {cause.knowledge}


@given(st.lists(changes(), max_size=20))
def test_the_effects_are_in_order_of_harm(mixed: list[AttributedChange]) -> None:
    found = causes(mixed, OLD, NEW)
    effects = [list(Effect).index(each.effect) for each in found]
    assert effects == sorted(effects)
    for cause in found:
        if not (cause.known and cause.known.effect):
            each_effect = [effect_of(each.change) for each in cause.changes]
            assert cause.effect is min(each_effect, key=list(Effect).index)


@given(st.lists(changes(), max_size=12), st.randoms())
def test_the_order_of_changes_does_not_matter(
    mixed: list[AttributedChange], random_: random.Random
) -> None:
    shuffled = random_.sample(mixed, len(mixed))
    bodies = [each for each in mixed if each.change.kind is ChangeKind.BODY]
    assume(not bodies)  # the first of several functions with one source gives the title

    def told(found: list[AttributedChange]) -> list[tuple[str, Effect, list[str]]]:
        return [
            (each.title, each.effect, sorted(map(str, each.changes)))
            for each in causes(found, OLD, NEW)
        ]

    assert told(shuffled) == told(mixed)


def test_the_article_comes_before_other_scenarios_and_many_findings_before_few() -> None:
    rest = [step(ChangeKind.VALUES, name) for name in ("layers", "seeding", "seeding", "override")]
    found = causes(rest, OLD, NEW)
    assert [each.title.split(":")[0] for each in found] == ["override", "seeding", "layers"]


# kinds, and their effect on a public and on a private name
EFFECTS: dict[Effect, tuple[Effect, set[ChangeKind]]] = {
    Effect.RESULTS: (
        Effect.RESULTS,
        {
            ChangeKind.SEMANTICS,
            ChangeKind.NOT_FINITE,
            ChangeKind.VALUES,
            ChangeKind.LAYOUT,
            ChangeKind.SEEDING,
            ChangeKind.DEFAULT,
            ChangeKind.BODY_DEFAULT,
        },
    ),
    Effect.RAISES: (
        Effect.INTERNALS,
        {
            ChangeKind.NEWLY_RAISES,
            ChangeKind.STEP,
            ChangeKind.REMOVED,
            ChangeKind.NEW_RAISE,
            ChangeKind.OTHER_EXCEPTION,
            ChangeKind.SIGNATURE,
        },
    ),
    Effect.INTERNALS: (
        Effect.INTERNALS,
        {
            ChangeKind.CALL_PROTOCOL,
            ChangeKind.STATE_LAYOUT,
            ChangeKind.WEIGHTS_LAYOUT,
            ChangeKind.KIND,
        },
    ),
    Effect.WORKS: (
        Effect.WORKS,
        {ChangeKind.WORKS, ChangeKind.ADDED, ChangeKind.REMOVED_RAISE},
    ),
    Effect.TEXTS: (Effect.TEXTS, {ChangeKind.ERROR, ChangeKind.MOVED}),
}


@pytest.mark.parametrize(("effect", "found"), EFFECTS.items())
def test_each_kind_of_finding_has_an_effect_on_code_of_users(
    effect: Effect, found: tuple[Effect, set[ChangeKind]]
) -> None:
    of_private, kinds = found
    for kind in kinds:
        assert effect_of(internal(kind, "RNN.call").change) is effect
        assert effect_of(internal(kind, "RNN.__call__").change) is effect
        assert effect_of(internal(kind, "RNN._call").change) is of_private
        assert effect_of(step(kind).change) is effect


def test_the_table_has_every_kind_of_finding_and_every_effect() -> None:
    assert EFFECTS.keys() == set(Effect)
    kinds = [kind for _, kinds in EFFECTS.values() for kind in kinds]
    assert sorted(kinds) == sorted(kind for kind in ChangeKind if kind.finding)


def test_a_known_change_may_have_another_effect_than_its_kinds() -> None:
    change = internal(ChangeKind.DEFAULT, "LSTM.__init__").change
    for known in KNOWN:
        [cause] = causes([AttributedChange(change=change, known=(known,))], OLD, NEW)
        assert cause.effect is (known.effect or Effect.RESULTS)
        assert cause.knowledge is (Knowledge.COVERED if known.general else Knowledge.EXPLAINED)


def test_a_cause_says_how_many_steps_and_internals_show_it() -> None:
    one = internal(ChangeKind.DEFAULT, "LSTM")
    parts = [
        AttributedChange(change=replace(one.change, part=part), known=KNOWN[:1]) for part in PARTS
    ]
    steps = [replace(step(ChangeKind.VALUES), known=KNOWN[:1])] * 2
    assert [each.extent for each in causes(parts, OLD, NEW)] == ["1 internal"]
    assert [each.extent for each in causes([*parts, *steps], OLD, NEW)] == ["2 steps, 1 internal"]


def test_functions_with_one_new_source_are_one_place() -> None:
    source = internal(ChangeKind.BODY, "RNN.call")
    bodies = [source, replace(source, change=replace(source.change, subject="LSTM.call"))]
    raised = [internal(ChangeKind.NEW_RAISE, name) for name in ("LSTM.call", "RNN.call")]
    [cause] = causes([*bodies, *raised], OLD, NEW)
    assert cause.title == "RNN.call: new raise"
    assert len(causes(raised, OLD, NEW)) == 2


def test_changed_calls_belong_to_the_function_that_calls_if_its_source_differs() -> None:
    body = AttributedChange(
        change=Change(kind=ChangeKind.BODY, subject="RNN.call", before="a", after="b")
    )
    calls = AttributedChange(
        change=Change(
            kind=ChangeKind.CALL_PROTOCOL,
            subject="LSTMCell.call",
            before="",
            after="stateless, first call: by RNN.call ()",
        )
    )
    raised = internal(ChangeKind.NEW_RAISE, "RNN.call")
    [cause] = causes([body, calls, raised], OLD, NEW)
    assert cause.title == "RNN.call: new raise"
    assert cause.release == "keras 2.15.0 → 3.0.0"
    assert set(cause.changes) == {calls, raised}
