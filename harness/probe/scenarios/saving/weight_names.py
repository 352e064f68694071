"""Weight names: the name of each weight in full, with its shape, and its path where there is one.

Numbers that Keras adds to names count the layers of a process, and are left out.
"""

import re

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
shape = (2, 3, 2)


class Leaky(layers.Layer):
    """A cell of one's own, with a weight."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            name="kernel", shape=(input_shape[-1], self.units), initializer="ones"
        )
        self.built = True

    def call(self, inputs, states):
        state = 0.5 * states[0] + tf.matmul(inputs, self.kernel)
        return state, [state]


def built(layer):
    layer(np.zeros(shape, np.float32))
    return layer


def named(weights, attribute="name"):
    """The shapes of weights by their names, each with its place in the list."""
    names = [re.sub(r"_\d+(?=[/:]|$)", "", getattr(weight, attribute)) for weight in weights]
    shapes = [tuple(weight.shape) for weight in weights]
    return {"{} {}".format(at, name): shape for at, (name, shape) in enumerate(zip(names, shapes))}


def scenario(variant, step):
    for name, make in (
        ("SimpleRNN", lambda: layers.SimpleRNN(2, name="rnn")),
        ("LSTM", lambda: layers.LSTM(2, name="rnn")),
        ("ConvLSTM2D", lambda: layers.ConvLSTM2D(2, 1, name="rnn")),
        ("RNN of a named LSTMCell", lambda: layers.RNN(layers.LSTMCell(2, name="c"), name="rnn")),
        ("RNN of a cell of one's own", lambda: layers.RNN(Leaky(2, name="c"), name="rnn")),
        (
            "RNN of two cells",
            lambda: layers.RNN([layers.GRUCell(2, name=each) for each in "ab"], name="rnn"),
        ),
        ("Bidirectional", lambda: layers.Bidirectional(layers.GRU(2, name="rnn"), name="both")),
        ("TimeDistributed", lambda: layers.TimeDistributed(layers.Dense(2, name="d"), name="t")),
    ):
        with step(name) as see:
            layer = make()
            layer.build((2, 1, 2, 2, 1) if name == "ConvLSTM2D" else shape)
            see(**named(layer.weights))

    with step("LSTM, once it is called") as see:
        see(**named(built(layers.LSTM(2, name="rnn")).weights))

    with step("RNN of two cells, once it is called") as see:
        cells = [layers.GRUCell(2, name=each) for each in "ab"]
        see(**named(built(layers.RNN(cells, name="rnn")).weights))

    with step("Bidirectional, once it is called") as see:
        both = layers.Bidirectional(layers.GRU(2, name="rnn"), name="both")
        see(**named(built(both).weights))

    with step("paths of an LSTM") as see:
        see(**named(built(layers.LSTM(2, name="rnn")).weights, "path"))

    with step("paths of two cells") as see:
        cells = [layers.GRUCell(2, name=each) for each in "ab"]
        see(**named(built(layers.RNN(cells, name="rnn")).weights, "path"))

    with step("stateful LSTM, variables") as see:
        see(**named(built(layers.LSTM(2, stateful=True, name="rnn")).variables))

    with step("LSTM with dropout, variables") as see:
        see(**named(built(layers.LSTM(2, dropout=0.5, name="rnn")).variables))

    with step("stateful LSTM, counts") as see:
        layer = built(layers.LSTM(2, stateful=True))
        see(
            trainable=len(layer.trainable_weights),
            not_trainable=len(layer.non_trainable_weights),
            arrays=len(layer.get_weights()),
        )

    with step("stateful LSTM, counts of variables that are not trained") as see:
        layer = built(layers.LSTM(2, stateful=True))
        see(variables=len(layer.non_trainable_variables))


if __name__ == "__main__":
    alone(scenario)
