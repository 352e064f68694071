"""The float64 reference against ONNX Runtime: the same layers by other people, in float32."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import onnxruntime
import pytest
from onnx import NodeProto, TensorProto, helper

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, Stacked
from harness.judging.oracle.layers import bidirectional, run

BOUND = 8.0  # of `distance`: layers of 6 units stay below 4, those of 128 below 6
OPSET, IR_VERSION = 14, 8  # old enough for any release that installs

BATCH, TIME, FEATURES, UNITS = 4, 9, 5, 6
LENGTHS = (9, 1, 4, 6)

Layer = SimpleRNN | LSTM | GRU
Kind = TypeVar("Kind", SimpleRNN, LSTM, GRU)
# by kind: the operator, and the arguments that name its activations, in ONNX' order
OPERATORS: Mapping[type[Cell], tuple[str, list[str]]] = {
    SimpleRNN: ("RNN", ["activation"]),
    LSTM: ("LSTM", ["recurrent_activation", "activation", "activation"]),
    GRU: ("GRU", ["recurrent_activation", "activation"]),
}
# by activation: the name, alpha and beta of the same function in ONNX
FUNCTIONS: Mapping[str, tuple[str, list[float], list[float]]] = {
    "tanh": ("Tanh", [], []),
    "sigmoid": ("Sigmoid", [], []),
    "hard_sigmoid (Keras 2)": ("HardSigmoid", [0.2], [0.5]),
    "hard_sigmoid (Keras 3)": ("HardSigmoid", [1 / 6], [0.5]),
    "relu": ("Relu", [], []),
    "softsign": ("Softsign", [], []),
    "softplus": ("Softplus", [], []),
    "elu": ("Elu", [1.0], []),
}


def draw(seed: int, *shape: int) -> np.ndarray:
    """Normal values of the variance 1 / shape[0], in float32."""
    values = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return np.asarray(values / np.sqrt(np.float32(shape[0])))


def layer(
    kind: type[Kind], *, seed: int, features: int = FEATURES, units: int = UNITS, **options: Any
) -> Kind:
    width = kind.gates * units
    biases = (2, width) if kind is GRU and options.get("reset_after", True) else (width,)
    return kind(
        draw(seed, features, width),
        draw(seed + 1, units, width) / 2,  # so that roundings die out and do not grow
        draw(seed + 2, *biases),
        **options,
    )


def rows(layer: Layer, columns: np.ndarray) -> np.ndarray:
    """Keras' columns (n, gates * units) as ONNX' rows, of which an LSTM's are i, o, f, c."""
    gates = np.split(columns, layer.gates, axis=1)
    if isinstance(layer, LSTM):
        i, f, c, o = gates
        gates = [i, o, f, c]
    return np.concatenate(gates, axis=1).T


def weights(layer: Layer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W (gates * units, features), R (gates * units, units), B (2 * gates * units,)."""
    bias = np.zeros((2, layer.gates * layer.units))  # of the input, of the state
    if layer.bias is not None:
        bias[: layer.bias.ndim] = layer.bias
    return (
        rows(layer, layer.kernel),
        rows(layer, layer.recurrent_kernel),
        rows(layer, bias).T.ravel(),
    )


def operator(layers: Sequence[Layer], direction: str) -> NodeProto:
    """One layer, or those of both directions, as a node with ONNX' names for inputs and outputs."""
    name, activations = OPERATORS[type(layers[0])]
    functions = [FUNCTIONS[getattr(layer, each)] for layer in layers for each in activations]
    node = helper.make_node(
        name,
        ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c"],
        ["Y", "Y_h", "Y_c"],
        direction=direction,
        hidden_size=layers[0].units,
        activations=[function for function, _, _ in functions],
        activation_alpha=[value for _, alpha, _ in functions for value in alpha] or None,
        activation_beta=[value for _, _, beta in functions for value in beta] or None,
    )
    if isinstance(layers[0], GRU):
        reset_after = helper.make_attribute("linear_before_reset", int(layers[0].reset_after))
        node.attribute.append(reset_after)
    if not isinstance(layers[0], LSTM):
        del node.input[-1], node.output[-1]
    return node


def evaluate(node: NodeProto, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """All outputs of the node, of these inputs."""
    graph = helper.make_graph(
        [node],
        "layer",
        [
            helper.make_tensor_value_info(
                name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape
            )
            for name, array in inputs.items()
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in node.output],
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, ir_version=IR_VERSION, opset_imports=[opset])
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return list(session.run(None, inputs))


def theirs(
    layers: Sequence[Layer],
    direction: str,
    x: np.ndarray,
    initial_state: Sequence[np.ndarray],
    lengths: Sequence[int],
) -> list[np.ndarray]:
    """By ONNX Runtime: the outputs (batch, time, units) of each direction, then the states.

    Directions are the outer axis, or the outer order, everywhere.
    """
    count = len(layers[0].state_sizes)
    arrays = {
        "X": x.transpose(1, 0, 2),
        "W": np.stack([weights(layer)[0] for layer in layers]),
        "R": np.stack([weights(layer)[1] for layer in layers]),
        "B": np.stack([weights(layer)[2] for layer in layers]),
        "initial_h": np.stack(initial_state[::count]),
        "initial_c": np.stack(initial_state[count - 1 :: count]),
    }
    node = operator(layers, direction)
    inputs = {
        name: arrays[name].astype(np.float32) for name in node.input if name != "sequence_lens"
    }
    inputs["sequence_lens"] = np.array(lengths, dtype=np.int32)
    y, *states = evaluate(node, inputs)
    return [*y.transpose(1, 2, 0, 3), *np.stack(states, axis=1).reshape(-1, *states[0].shape[1:])]


def ours(
    cells: Sequence[Cell],
    direction: str,
    x: np.ndarray,
    initial_state: Sequence[np.ndarray],
    lengths: Sequence[int],
) -> list[np.ndarray]:
    """The same by the reference, which has to put what went backwards in the order of time."""
    mask = np.arange(x.shape[1]) < np.array(lengths)[:, None]
    if direction == "bidirectional":
        forward, backward = cells
        outputs, states = bidirectional(forward, backward, x, initial_state, mask=mask, merge=None)
        return [*outputs, *states]
    [cell] = cells
    back = direction == "reverse"
    sequence, states = run(
        cell, x, initial_state, mask=mask, go_backwards=back, zero_output_for_mask=True
    )
    return [sequence[:, ::-1] if back else sequence, *states]


def distance(expected: np.ndarray, actual: np.ndarray) -> float:
    """The largest difference, in units in the last place of a float32 as large as the largest
    magnitude that is expected.
    """
    assert actual.shape == expected.shape
    unit = np.spacing(np.float32(np.abs(expected).max()))
    return float(np.abs(actual - expected).max() / unit)


LAYERS: dict[str, Callable[[int], Layer]] = {
    "SimpleRNN": lambda seed: layer(SimpleRNN, seed=seed),
    "SimpleRNN, relu": lambda seed: layer(SimpleRNN, seed=seed, activation="relu"),
    "SimpleRNN, softplus": lambda seed: layer(SimpleRNN, seed=seed, activation="softplus"),
    "SimpleRNN without bias": lambda seed: replace(layer(SimpleRNN, seed=seed), bias=None),
    "LSTM": lambda seed: layer(LSTM, seed=seed),
    "LSTM, softsign": lambda seed: layer(LSTM, seed=seed, activation="softsign"),
    "LSTM, relu": lambda seed: layer(LSTM, seed=seed, activation="relu"),
    "LSTM, hard_sigmoid of Keras 2": lambda seed: layer(
        LSTM, seed=seed, recurrent_activation="hard_sigmoid (Keras 2)"
    ),
    "LSTM, hard_sigmoid of Keras 3": lambda seed: layer(
        LSTM, seed=seed, recurrent_activation="hard_sigmoid (Keras 3)"
    ),
    "LSTM without bias": lambda seed: replace(layer(LSTM, seed=seed), bias=None),
    "GRU, reset after": lambda seed: layer(GRU, seed=seed),
    "GRU, reset after, hard_sigmoid of Keras 2": lambda seed: layer(
        GRU, seed=seed, recurrent_activation="hard_sigmoid (Keras 2)"
    ),
    "GRU, reset after, elu": lambda seed: layer(GRU, seed=seed, activation="elu"),
    "GRU, reset after, without bias": lambda seed: replace(layer(GRU, seed=seed), bias=None),
    "GRU, reset before": lambda seed: layer(GRU, seed=seed, reset_after=False),
    "GRU, reset before, hard_sigmoid of Keras 3": lambda seed: layer(
        GRU, seed=seed, reset_after=False, recurrent_activation="hard_sigmoid (Keras 3)"
    ),
    "GRU, reset before, softsign": lambda seed: layer(
        GRU, seed=seed, reset_after=False, activation="softsign"
    ),
}
FULL = (TIME,) * BATCH
# direction, whether the states begin at zero, lengths of the sequences
RUNS = {
    "forward": ("forward", True, FULL),
    "forward, initial states": ("forward", False, FULL),
    "forward, masked": ("forward", False, LENGTHS),
    "reverse": ("reverse", True, FULL),
    "reverse, masked": ("reverse", False, LENGTHS),
    "bidirectional": ("bidirectional", False, FULL),
    "bidirectional, masked": ("bidirectional", False, LENGTHS),
}


def states_for(layers: Sequence[Cell], *, zero: bool = False) -> list[np.ndarray]:
    sizes = [size for layer in layers for size in layer.state_sizes]
    return [draw(50 + n, BATCH, size) * (not zero) for n, size in enumerate(sizes)]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(("direction", "zero", "lengths"), RUNS.values(), ids=RUNS)
def test_every_array_agrees(name: str, direction: str, zero: bool, lengths: Sequence[int]) -> None:
    layers = [LAYERS[name](10), LAYERS[name](20)][: 2 if direction == "bidirectional" else 1]
    initial = states_for(layers, zero=zero)
    x = draw(1, BATCH, TIME, FEATURES)
    expected = ours(layers, direction, x, initial, lengths)
    actual = theirs(layers, direction, x, initial, lengths)
    distances = list(map(distance, expected, actual))
    assert len(expected) == len(actual)
    assert max(distances) <= BOUND, distances


USUAL: dict[str, Layer] = {
    "SimpleRNN": layer(SimpleRNN, seed=10, features=64, units=128),
    "LSTM": layer(LSTM, seed=10, features=64, units=128),
    "GRU": layer(GRU, seed=10, features=64, units=128),
}


@pytest.mark.parametrize("wide", USUAL.values(), ids=USUAL)
def test_a_layer_of_a_usual_size_agrees(wide: Layer) -> None:
    x, initial = draw(1, 32, 50, 64), [draw(2, 32, 128) for _ in wide.state_sizes]
    expected = ours([wide], "forward", x, initial, [50] * 32)
    actual = theirs([wide], "forward", x, initial, [50] * 32)
    distances = list(map(distance, expected, actual))
    assert max(distances) <= BOUND, distances


@pytest.mark.parametrize("direction", ["forward", "reverse"])
def test_stacked_cells_are_operators_in_a_row(direction: str) -> None:
    below, above = layer(LSTM, seed=10), layer(GRU, seed=20, features=UNITS)
    x, initial = draw(1, BATCH, TIME, FEATURES), states_for([below, above])
    between, h, c = theirs([below], direction, x, initial[:2], LENGTHS)
    sequence, state = theirs([above], direction, between, initial[2:], LENGTHS)
    expected = ours([Stacked((below, above))], direction, x, initial, LENGTHS)
    distances = list(map(distance, expected, [sequence, h, c, state]))
    assert max(distances) <= BOUND, distances


def swapped(layer: Layer, one: int, other: int) -> Layer:
    """With the columns of two gates exchanged."""
    order = list(range(layer.gates))
    order[one], order[other] = order[other], order[one]

    def exchange(columns: np.ndarray) -> np.ndarray:
        gates = np.split(columns, layer.gates, axis=-1)
        return np.concatenate([gates[gate] for gate in order], axis=-1)

    assert layer.bias is not None
    return replace(
        layer,
        kernel=exchange(layer.kernel),
        recurrent_kernel=exchange(layer.recurrent_kernel),
        bias=exchange(layer.bias),
    )


FOUR_GATES, THREE_GATES = layer(LSTM, seed=10), layer(GRU, seed=10)
NO_BIAS = replace(THREE_GATES, bias=None)
HARD = replace(FOUR_GATES, recurrent_activation="hard_sigmoid (Keras 2)")
# the layer that ONNX Runtime computes, and the one that the reference does
OTHERS: dict[str, tuple[Layer, Layer]] = {
    **{
        f"LSTM, gates {one} and {other} swapped": (FOUR_GATES, swapped(FOUR_GATES, one, other))
        for one, other in itertools.combinations(range(4), 2)
    },
    **{
        f"GRU, gates {one} and {other} swapped": (THREE_GATES, swapped(THREE_GATES, one, other))
        for one, other in itertools.combinations(range(3), 2)
    },
    "reset before for reset after": (NO_BIAS, replace(NO_BIAS, reset_after=False)),
    "both biases on the input": (
        THREE_GATES,
        replace(THREE_GATES, bias=np.array([[1, 1], [0, 0]]) @ THREE_GATES.bias),
    ),
    "no bias": (THREE_GATES, NO_BIAS),
    "the other hard_sigmoid": (
        HARD,
        replace(HARD, recurrent_activation="hard_sigmoid (Keras 3)"),
    ),
}


@pytest.mark.parametrize(("computed", "other"), OTHERS.values(), ids=OTHERS)
def test_another_layer_does_not_agree(computed: Layer, other: Layer) -> None:
    x, initial = draw(1, BATCH, TIME, FEATURES), states_for([computed])
    expected = ours([other], "forward", x, initial, FULL)
    actual = theirs([computed], "forward", x, initial, FULL)
    assert distance(expected[0], actual[0]) > 1000 * BOUND


@pytest.mark.parametrize(
    ("direction", "lengths", "initial"),
    [("reverse", FULL, [0, 1]), ("forward", LENGTHS, [0, 1]), ("forward", FULL, [1, 0])],
    ids=["another direction", "another mask", "states exchanged"],
)
def test_another_run_does_not_agree(
    direction: str, lengths: Sequence[int], initial: Sequence[int]
) -> None:
    lstm, x = layer(LSTM, seed=10), draw(1, BATCH, TIME, FEATURES)
    states = states_for([lstm])
    expected = ours([lstm], direction, x, [states[n] for n in initial], lengths)
    actual = theirs([lstm], "forward", x, states, FULL)
    assert distance(expected[0], actual[0]) > 1000 * BOUND
