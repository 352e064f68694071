"""Declared shapes: what compute_output_shape of a layer and output_shape of a model say.

A dimension that is not known is -1 here, and several shapes stand one after the other.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
known, unknown = (2, 3, 4), (None, None, 4)
makers = {
    "SimpleRNN": lambda **how: layers.SimpleRNN(5, **how),
    "GRU": lambda **how: layers.GRU(5, **how),
    "LSTM": lambda **how: layers.LSTM(5, **how),
    "RNN of an LSTMCell": lambda **how: layers.RNN(layers.LSTMCell(5), **how),
    "Bidirectional": lambda **how: layers.Bidirectional(layers.SimpleRNN(5, **how)),
}


def numbers(shapes):
    """The dimensions of one shape, or of several."""
    dimensions = []
    for part in tf.nest.flatten(shapes):
        dimensions.extend(part if isinstance(part, tf.TensorShape) else [part])
    return [-1 if size is None else int(size) for size in dimensions]


def scenario(variant, step):
    for name, make in makers.items():
        with step(name + ", compute_output_shape") as see:
            see(
                last=numbers(make().compute_output_shape(known)),
                sequences=numbers(make(return_sequences=True).compute_output_shape(known)),
                last_unknown=numbers(make().compute_output_shape(unknown)),
                unknown=numbers(make(return_sequences=True).compute_output_shape(unknown)),
            )

    for name in ("SimpleRNN", "GRU", "LSTM", "RNN of an LSTMCell"):
        make = makers[name]

        with step(name + ", compute_output_shape, return_state") as see:
            both = {"return_sequences": True, "return_state": True}
            see(
                last=numbers(make(return_state=True).compute_output_shape(known)),
                sequences=numbers(make(**both).compute_output_shape(known)),
                unknown=numbers(make(**both).compute_output_shape(unknown)),
            )

    for name in ("SimpleRNN", "LSTM", "RNN of an LSTMCell", "Bidirectional"):
        with step(name + ", output_shape of a model") as see:
            inputs = tf.keras.Input(unknown[1:])
            outputs = makers[name](return_sequences=True, return_state=True)(inputs)
            see(shapes=numbers(tf.keras.Model(inputs, outputs).output_shape))

    with step("SimpleRNN, output_shape of the layer in a model") as see:
        layer = layers.SimpleRNN(5)
        layer(tf.keras.Input(unknown[1:]))
        see(shape=numbers(layer.output_shape))

    with step("SimpleRNN, output_shape of the layer after a call") as see:
        layer = layers.SimpleRNN(5)
        layer(np.zeros(known, np.float32))
        see(shape=numbers(layer.output_shape))

    with step("SimpleRNN, compute_output_shape of a Sequential") as see:
        model = tf.keras.Sequential([tf.keras.Input(unknown[1:]), layers.SimpleRNN(5)])
        see(shape=numbers(model.compute_output_shape(known)))


if __name__ == "__main__":
    alone(scenario)
