"""Where recurrent cells first differ: the time step, the function and the gate."""

import math

import pytest

from harness.search.cells import compared
from harness.search.executing import Called

SHAPE = [1, 2]


def call(function: str = "LSTMCell.call", /, **values: list[float]) -> Called:
    return function, {name: (SHAPE, numbers) for name, numbers in values.items()}


def step(i: float = 0.1, f: float = 0.2, inputs: float = 1.0) -> list[Called]:
    """The calls of one time step, as a cell makes them."""
    return [
        call("LSTMCell._compute_carry_and_output", i=[i, i], f=[0.3, f]),
        call(inputs=[inputs, inputs], h=[i + f, 0.0]),
    ]


def test_the_first_gate_that_differs_is_named_with_its_time_step() -> None:
    old, new = [*step(), *step(), *step()], [*step(), *step(f=0.25), *step(i=0.9)]
    assert compared(old, new) == (
        "recurrent cells first differ in time step 2 of LSTMCell: the forget gate f in "
        "_compute_carry_and_output is 0.25 instead of 0.2"
    )


def test_what_a_cell_is_given_is_named_too() -> None:
    assert compared(step(), step(inputs=2.0)) == (
        "recurrent cells first differ in time step 1 of LSTMCell: inputs in call is 2 instead of 1"
    )


def test_a_gate_that_rounds_otherwise_comes_behind_one_that_differs() -> None:
    rounded = math.nextafter(0.1, 1) + 1e-9
    old, new = [*step(), *step()], [*step(i=rounded), *step(f=0.25)]
    assert "first differ in time step 2" in compared(old, new)
    assert "first round otherwise in time step 1" in compared(old, [*step(i=rounded), *step()])


def test_a_value_that_is_no_number_on_both_sides_is_not_what_differs() -> None:
    old, new = [call(h=[math.nan, 1.0])], [call(h=[math.nan, 2.0])]
    assert "the output h in call is 2 instead of 1" in compared(old, new)


@pytest.mark.parametrize("count", [1, 3])
def test_cells_that_compute_the_same_are_said_to(count: int) -> None:
    same = step() * count
    assert compared(same, same) == (
        f"{4 * count} values in {2 * count} calls of recurrent cells are the same, bit for bit"
    )


def test_cells_whose_values_have_other_names_are_not_said_to_be_the_same() -> None:
    assert compared([call(h=[0, 0])], [call(output=[0, 0])]) == (
        "the recurrent cells have no value of the same name, so that nothing was compared"
    )


def test_another_shape_and_other_cells_differ() -> None:
    wide = [("LSTMCell.call", {"h": ([1, 3], [0.0] * 3)})]
    assert "h in call is of shape [1, 3] instead of [1, 2]" in compared([call(h=[0, 0])], wide)
    assert compared([call(h=[0, 0])], [call("GRUCell.call", h=[0, 0])]) == (
        "other recurrent cells run: 1 call of GRUCell.call instead of 1 call of LSTMCell.call"
    )
