"""The activations of recurrent layers, by definition, float64 to float64. Pure."""

import math
from collections.abc import Callable, Mapping

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), precise to a few units in the last place and without overflow."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, small, 1.0) / (1.0 + small))


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0.0)))


def _selu(x: np.ndarray) -> np.ndarray:
    scale, alpha = 1.0507009873554804934, 1.6732632423543772848
    return np.asarray(scale * np.where(x > 0, x, alpha * _elu(x)))


def _gelu(x: np.ndarray) -> np.ndarray:
    """x (1 + erf(x / sqrt 2)) / 2, computed by erfc, to avoid cancellation below 0."""
    erfc = np.vectorize(math.erfc, otypes=[np.float64])
    return np.asarray(0.5 * x * erfc(-x / math.sqrt(2.0)))


ACTIVATIONS: Mapping[str, Function] = {
    "linear": np.positive,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "hard_sigmoid (Keras 2)": lambda x: np.clip(0.2 * x + 0.5, 0.0, 1.0),
    "hard_sigmoid (Keras 3)": lambda x: np.clip(x + 3.0, 0.0, 6.0) / 6.0,
    "relu": lambda x: np.maximum(x, 0.0),
    "elu": _elu,
    "selu": _selu,
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "softsign": lambda x: x / (1.0 + np.abs(x)),
    "swish": lambda x: x * _sigmoid(x),
    "gelu": _gelu,
}
"""Elementwise functions, float64 to float64, by https://keras.io/api/layers/activations/, with the
default arguments.

`hard_sigmoid` has two definitions: clip(0.2 x + 0.5, 0, 1) in Keras 2 and tf_keras, as in Theano
(Courbariaux et al. 2016, arXiv:1602.02830, has (x + 1) / 2), and relu6(x + 3) / 6 in Keras 3
(Howard et al. 2019, arXiv:1905.02244).
"""
