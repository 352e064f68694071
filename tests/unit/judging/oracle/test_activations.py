"""The activations: known values, and inputs at which digits may be lost."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging.oracle.activations import ACTIVATIONS
from tests.support.oracle_values import CLOSE, a, sigmoid

VALUES = {
    "linear": [(-2.0, -2.0), (3.0, 3.0)],
    "tanh": [(0.0, 0.0), (0.5, math.tanh(0.5)), (-40.0, -1.0)],
    "sigmoid": [(0.0, 0.5), (2.0, sigmoid(2.0)), (-2.0, sigmoid(-2.0)), (-1e4, 0.0), (1e4, 1.0)],
    "hard_sigmoid (Keras 2)": [
        (-2.6, 0.0),
        (-2.5, 0.0),
        (-2.4, 0.02),
        (0.0, 0.5),
        (1.0, 0.7),
        (2.4, 0.98),
        (2.5, 1.0),
        (2.6, 1.0),
    ],
    "hard_sigmoid (Keras 3)": [
        (-3.1, 0.0),
        (-3.0, 0.0),
        (-2.4, 0.1),
        (0.0, 0.5),
        (1.0, 2 / 3),
        (2.4, 0.9),
        (3.0, 1.0),
        (3.1, 1.0),
    ],
    "relu": [(-1.0, 0.0), (0.0, 0.0), (2.0, 2.0)],
    "elu": [(-1.0, 1 / math.e - 1), (2.0, 2.0), (1e4, 1e4)],
    "selu": [(-1.0, -1.1113307378125625), (1.0, 1.0507009873554805)],
    "softplus": [(0.0, math.log(2)), (1e4, 1e4)],
    "softsign": [(-1.0, -0.5), (3.0, 0.75)],
    "swish": [(0.0, 0.0), (2.0, 2 * sigmoid(2.0))],
    "gelu": [(1.0, 0.8413447460685429), (-1.0, -0.15865525393145707), (1e4, 1e4)],
}


def test_every_activation_has_known_values() -> None:
    assert VALUES.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", VALUES)
def test_each_activation_has_its_known_values(name: str) -> None:
    x, expected = np.array(VALUES[name]).T
    # near the kinks of a hard_sigmoid, the rest of the sum is as exact as the sum
    np.testing.assert_allclose(ACTIVATIONS[name](x), expected, rtol=CLOSE, atol=CLOSE)


SMALL = {
    "gelu": (-10.0, -7.619853024160526e-23),
    "softplus": (-700.0, math.exp(-700)),
    "elu": (-1e-20, -1e-20),
}


@pytest.mark.parametrize(("name", "x", "expected"), [(name, *SMALL[name]) for name in SMALL])
def test_small_values_keep_their_digits(name: str, x: float, expected: float) -> None:
    np.testing.assert_allclose(ACTIVATIONS[name](a(x)), expected, rtol=1e-14, atol=0)


@given(st.floats(-700, 700))
def test_sigmoid_is_precise_everywhere(x: float) -> None:
    with localcontext(prec=50):
        exact = 1 / (1 + (-Decimal(x)).exp())
        error = abs(Decimal(float(ACTIVATIONS["sigmoid"](a(x))[0])) / exact - 1)
    assert error < CLOSE
