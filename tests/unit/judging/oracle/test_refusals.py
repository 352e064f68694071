"""The oracle refuses a layer or an array that does not fit, with its name."""

import re
from collections.abc import Callable

import pytest

from harness.judging.oracle.cells import GRU, LSTM, SimpleRNN, Stacked
from harness.judging.oracle.layers import bidirectional, run
from tests.support.oracle_values import zeros

W, U, RNN = zeros(3, 4), zeros(4, 4), SimpleRNN(zeros(3, 4), zeros(4, 4))

PAIR = LSTM(zeros(3, 16), zeros(4, 16))

INPUT = zeros(2, 5, 3)

NARROW = SimpleRNN(zeros(3, 1), zeros(1, 1))

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "recurrent_kernel, no matrix": (
        lambda: SimpleRNN(W, zeros(4)),
        "recurrent_kernel has shape (4,), needed is (units, 1 * units)",
    ),
    "recurrent_kernel, not square": (
        lambda: SimpleRNN(W, zeros(4, 5)),
        "recurrent_kernel has shape (4, 5), needed is (4, 4)",
    ),
    "recurrent_kernel, of another layer": (
        lambda: LSTM(zeros(3, 16), zeros(4, 12)),
        "recurrent_kernel has shape (4, 12), needed is (4, 16)",
    ),
    "kernel, too narrow": (
        lambda: GRU(zeros(3, 8), zeros(4, 12)),
        "kernel has shape (3, 8), needed is (features, 12)",
    ),
    "kernel, no matrix": (
        lambda: SimpleRNN(zeros(4), U),
        "kernel has shape (4,), needed is (features, 4)",
    ),
    "bias, too long": (
        lambda: SimpleRNN(W, U, zeros(8)),
        "bias has shape (8,), needed is (4,)",
    ),
    "bias, one where two are needed": (
        lambda: GRU(zeros(3, 12), zeros(4, 12), zeros(12)),
        "bias has shape (12,), needed is (2, 12)",
    ),
    "bias, two where one is needed": (
        lambda: GRU(zeros(3, 12), zeros(4, 12), zeros(2, 12), reset_after=False),
        "bias has shape (2, 12), needed is (12,)",
    ),
    "bias, only one row": (
        lambda: SimpleRNN(W, U, zeros(1, 4)),
        "bias has shape (1, 4), needed is (4,)",
    ),
    "activation, not known": (
        lambda: SimpleRNN(W, U, activation="hard_sigmoid"),
        "activation is 'hard_sigmoid', needed is one of linear, tanh, sigmoid, hard_sigmoid (Keras",
    ),
    "recurrent_activation, not known": (
        lambda: LSTM(zeros(3, 16), zeros(4, 16), recurrent_activation="step"),
        "recurrent_activation is 'step', needed is one of linear, tanh",
    ),
    "no cells": (lambda: Stacked(()), "cells is empty, needed is at least one"),
    "cells that do not fit": (
        lambda: Stacked((RNN, RNN)),
        "cells[1] has 3 features instead of 4, the units of cells[0]",
    ),
    "x, other features": (
        lambda: run(RNN, zeros(2, 5, 4)),
        "x has shape (2, 5, 4), needed is (batch, time, 3)",
    ),
    "x, one sequence": (
        lambda: run(RNN, zeros(5, 3)),
        "x has shape (5, 3), needed is (batch, time, 3)",
    ),
    "initial_state, too many": (
        lambda: run(RNN, INPUT, [zeros(2, 4), zeros(2, 4)]),
        "initial_state has 2 arrays instead of 1",
    ),
    "initial_state, too few": (
        lambda: run(PAIR, INPUT, [zeros(2, 4)]),
        "initial_state has 1 array instead of 2",
    ),
    "initial_state, other batch": (
        lambda: run(PAIR, INPUT, [zeros(2, 4), zeros(1, 4)]),
        "initial_state[1] has shape (1, 4), needed is (2, 4)",
    ),
    "mask, not for every step": (
        lambda: run(RNN, INPUT, mask=zeros(2, 4)),
        "mask has shape (2, 4), needed is (2, 5)",
    ),
    "mask, with an axis of features": (
        lambda: run(RNN, INPUT, mask=zeros(2, 5, 1)),
        "mask has shape (2, 5, 1), needed is (2, 5)",
    ),
    "bidirectional, x": (
        lambda: bidirectional(RNN, RNN, zeros(2, 5, 4)),
        "x has shape (2, 5, 4), needed is (batch, time, 3)",
    ),
    "bidirectional, states of one cell": (
        lambda: bidirectional(RNN, RNN, INPUT, [zeros(2, 4)]),
        "initial_state has 1 array instead of 2",
    ),
    "bidirectional, states of backward": (
        lambda: bidirectional(RNN, RNN, INPUT, [zeros(2, 4), zeros(2, 3)]),
        "initial_state[1] has shape (2, 3), needed is (2, 4)",
    ),
    "bidirectional, no such merge": (
        lambda: bidirectional(RNN, RNN, INPUT, merge="mean"),
        "merge is 'mean', needed is one of concat, sum, mul, ave, None",
    ),
    "bidirectional, units that would broadcast": (
        lambda: bidirectional(RNN, NARROW, INPUT, merge="sum"),
        "backward has 1 unit instead of 4, as forward has, to merge by 'sum'",
    ),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_arguments_that_do_not_fit_are_refused_with_their_names(
    make: Callable[[], object], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_outputs_of_different_units_may_be_concatenated_or_kept_separate() -> None:
    [merged], _ = bidirectional(RNN, NARROW, INPUT)
    apart, _ = bidirectional(RNN, NARROW, INPUT, merge=None)
    assert merged.shape == (2, 5, 5)
    assert [array.shape for array in apart] == [(2, 5, 4), (2, 5, 1)]
