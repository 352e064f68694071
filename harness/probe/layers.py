"""Inspects layers: weights, states before and after build and call, returned values, config."""

import numpy as np
import tensorflow as tf

UNITS = 2
SEQUENCE = (2, 2, 3)  # samples, time steps, features

# layers by name: a function that makes the layer from keyword arguments, and the input shape
LAYERS = {
    "RNN": (
        lambda **given: tf.keras.layers.RNN(tf.keras.layers.LSTMCell(UNITS), **given),
        SEQUENCE,
    ),
    "LSTM": (lambda **given: tf.keras.layers.LSTM(UNITS, **given), SEQUENCE),
    "GRU": (lambda **given: tf.keras.layers.GRU(UNITS, **given), SEQUENCE),
    "SimpleRNN": (lambda **given: tf.keras.layers.SimpleRNN(UNITS, **given), SEQUENCE),
    "Bidirectional": (
        lambda **given: tf.keras.layers.Bidirectional(tf.keras.layers.SimpleRNN(UNITS, **given)),
        SEQUENCE,
    ),
    "ConvLSTM1D": (lambda **given: tf.keras.layers.ConvLSTM1D(UNITS, 1, **given), (2, 2, 3, 1)),
    "ConvLSTM2D": (lambda **given: tf.keras.layers.ConvLSTM2D(UNITS, 1, **given), (2, 2, 3, 3, 1)),
    "ConvLSTM3D": (
        lambda **given: tf.keras.layers.ConvLSTM3D(UNITS, 1, **given),
        (2, 2, 3, 3, 3, 1),
    ),
}
CALLED = ("RNN", "LSTM", "GRU", "SimpleRNN", "Bidirectional")  # a convolution costs too much
CELLS = {
    "LSTMCell": lambda: tf.keras.layers.LSTMCell(UNITS),
    "GRUCell": lambda: tf.keras.layers.GRUCell(UNITS),
    "SimpleRNNCell": lambda: tf.keras.layers.SimpleRNNCell(UNITS),
    "StackedRNNCells": lambda: tf.keras.layers.StackedRNNCells([tf.keras.layers.LSTMCell(UNITS)]),
}


def look(send):
    """Send `layers`: a document of facts for each layer and cell that exists. Runs in a child."""
    found = {}
    for name, (make, shape) in LAYERS.items():
        if hasattr(tf.keras.layers, name):
            found[name] = _layer(make, shape, name in CALLED)
    for name, make in CELLS.items():
        found[name] = _cell(make)
    send(layers=found)


def _layer(make, shape, called):
    facts = {}

    def fact(name, look_at):
        try:
            facts[name] = look_at()
        except Exception as error:  # outer boundary: the error is the fact
            facts[name] = "{}: {}".format(type(error).__name__, str(error).splitlines()[:1])

    layer = make(stateful=True, return_state=True)
    fact("config", lambda: _config(layer))
    fact("config kept by from_config", lambda: _kept(layer))
    fact("states before build", lambda: _tensors(layer.states))
    fact("build", lambda: layer.build(shape))
    fact("states after build", lambda: _tensors(layer.states))
    fact("weights", lambda: _tensors(layer.weights))
    if called:
        fact("returned", lambda: _returned(layer(np.ones(shape, np.float32))))
        fact("states after a call", lambda: _tensors(layer.states))
    return facts


def _cell(make):
    cell = make()
    cell.build((SEQUENCE[0], SEQUENCE[2]))
    return {"config": _config(cell), "weights": _tensors(cell.weights)}


def _config(layer):
    """The config as JSON, without the name of the layer, which differs from run to run."""
    return {key: _plain(value) for key, value in layer.get_config().items() if key != "name"}


def _kept(layer):
    """The keys of the config whose values `from_config` restores."""
    config = layer.get_config()
    again = type(layer).from_config(layer.get_config())  # which may empty its argument
    restored = again.get_config()
    return sorted(key for key in config if _plain(restored.get(key)) == _plain(config[key]))


def _returned(values):
    """The shape of each returned array, and whether it equals the first, as h of an LSTM does."""
    arrays = [np.asarray(value) for value in values]
    return [
        "{} {}".format(
            array.shape, "as the first" if np.array_equal(array, arrays[0]) else "another"
        )
        for array in arrays
    ]


def _tensors(values):
    if values is None:
        return "None"
    flat = tf.nest.flatten(list(values))
    return [_tensor(value) for value in flat]


def _tensor(value):
    if value is None:
        return "None"
    name = getattr(value, "name", "").split("/")[-1].split(":")[0]
    kind = "variable" if "Variable" in type(value).__name__ else type(value).__name__
    dtype = getattr(value.dtype, "name", None) or str(value.dtype)
    trainable = " trainable" if getattr(value, "trainable", False) else ""
    return "{} {} {}{}{}".format(name, kind, dtype, tuple(value.shape), trainable).strip()


def _plain(value):
    """A value of a config as JSON; the name of its type where JSON has no such value."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items() if key != "name"}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return type(value).__name__
