"""A known change explains a difference of a script only if both have something in common."""

from dataclasses import replace

import pytest

from harness.judging.changes import Change, ChangeKind, Gives
from harness.judging.diff import Diff
from harness.judging.divergence import boundary
from harness.judging.explained import explanations
from harness.judging.known import AttributedChange
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation
from tests.support.makers import accepts, array, side
from tests.support.traces import did, statement, traced

CALL = statement(1, "layer.reset_states(states=[s])", reads=["layer", "s"])
ERROR = "TypeError: LSTM.reset_states() got an unexpected keyword argument 'states'"


def change(kind: ChangeKind, subject: str, **fields: object) -> Change:
    made = Change(kind=kind, subject=subject, before="", after="")
    return replace(made, **fields)  # type: ignore[arg-type]


def commons(
    canonical: list[Change],
    old: list[Observation],
    new: list[Observation],
    again: list[Observation] | None = None,
    *,
    general: bool = False,
) -> list[str]:
    """What the first difference has in common with each canonical change that explains it."""
    found = boundary(traced([CALL], *old), traced([CALL], *new, again=again), Tolerances())
    changes = tuple(
        AttributedChange(
            change=each,
            known=(accepts("newly raises: *", title=f"known {n}", general=general),),
        )
        for n, each in enumerate(canonical)
    )
    diff = Diff(before=side(), after=side(), changes=changes, lost=())
    assert found.first
    return [each.common for each in explanations(found.first, found, diff)]


def test_the_same_error_whatever_the_class() -> None:
    said = ERROR.replace("LSTM", "RNN")
    canonical = [
        change(ChangeKind.NEWLY_RAISES, "reset to ones", after=said, scenario="reset"),
        change(ChangeKind.NEWLY_RAISES, "other", after="TypeError: other", scenario="reset"),
        change(ChangeKind.SIGNATURE, "RNN.reset_states"),
    ]
    assert commons(canonical, [did(1)], [did(1, error=ERROR)]) == [
        "the same error in the scenario reset"
    ]
    assert commons(canonical, [did(1, error=ERROR)], [did(1)]) == [
        "the statement calls reset_states"
    ]


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("ValueError: Unrecognized keyword arguments passed to Embedding: {'batch_size': 8}", True),
        ("TypeError: Unrecognized keyword arguments passed to Embedding: {'batch_size': 8}", False),
        ("ValueError: Unrecognized keyword arguments passed to LSTM: {'time_major': 8}", False),
        ("ValueError: Unrecognized keyword arguments passed to LSTM", False),
        ("ValueError: Unrecognized keyword arguments passed to LSTM: {'BatchSize': 8}", False),
    ],
)
def test_the_same_error_of_another_layer_with_other_values(said: str, same: bool) -> None:
    raised = "ValueError: Unrecognized keyword arguments passed to LSTM: {'batch_size': [2, None]}"
    canonical = [change(ChangeKind.NEWLY_RAISES, "one", after=raised, scenario="touching")]
    expected = ["a like error in the scenario touching"] if same else []
    assert commons(canonical, [did(1)], [did(1, error=said)]) == expected


def test_an_error_with_other_values_is_the_same() -> None:
    said = "ValueError: Unrecognized keyword arguments passed to LSTM: {'batch_size': [2, None]}"
    known = [change(ChangeKind.NEWLY_RAISES, "one", after=said, scenario="touching")]
    other = [did(1, error=said.replace("[2, None]", "8"))]
    assert commons(known, [did(1)], other) == ["the same error in the scenario touching"]
    bare = [change(ChangeKind.NEWLY_RAISES, "one", after="KeyError: 0", scenario="touching")]
    assert commons(bare, [did(1)], [did(1, error="KeyError: 1")]) == []


def test_the_same_error_is_certain_and_a_like_one_is_not() -> None:
    said = "AttributeError: 'LSTM' object has no attribute 'reset_states'"
    changes = [
        change(ChangeKind.NEWLY_RAISES, "one", after=said.replace("LSTM", each), scenario=each)
        for each in ("GRU", "LSTM")
    ]
    assert commons(changes[:1], [did(1)], [did(1, error=said)]) == [
        "a like error in the scenario GRU"
    ]
    assert commons(changes, [did(1)], [did(1, error=said)]) == [
        "the same error in the scenario LSTM"
    ]


def test_an_error_that_was_cut_is_the_same_if_enough_words_are() -> None:
    long = "ValueError: " + " ".join(f"word{chr(97 + n)}" for n in range(9)) + " cu..."
    canonical = [change(ChangeKind.NEWLY_RAISES, "one", after=long, scenario="touching")]
    whole = long.replace(" cu...", " cut here")
    assert commons(canonical, [did(1)], [did(1, error=whole)]) != []
    few = [change(ChangeKind.NEWLY_RAISES, "one", after="ValueError: a b c...", scenario="s")]
    assert commons(few, [did(1)], [did(1, error="ValueError: a b other")]) == []


def test_the_method_that_the_statement_calls() -> None:
    canonical = [
        change(ChangeKind.SIGNATURE, "RNN.reset_states"),
        change(ChangeKind.SIGNATURE, "RNN.call"),
        change(ChangeKind.BODY, "RNN.reset_states"),
    ]
    assert commons(canonical, [did(1)], [did(1, error="ValueError: other")]) == [
        "the statement calls reset_states"
    ]


def test_seeding_explains_weights_alone_and_by_the_way_they_differ() -> None:
    other = change(
        ChangeKind.SEEDING,
        "first pass",
        scenario="reset",
        before_gives=Gives.VALUES,
        after_gives=Gives.VALUES,
    )
    lost = replace(other, scenario="override", after_gives=Gives.UNREPRODUCIBLE)
    one, two = ([did(1, {"layer.weights[0]": array(v)})] for v in (1.0, 2.0))
    text = "weights that are drawn otherwise in the scenario"
    assert commons([other, lost], one, two) == [f"{text} reset"]
    assert commons([other, lost], one, one, two) == [f"{text} override"]
    found = replace(other, scenario="seeding", before_gives=Gives.UNREPRODUCIBLE)
    assert commons([found], one, one, two) == []  # the other way round
    near = [did(1, {"layer.weights[0]": array(1.01)})]
    assert commons([other, lost], one, near) == []  # trained from the same weights
    values = ([did(1, {"y": array(v)})] for v in (1.0, 2.0))
    assert commons([other, lost], *values) == []


def test_an_option_of_the_layer() -> None:
    def looks(value: float, activation: str, layer: str) -> list[Observation]:
        facts = {"layer": f"a {layer}", "layer.recurrent_activation": activation}
        return [did(1, {"y": array(value)}, facts=facts)]

    default = change(ChangeKind.DEFAULT, "ConvLSTM2D", part="config recurrent_activation")
    meaning = change(
        ChangeKind.SEMANTICS, "LSTM, recurrent_activation hard_sigmoid", scenario="layers"
    )
    both = [default, meaning]
    old, new = (looks(1, "hard_sigmoid", "ConvLSTM2D"), looks(2, "sigmoid", "ConvLSTM2D"))
    assert commons(both, old, new) == ["ConvLSTM2D has another default of recurrent_activation"]
    old, new = (looks(v, "hard_sigmoid", "LSTM") for v in (1, 2))
    assert commons(both, old, new) == ["LSTM with recurrent_activation hard_sigmoid"]
    old, new = (looks(1, "hard_sigmoid", "LSTM"), looks(2, "sigmoid", "LSTM"))
    assert commons(both, old, new) == []


COPIES = [
    statement(1, "import pickle", ["pickle"]),
    statement(2, "model = make(stateful=True)", ["model"], ["make"]),
    statement(3, "worker = pickle.loads(pickle.dumps(model))", ["worker"], ["pickle", "model"]),
    statement(4, "other = copy.deepcopy(thing)", ["other"], ["copy", "thing"]),
    statement(5, "y = worker(x)", ["y"], ["worker", "x"]),
]


@pytest.mark.parametrize(
    ("code", "kind", "common"),
    [
        (["deepcopy or pickle", "stateful"], ChangeKind.SEMANTICS, "the code has pickle, stateful"),
        (["pickle"], ChangeKind.VALUES, "the code has pickle"),
        (["pickle"], ChangeKind.NEWLY_RAISES, ""),
        (["deepcopy"], ChangeKind.SEMANTICS, ""),  # in code that has nothing to do with it
        (["pickle", "Masking"], ChangeKind.SEMANTICS, ""),
        ([], ChangeKind.SEMANTICS, ""),
    ],
)
def test_other_values_are_explained_by_the_words_of_the_code_that_made_them(
    code: list[str], kind: ChangeKind, common: str
) -> None:
    old, new = (traced(COPIES, *map(did, (1, 2, 3, 4)), did(5, {"y": array(v)})) for v in (1, 2))
    found = boundary(old, new, Tolerances())
    known = accepts(f"{kind}: copies / a pickled model", code=code)
    seen = AttributedChange(
        change=change(kind, "a pickled model", scenario="copies"), known=(known,)
    )
    diff = Diff(before=side(), after=side(), changes=(seen,), lost=())
    assert found.first
    told = explanations(found.first, found, diff)
    assert [each.common for each in told] == ([common] if common else [])
    assert not any(each.certain for each in told)
    by_option = AttributedChange(
        change=change(ChangeKind.SEMANTICS, "LSTM, stateful True", scenario="layers"),
        known=(accepts("other semantics: *", title="sure"),),
    )
    facts = {"worker": "a LSTM", "worker.stateful": "True"}
    old, new = (
        traced(COPIES, *map(did, (1, 2, 3, 4)), did(5, {"y": array(v)}, facts=facts))
        for v in (1, 2)
    )
    found = boundary(old, new, Tolerances())
    assert found.first
    both = replace(diff, changes=(seen, by_option))
    assert [each.known.title for each in explanations(found.first, found, both)] == ["sure"]


def test_what_nobody_looked_at_explains_nothing() -> None:
    canonical = [change(ChangeKind.SIGNATURE, "RNN.reset_states")]
    assert commons(canonical, [did(1)], [did(1, error=ERROR)], general=True) == []
