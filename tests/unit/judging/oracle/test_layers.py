"""The float64 reference: closed forms, and properties for any weights."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, Stacked
from harness.judging.oracle.layers import bidirectional, run
from tests.support.oracle_values import CLOSE, a, sigmoid, zeros

# one step of one unit, where x, h, c and all the weights differ
X, H, C = 2.0, 0.25, -0.5

LSTM_WEIGHTS = a([0.1, 0.2, 0.3, 0.4]), a([0.5, -0.6, 0.7, 0.8]), a(0.01, 0.02, 0.03, 0.04)

GRU_WEIGHTS = a([0.1, 0.2, 0.3]), a([0.4, -0.5, 0.6])


def lstm(gate: Callable[[float], float], activation: Callable[[float], float]) -> list[np.ndarray]:
    i = gate(0.1 * X + 0.5 * H + 0.01)
    f = gate(0.2 * X - 0.6 * H + 0.02)
    candidate = activation(0.3 * X + 0.7 * H + 0.03)
    o = gate(0.4 * X + 0.8 * H + 0.04)
    c = f * C + i * candidate
    return [a(o * activation(c)), a(c)]


def gru(d_z: float, d_r: float, d_h: float) -> list[np.ndarray]:
    z = sigmoid(0.1 * X + 0.01 + 0.4 * H + d_z)
    r = sigmoid(0.2 * X + 0.02 - 0.5 * H + d_r)
    candidate = math.tanh(0.3 * X + 0.03 + r * (0.6 * H + d_h))
    return [a(z * H + (1 - z) * candidate)]


def two_unit_gru(bias: np.ndarray, *, reset_after: bool) -> GRU:
    """Only U_h = ((1, 2), (3, 4)) and the bias are not 0; all activations are linear."""
    return GRU(
        zeros(1, 6),
        np.hstack([zeros(2, 4), a([1, 2], [3, 4])]),
        bias,
        activation="linear",
        recurrent_activation="linear",
        reset_after=reset_after,
    )


# cell, x, states, states after one step
STEPS: dict[str, tuple[Cell, np.ndarray, list[np.ndarray], list[np.ndarray]]] = {
    "SimpleRNN": (
        SimpleRNN(a([0.5]), a([-0.75]), a(0.125)),
        a(X),
        [a(H)],
        [a(math.tanh(0.5 * X - 0.75 * H + 0.125))],
    ),
    "SimpleRNN without bias": (
        SimpleRNN(a([0.5]), a([-0.75])),
        a(X),
        [a(H)],
        [a(math.tanh(0.5 * X - 0.75 * H))],
    ),
    "SimpleRNN of two units": (
        SimpleRNN(a([1, 2], [3, 4]), a([1, 2], [3, 5]), a(10, 20), activation="linear"),
        a(1, 2),
        [a(1, -1)],
        [a(1 + 6 + 1 - 3 + 10, 2 + 8 + 2 - 5 + 20)],
    ),
    "LSTM": (LSTM(*LSTM_WEIGHTS), a(X), [a(H), a(C)], lstm(sigmoid, math.tanh)),
    "LSTM with other activations": (
        LSTM(*LSTM_WEIGHTS, activation="softsign", recurrent_activation="hard_sigmoid (Keras 2)"),
        a(X),
        [a(H), a(C)],
        lstm(lambda x: 0.2 * x + 0.5, lambda x: x / (1 + abs(x))),
    ),
    "GRU, reset after": (
        GRU(*GRU_WEIGHTS, a([0.01, 0.02, 0.03], [0.04, 0.05, 0.06])),
        a(X),
        [a(H)],
        gru(0.04, 0.05, 0.06),
    ),
    "GRU, reset before": (
        GRU(*GRU_WEIGHTS, a(0.01, 0.02, 0.03), reset_after=False),
        a(X),
        [a(H)],
        gru(0.0, 0.0, 0.0),
    ),
    # r is (2, 3), and z is 0
    "GRU of two units, reset after": (
        two_unit_gru(a([0, 0, 2, 3, 0, 0], [0] * 6), reset_after=True),
        a(X),
        [a(10, 100)],
        [a(2 * 310, 3 * 420)],
    ),
    "GRU of two units, reset before": (
        two_unit_gru(a(0, 0, 2, 3, 0, 0), reset_after=False),
        a(X),
        [a(10, 100)],
        [a(20 + 3 * 300, 2 * 20 + 4 * 300)],
    ),
    "stacked": (
        Stacked(
            (
                SimpleRNN(a([2]), a([3]), activation="linear"),
                LSTM(*LSTM_WEIGHTS),
            )
        ),
        a(-1),
        [a(4 / 3), a(H), a(C)],
        [a(X), *lstm(sigmoid, math.tanh)],
    ),
}


@pytest.mark.parametrize(("cell", "x", "states", "expected"), STEPS.values(), ids=STEPS)
def test_one_step_is_the_closed_form(
    cell: Cell, x: np.ndarray, states: list[np.ndarray], expected: list[np.ndarray]
) -> None:
    sequence, after = run(cell, x[None, None], [state[None] for state in states])
    assert [state.shape for state in after] == [(1, size) for size in cell.state_sizes]
    np.testing.assert_allclose(np.hstack(after)[0], np.hstack(expected), rtol=4 * CLOSE)
    output = after[1] if isinstance(cell, Stacked) else after[0]
    np.testing.assert_array_equal(sequence[:, 0], output)


BATCH, TIME, FEATURES, UNITS = 2, 5, 3, 4


def weights(seed: int, gates: int, features: int = FEATURES) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed).standard_normal
    return draw((features, gates * UNITS)), draw((UNITS, gates * UNITS))


def biases(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


CELLS: dict[str, Callable[[int], Cell]] = {
    "SimpleRNN": lambda seed: SimpleRNN(*weights(seed, 1), biases(seed, UNITS)),
    "LSTM": lambda seed: LSTM(*weights(seed, 4), biases(seed, 4 * UNITS)),
    "GRU, reset after": lambda seed: GRU(*weights(seed, 3), biases(seed, 2, 3 * UNITS)),
    "GRU, reset before": lambda seed: GRU(*weights(seed, 3), reset_after=False),
    "stacked": lambda seed: Stacked((LSTM(*weights(seed, 4)), GRU(*weights(seed + 1, 3, UNITS)))),
}

cells = st.builds(lambda make, seed: make(seed), st.sampled_from([*CELLS.values()]), st.integers(0))

inputs = st.integers(0).map(
    lambda seed: np.random.default_rng(seed).standard_normal((BATCH, TIME, FEATURES))
)

masks = st.lists(st.booleans(), min_size=BATCH * TIME, max_size=BATCH * TIME).map(
    lambda values: np.array(values).reshape(BATCH, TIME)
)


def start(cell: Cell) -> list[np.ndarray]:
    """Initial states that differ in every value."""
    return [
        np.arange(1.0, BATCH * size + 1).reshape(BATCH, size) / 16 + number
        for number, size in enumerate(cell.state_sizes)
    ]


def same(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> None:
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


@given(cells, inputs, masks, st.integers(0, TIME))
def test_two_runs_that_pass_on_the_states_equal_one_run(
    cell: Cell, x: np.ndarray, mask: np.ndarray, at: int
) -> None:
    sequence, states = run(cell, x, start(cell), mask=mask, zero_output_for_mask=True)
    early, late = slice(at), slice(at, None)
    first, between = run(
        cell, x[:, early], start(cell), mask=mask[:, early], zero_output_for_mask=True
    )
    second, after = run(cell, x[:, late], between, mask=mask[:, late], zero_output_for_mask=True)
    same(states, after)
    same((sequence,), (np.concatenate([first, second], axis=1),))


@given(cells, inputs, masks)
def test_backwards_is_forwards_over_the_reversed_sequence(
    cell: Cell, x: np.ndarray, mask: np.ndarray
) -> None:
    sequence, states = run(cell, x, start(cell), mask=mask, go_backwards=True)
    reverse, after = run(cell, x[:, ::-1], start(cell), mask=mask[:, ::-1])
    same((sequence, *states), (reverse, *after))


@given(cells, inputs, masks)
def test_a_masked_sequence_is_the_sequence_without_its_masked_steps(
    cell: Cell, x: np.ndarray, mask: np.ndarray
) -> None:
    sequence, states = run(cell, np.where(mask[..., None], x, np.nan), start(cell), mask=mask)
    for row in range(BATCH):
        initial = [state[row : row + 1] for state in start(cell)]
        short, after = run(cell, x[row : row + 1, mask[row]], initial)
        # BLAS may round differently when it multiplies two rows at once
        for state, kept in zip(states, after, strict=True):
            np.testing.assert_allclose(state[row], kept[0], rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(sequence[row, mask[row]], short[0], rtol=1e-12, atol=1e-14)


MASKED = {
    "nothing masked": ([1, 1, 1], [1, 2, 3], [1, 2, 3], 3),
    "to the right": ([1, 1, 0], [1, 2, 2], [1, 2, 0], 2),
    "to the left": ([0, 1, 1], [0, 1, 2], [0, 1, 2], 2),
    "between": ([1, 0, 1], [1, 1, 2], [1, 0, 2], 2),
    "everything": ([0, 0, 0], [0, 0, 0], [0, 0, 0], 0),
}


@pytest.mark.parametrize(("mask", "repeated", "zeroed", "state"), MASKED.values(), ids=MASKED)
def test_masked_steps_repeat_the_output_or_give_zero_and_keep_the_state(
    mask: list[int], repeated: list[int], zeroed: list[int], state: int
) -> None:
    counter = SimpleRNN(a([1]), a([1]), activation="linear")
    for zero, expected in [(False, repeated), (True, zeroed)]:
        sequence, [after] = run(
            counter, np.ones((1, 3, 1)), mask=a(mask), zero_output_for_mask=zero
        )
        assert sequence.ravel().tolist() == expected
        assert after.item() == state


def test_before_the_first_step_that_counts_the_output_is_zero_for_any_state() -> None:
    cell = SimpleRNN(a([1]), a([1]), activation="linear")
    sequence, [after] = run(cell, np.ones((1, 2, 1)), [a([7])], mask=a([0, 0]))
    assert sequence.ravel().tolist() == [0, 0]
    assert after.item() == 7


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_a_sequence_of_no_steps_gives_back_the_initial_states(make: Callable[[int], Cell]) -> None:
    cell = make(0)
    sequence, states = run(cell, zeros(BATCH, 0, FEATURES), start(cell))
    assert sequence.shape == (BATCH, 0, UNITS)
    same(states, tuple(start(cell)))


@pytest.mark.parametrize("make", CELLS.values(), ids=CELLS)
def test_states_are_zeros_by_default(make: Callable[[int], Cell]) -> None:
    cell = make(0)
    x = np.ones((BATCH, TIME, FEATURES))
    by_default, states = run(cell, x)
    explicit, after = run(cell, x, cell.zero_states(BATCH))
    same((by_default, *states), (explicit, *after))


def test_float32_is_converted_exactly_and_all_results_are_float64() -> None:
    kernel, recurrent_kernel = (array.astype(np.float32) for array in weights(0, 4))
    x = np.full((BATCH, TIME, FEATURES), 0.1, dtype=np.float32)
    sequence, states = run(LSTM(kernel, recurrent_kernel), x)
    wide = LSTM(kernel.astype(np.float64), recurrent_kernel.astype(np.float64))
    expected, after = run(wide, x.astype(np.float64))
    assert {array.dtype for array in (sequence, *states)} == {np.dtype(np.float64)}
    same((sequence, *states), (expected, *after))


def test_a_cell_does_not_change_with_the_arrays_given_to_it() -> None:
    kernel, recurrent_kernel = weights(0, 1)
    cell = SimpleRNN(kernel, recurrent_kernel)
    before = kernel.copy()
    kernel[:] = 0
    same((cell.kernel,), (before,))


@given(inputs, masks)
def test_stacked_cells_equal_consecutive_layers(x: np.ndarray, mask: np.ndarray) -> None:
    below, above = LSTM(*weights(0, 4)), GRU(*weights(1, 3, UNITS))
    between, (h, c) = run(below, x, mask=mask)
    sequence, [state] = run(above, between, mask=mask)
    together, states = run(Stacked((below, above)), x, mask=mask)
    same((together, *states), (sequence, h, c, state))


MERGED: dict[str | None, Callable[[np.ndarray, np.ndarray], list[np.ndarray]]] = {
    "concat": lambda ahead, back: [np.concatenate([ahead, back], axis=-1)],
    "sum": lambda ahead, back: [ahead + back],
    "mul": lambda ahead, back: [ahead * back],
    "ave": lambda ahead, back: [ahead / 2 + back / 2],
    None: lambda ahead, back: [ahead, back],
}


@pytest.mark.parametrize("merge", MERGED)
@given(x=inputs, mask=masks)
def test_bidirectional_merges_two_runs(merge: str | None, x: np.ndarray, mask: np.ndarray) -> None:
    forward, backward = GRU(*weights(0, 3)), LSTM(*weights(1, 4))
    initial = [*start(forward), *start(backward)]
    ahead, ahead_states = run(forward, x, initial[:1], mask=mask)
    back, back_states = run(backward, x, initial[1:], mask=mask, go_backwards=True)

    last, states = bidirectional(
        forward, backward, x, initial, mask=mask, merge=merge, return_sequences=False
    )
    same(last, tuple(MERGED[merge](ahead[:, -1], back[:, -1])))
    same(states, ahead_states + back_states)

    outputs, states = bidirectional(forward, backward, x, initial, mask=mask, merge=merge)
    counting = mask[..., None]
    same(outputs, tuple(MERGED[merge](ahead * counting, back[:, ::-1] * counting)))
    same(states, ahead_states + back_states)


def test_bidirectional_without_states_starts_from_zeros() -> None:
    cells = GRU(*weights(0, 3)), LSTM(*weights(1, 4))
    x = np.ones((BATCH, TIME, FEATURES))
    outputs, states = bidirectional(*cells, x)
    zero = [*cells[0].zero_states(BATCH), *cells[1].zero_states(BATCH)]
    explicit, after = bidirectional(*cells, x, zero)
    same(outputs + states, explicit + after)
