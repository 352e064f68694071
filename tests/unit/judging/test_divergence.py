"""The first statement that differs between two targets, and what only follows from it."""

import pytest

from harness.judging.differences import Sort
from harness.judging.divergence import boundary
from harness.observing.numerics import Tolerances
from harness.observing.records import Array, Observation
from harness.observing.scripts import Trace
from tests.support.makers import array, run
from tests.support.traces import did, statement, step, traced

TOLERANCES = Tolerances(ulp=32, mean_ulp=32)
SCRIPT = [
    statement(1, "layer = LSTM(2)", binds=["layer"]),
    statement(2, "y = layer(x)", binds=["y"], reads=["layer", "x"]),
    statement(3, "print(y)", reads=["print", "y"]),
    statement(4, "z = 1.0", binds=["z"]),
]


def steps(
    value: float = 0.5, weights: float = 1.0, printed: str = "0.5\n", z: float = 1.0
) -> list[Observation]:
    return [
        did(1, {"layer.weights[0]": array(weights)}),
        did(2, {"y": array(value)}),
        did(3, printed=printed),
        did(4, {"z": array(z)}),
    ]


def differing(
    old: list[Observation], new: list[Observation]
) -> list[tuple[int, str | None, list[Sort]]]:
    found = boundary(traced(SCRIPT, *old), traced(SCRIPT, *new), TOLERANCES)
    return [
        (
            each.statement.line,
            each.follows.name if each.follows else None,
            [one.sort for one in each.differences],
        )
        for each in found.divergences
    ]


def test_nothing_differs() -> None:
    assert differing(steps(), steps()) == []


def test_the_call_is_first_and_the_print_follows() -> None:
    assert differing(steps(), steps(value=0.25, printed="0.25\n")) == [
        (2, None, [Sort.VALUES]),
        (3, "line 2", [Sort.PRINTED]),
    ]


def test_weights_that_are_drawn_otherwise_are_first() -> None:
    assert differing(steps(), steps(weights=2.0, value=0.25, printed="0.25\n")) == [
        (1, None, [Sort.VALUES]),
        (2, "line 1", [Sort.VALUES]),
        (3, "line 1", [Sort.PRINTED]),
    ]


def test_two_differences_that_have_nothing_in_common_are_both_first() -> None:
    assert [each[:2] for each in differing(steps(), steps(value=0.25, z=2.0))] == [
        (2, None),
        (4, None),
    ]


def test_a_name_that_is_bound_anew_no_longer_differs() -> None:
    script = [
        statement(1, "a = f()", binds=["a"]),
        statement(2, "a = 1.0", binds=["a"]),
        statement(3, "b = a + g()", binds=["b"], reads=["a", "g"]),
    ]
    old, new = (
        traced(
            script,
            did(1, {"a": array(a)}),
            did(2, {"a": array(1.0)}),
            did(3, {"b": array(b)}),
        )
        for a, b in ((1.0, 1.0), (2.0, 2.0))
    )
    found = boundary(old, new, TOLERANCES).divergences
    assert [(each.statement.line, each.follows) for each in found] == [(1, None), (3, None)]


def test_a_symbolic_name_carries_the_difference_of_its_statement() -> None:
    script = [
        statement(1, "out = layer(inputs)", binds=["out"], reads=["layer"]),
        statement(2, "model = Model(inputs, out)", binds=["model"], reads=["out"]),
    ]
    old, new = (
        traced(
            script,
            did(1, {"layer.weights[0]": array(w)}, texts={"out": "symbolic"}),
            did(2, {"model.weights[0]": array(w)}),
        )
        for w in (1.0, 2.0)
    )
    found = boundary(old, new, TOLERANCES).divergences
    assert [each.follows.name if each.follows else None for each in found] == [None, "line 1"]


VALUES = [
    (array(1.0), array(1.0 + 2**-20), []),  # 8 ULP: rounding
    (array(1.0), array(1.001), [Sort.VALUES]),
    (array(1.0), array("nan"), [Sort.VALUES]),
    (array("nan"), array("nan"), []),
    (array(1.0), array(1.0, dtype="float64"), [Sort.LAYOUT]),
    (array(1.0), array(1.0, 1.0), [Sort.LAYOUT]),
    (array(1, dtype="int64"), array(2, dtype="int64"), [Sort.VALUES]),
    # which no float has
    (array(2**53, dtype="int64"), array(2**53 + 1, dtype="int64"), [Sort.VALUES]),
    # numbers of float32 in float64: as `float(loss)` gives them
    (array(0.5, dtype="float64"), array(0.5 + 2**-22, dtype="float64"), []),
    # numbers that only float64 has, on one side or on both
    (array(0.5, dtype="float64"), array(0.5 + 2**-40, dtype="float64"), [Sort.VALUES]),
    (array(0.1, dtype="float64"), array(0.1 + 2**-40, dtype="float64"), [Sort.VALUES]),
]


@pytest.mark.parametrize(("old", "new", "sorts"), VALUES)
def test_arrays_differ_beyond_rounding(old: Array, new: Array, sorts: list[Sort]) -> None:
    script = [statement(1, binds=["x"])]
    first, second = (traced(script, did(1, {"x": each})) for each in (old, new))
    for sides in ((first, second), (second, first)):
        found = boundary(*sides, TOLERANCES).divergences
        assert [one.sort for each in found for one in each.differences] == sorts


def test_reproducible_on_one_side_alone() -> None:
    script = [statement(1, binds=["w"])]
    steady = traced(script, did(1, {"w": array(1.0)}))
    drawn = traced(script, did(1, {"w": array(1.0)}), again=[did(1, {"w": array(2.0)})])
    [found] = boundary(steady, drawn, TOLERANCES).divergences
    assert str(found.differences[0]) == "w: other values in each run, which was not so"
    [back] = boundary(drawn, steady, TOLERANCES).divergences
    assert str(back.differences[0]) == "w: the same values in each run, which was not so"
    both = boundary(drawn, drawn, TOLERANCES)
    assert both.divergences == ()
    assert [each.name for each in both.not_compared] == ["line 1"]


def test_a_value_that_one_side_could_not_look_at_is_not_compared() -> None:
    script = [statement(1, binds=["w"])]
    seen = traced(script, did(1, {"w": array(1.0)}))
    unseen = traced(script, did(1, facts={"w": "cannot be looked at: TypeError"}))
    found = boundary(seen, unseen, TOLERANCES)
    assert found.divergences == ()
    assert [each.name for each in found.not_compared] == ["line 1"]


def test_an_error_hides_the_statements_after_it() -> None:
    old = traced(SCRIPT, *steps())
    new = traced(SCRIPT, *steps()[:1], did(2, error="TypeError: no such argument"))
    found = boundary(old, new, TOLERANCES)
    [first] = found.divergences
    assert (first.statement.line, str(first.differences[0])) == (
        2,
        "raises TypeError: no such argument",
    )
    assert [each.line for each in found.not_reached] == [3, 4]
    [back] = boundary(new, old, TOLERANCES).divergences
    assert str(back.differences[0]) == "raises nothing; raised TypeError: no such argument"


def test_a_crash_is_a_difference_of_its_statement() -> None:
    died = run(*steps()[:1], end="crashed", unfinished="line 2", detail="ended by SIGSEGV")
    old, new = traced(SCRIPT, *steps()), traced(SCRIPT, ended=died)
    [found] = boundary(old, new, TOLERANCES).divergences
    assert (found.statement.line, str(found.differences[0])) == (2, "crashed: ended by SIGSEGV")
    [back] = boundary(new, old, TOLERANCES).divergences
    assert str(back.differences[0]) == "goes on; before, crashed: ended by SIGSEGV"


def test_circumstances_that_differ_are_said_and_are_no_difference() -> None:
    script = SCRIPT[:2]
    old, new = (
        traced(
            script,
            did(1, facts={"layer": "a LSTM", "layer.recurrent_activation": activation}),
            did(2, {"y": array(value)}),
        )
        for activation, value in (("hard_sigmoid", 1.0), ("sigmoid", 2.0))
    )
    [found] = boundary(old, new, TOLERANCES).divergences
    assert found.statement.line == 2
    assert found.facts == ("layer.recurrent_activation: sigmoid instead of hard_sigmoid",)


def test_a_script_that_a_release_cannot_read_differs_where_its_python_says() -> None:
    old = traced([], did(2, error="SyntaxError: invalid syntax"))
    new = traced(SCRIPT, *steps())
    [found] = boundary(old, new, TOLERANCES).divergences
    assert (found.statement.line, found.differences[0].sort) == (2, Sort.ERROR)


def test_a_script_that_a_release_cannot_read_differs_also_inside_a_statement() -> None:
    script = [statement(1, "def f(x):\n    match x: ...", binds=["f"]), statement(3, "f(1)")]
    whole = traced(script, did(1), did(3))
    unread = traced([], did(2, error="SyntaxError: invalid syntax"))
    [found] = boundary(unread, whole, TOLERANCES).divergences
    assert (found.statement.line, str(found.differences[0])) == (
        2,
        "raises nothing; raised SyntaxError: invalid syntax",
    )
    [found] = boundary(whole, unread, TOLERANCES).divergences
    assert str(found.differences[0]) == "raises SyntaxError: invalid syntax"
    elsewhere = traced([], did(1, error="SyntaxError: invalid syntax"))
    assert boundary(unread, elsewhere, TOLERANCES).divergences == ()  # nothing was compared


def test_another_message_of_the_same_error_is_its_own_sort() -> None:
    script = [statement(1)]
    old, new = (traced(script, did(1, error=f"TypeError: {text}")) for text in ("no", "never"))
    [found] = boundary(old, new, TOLERANCES).divergences
    [one] = found.differences
    assert (one.sort, one.text) == (Sort.MESSAGE, "raises TypeError: never instead of no")


RESIDUAL = [
    statement(1, "a, b = f(x)", binds=["a", "b"], reads=["f", "x"]),
    statement(2, "print(abs(a - b).max())", reads=["a", "b", "print"]),
    statement(3, "gap = a - b", binds=["gap"], reads=["a", "b"]),
]


def residual(printed: str, gap: float, size: float = 0.5) -> Trace:
    seen = [did(1, {"a": array(size), "b": array(size)}), did(2, printed=f"{printed}\n")]
    return traced(RESIDUAL, *seen, did(3, {"gap": array(gap)}))


def test_a_difference_below_the_rounding_of_what_a_statement_reads_cannot_be_told() -> None:
    found = boundary(residual("0.0", 0.0), residual("1.1920929e-07", 6e-8), TOLERANCES)
    assert found.divergences == ()
    assert [each.line for each in found.not_compared] == [2, 3]


@pytest.mark.parametrize(
    ("printed", "gap", "size"),
    [("3e-05", 3e-5, 0.5), ("1.1920929e-07", 6e-8, 1e-6), ("0.25", 0.25, 1e6)],
    ids=["larger than rounding", "of numbers that are as small", "large numbers excuse no more"],
)
def test_any_other_difference_near_zero_is_told(printed: str, gap: float, size: float) -> None:
    found = boundary(residual("0.0", 0.0, size), residual(printed, gap, size), TOLERANCES)
    assert [each.statement.line for each in found.divergences] == [2, 3]
    assert found.not_compared == ()


IN_A_FUNCTION = [
    statement(1, "layer = LSTM(2)", binds=["layer"]),
    statement(2, "def run(): ...", binds=["run"]),
    statement(9, "run()", reads=["run", "layer", "a", "b"]),
]


def with_steps(
    weights: float = 1.0, a: float = 1.0, b: float = 1.0, c: float = 1.0, value: float = 1.0
) -> list[Observation]:
    """A call of a function with three steps: b is computed from a, and c from neither."""
    return [
        did(1, {"layer.weights[0]": array(weights)}),
        did(2),
        step("a", 3, 9, {"value": array(a)}, binds=["a"], reads=["layer"]),
        step("b", 5, 9, {"value": array(b)}, binds=["b"], reads=["a"]),
        step("c", 7, 9, {"value": array(c)}, binds=["c"]),
        did(9, {"value": array(value)}),
    ]


STEPS = [
    (with_steps(), []),
    (with_steps(a=2.0), [("step a", None)]),
    (with_steps(b=2.0, value=2.0), [("step b", None), ("line 9", "step b")]),
    (
        with_steps(a=2.0, b=2.0, c=2.0),
        [("step a", None), ("step b", "step a"), ("step c", None)],
    ),
    (
        with_steps(weights=2.0, a=2.0, value=2.0),
        [("line 1", None), ("step a", "line 1"), ("line 9", "line 1")],
    ),
]


@pytest.mark.parametrize(("new", "found"), STEPS)
def test_a_step_differs_as_a_statement_and_the_statement_around_it_follows(
    new: list[Observation], found: list[tuple[str, str | None]]
) -> None:
    between = boundary(
        traced(IN_A_FUNCTION, *with_steps()), traced(IN_A_FUNCTION, *new), TOLERANCES
    )
    assert [
        (each.statement.name, each.follows.name if each.follows else None)
        for each in between.divergences
    ] == found


def test_a_step_that_one_side_does_not_reach_differs() -> None:
    whole = traced(IN_A_FUNCTION, *with_steps())
    fewer = traced(IN_A_FUNCTION, *(each for each in with_steps() if each.step != "step c"))
    for sides, text in (((whole, fewer), "not reached"), ((fewer, whole), "was not reached")):
        [found] = boundary(*sides, TOLERANCES).divergences
        assert (found.statement.name, str(found.differences[0])) == ("step c", text)
    raised = traced(IN_A_FUNCTION, *with_steps()[:4], did(9, error="ValueError: no"))
    between = boundary(whole, raised, TOLERANCES)
    assert [each.statement.name for each in between.divergences] == ["line 9"]
    assert [each.name for each in between.not_reached] == ["step c"]


def test_a_step_that_one_side_does_not_reach_differs_although_both_raise_the_same() -> None:
    raises = did(9, error="ValueError: no")
    whole = traced(IN_A_FUNCTION, *with_steps()[:5], raises)
    fewer = traced(IN_A_FUNCTION, *with_steps()[:4], raises)
    for sides, text in (((whole, fewer), "not reached"), ((fewer, whole), "was not reached")):
        between = boundary(*sides, TOLERANCES)
        [found] = between.divergences
        assert (found.statement.name, str(found.differences[0])) == ("step c", text)
        assert between.not_reached == ()


def test_the_error_of_a_step_is_first_and_that_of_its_statement_follows() -> None:
    raised = traced(
        IN_A_FUNCTION,
        *with_steps()[:2],
        step("a", 3, 9, error="ValueError: no"),
        did(9, error="ValueError: no"),
    )
    found = boundary(traced(IN_A_FUNCTION, *with_steps()), raised, TOLERANCES).divergences
    assert [(each.statement.name, each.follows and each.follows.name) for each in found] == [
        ("step a", None),
        ("line 9", "step a"),
    ]


def test_a_crash_in_a_step_that_the_other_side_does_not_have() -> None:
    died = run(*with_steps()[:2], end="crashed", unfinished="step new", detail="SIGSEGV")
    old, new = traced(IN_A_FUNCTION, *with_steps()), traced(IN_A_FUNCTION, ended=died)
    assert new.ended_at == "step new"
    [found] = boundary(old, new, TOLERANCES).divergences
    assert (found.statement.name, found.statement.line) == ("step new", 9)


@pytest.mark.parametrize("name", ["error", "printed", "value"])
def test_a_name_that_the_harness_uses_too_is_one_like_any_other(name: str) -> None:
    script = [
        statement(1, f"{name} = f()", binds=[name]),
        statement(2, f"x = {name} + 1", binds=["x"], reads=[name]),
    ]
    one, two = ([did(1, {name: array(value)}), did(2, {"x": array(value)})] for value in (1.0, 2.0))
    steady, random = traced(script, *one), traced(script, *one, again=two)
    for sides in ((steady, traced(script, *two)), (steady, random), (random, steady)):
        found = boundary(*sides, TOLERANCES).divergences
        assert [(each.statement.line, bool(each.follows)) for each in found] == [
            (1, False),
            (2, True),
        ]


def test_runs_that_may_have_agreed_by_chance_are_named() -> None:
    random = traced(SCRIPT, *steps(), again=steps(value=0.25, printed="0.25\n"), target="tf-2.9")
    steady = traced(SCRIPT, *steps(), target="tf-2.10")
    for sides in ((random, steady), (steady, random)):
        assert boundary(*sides, TOLERANCES).by_chance == [steady]
    assert boundary(random, random, TOLERANCES).by_chance == []
    other = traced(SCRIPT, *steps(weights=2.0), target="tf-2.10")
    assert boundary(steady, other, TOLERANCES).by_chance == []
