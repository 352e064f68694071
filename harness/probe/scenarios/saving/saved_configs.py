"""Configs: a layer, or a model, that is made from the config of another one, with its weights."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)


class Leaky(layers.Layer):
    """A cell of one's own that keeps a part of its state."""

    def __init__(self, units, keep=0.5, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units
        self.keep = keep

    def call(self, inputs, states):
        state = self.keep * states[0] + inputs
        return state, [state]

    def get_config(self):
        return dict(super().get_config(), units=self.units, keep=self.keep)


class Forgetful(Leaky):
    """The same, without a config of its own."""

    get_config = layers.Layer.get_config


def weighted(layer):
    """The layer with fixed weights."""
    layer.build(x.shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def again(layer, **how):
    """A layer that is made from the config of `layer`, with the same fixed weights."""
    return weighted(type(layer).from_config(layer.get_config(), **how))


def scenario(variant, step):
    for name, make in (
        ("LSTM", lambda: layers.LSTM(2, recurrent_activation="hard_sigmoid", use_bias=False)),
        ("GRU, reset_after=False", lambda: layers.GRU(2, reset_after=False)),
        ("SimpleRNN, go_backwards", lambda: layers.SimpleRNN(2, go_backwards=True)),
        ("RNN of an LSTMCell", lambda: layers.RNN(layers.LSTMCell(2))),
        ("RNN of two cells", lambda: layers.RNN([layers.GRUCell(2), layers.SimpleRNNCell(2)])),
    ):
        with step(name) as see:
            see(output=again(make())(x))

    with step("cell of one's own") as see:
        rnn = layers.RNN(Leaky(3, keep=0.25))
        see(output=again(rnn, custom_objects={"Leaky": Leaky})(x))

    with step("cell of one's own, two of them") as see:
        rnn = layers.RNN([Leaky(3, keep=0.25), Leaky(3, keep=0.75)])
        see(output=again(rnn, custom_objects={"Leaky": Leaky})(x))

    with step("cell of one's own, in a scope") as see:
        rnn = layers.RNN(Leaky(3, keep=0.25))
        with tf.keras.utils.custom_object_scope({"Leaky": Leaky}):
            see(output=again(rnn)(x))

    with step("cell of one's own, no get_config") as see:
        see(output=again(layers.RNN(Forgetful(3)), custom_objects={"Forgetful": Forgetful})(x))

    with step("stateful, the state does not travel") as see:
        layer = weighted(layers.SimpleRNN(2, stateful=True))
        layer(x)
        see(output=again(layer)(x))

    with step("dropout, rates travel") as see:
        layer = layers.LSTM(2, dropout=0.25, recurrent_dropout=0.5)
        copy = layers.LSTM.from_config(layer.get_config())
        see(dropout=copy.dropout, recurrent_dropout=copy.recurrent_dropout)

    with step("implementation travels") as see:
        copy = layers.LSTM.from_config(layers.LSTM(2, implementation=1).get_config())
        see(implementation=copy.implementation)

    with step("half precision travels") as see:
        layer = layers.LSTM(2, dtype="float16")
        copy = layers.LSTM.from_config(layer.get_config())
        see(output=np.zeros(0, copy.compute_dtype))

    with step("config of Keras 2") as see:
        config = dict(layers.LSTM(2).get_config(), implementation=2, time_major=False)
        see(output=weighted(layers.LSTM.from_config(config))(x))

    with step("model, to_json") as see:
        inputs = tf.keras.Input(x.shape[1:], batch_size=2)
        model = tf.keras.Model(inputs, weighted(layers.SimpleRNN(2, stateful=True))(inputs))
        copy = tf.keras.models.model_from_json(model.to_json())
        copy.set_weights(model.get_weights())
        see(output=copy(x))


if __name__ == "__main__":
    alone(scenario)
