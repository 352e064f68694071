"""Causes: each finding has one, and the most harmful come first."""

import random

from harness.judging.causes import causes
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
