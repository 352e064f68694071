"""Ragged input: sequences of unequal length in one tensor, without a mask."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)
start = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)


def weighted(layer):
    """The layer with fixed weights."""
    layer.build((2, None, 3))
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def scenario(variant, step):
    layers = tf.keras.layers
    ragged = tf.RaggedTensor.from_tensor(x, lengths=[3, 2])

    with step("SimpleRNN") as see:
        see(output=weighted(layers.SimpleRNN(2))(ragged))

    with step("GRU") as see:
        see(output=weighted(layers.GRU(2))(ragged))

    with step("LSTM, outputs and states") as see:
        lstm = layers.LSTM(2, return_sequences=True, return_state=True)
        out, hidden, cell = weighted(lstm)(ragged)
        see(output=out.to_tensor(), lengths=out.row_lengths(), hidden=hidden, cell=cell)

    with step("SimpleRNN, initial_state") as see:
        rnn = weighted(layers.SimpleRNN(2))
        see(output=rnn(ragged, initial_state=[tf.constant(start)]))

    with step("SimpleRNN, go_backwards") as see:
        see(output=weighted(layers.SimpleRNN(2, go_backwards=True))(ragged))

    with step("SimpleRNN, and a mask") as see:
        mask = tf.constant([[True, True, True], [True, True, False]])
        see(output=weighted(layers.SimpleRNN(2))(ragged, mask=mask))

    with step("Bidirectional") as see:
        inner = layers.SimpleRNN(2)
        see(output=weighted(layers.Bidirectional(inner, merge_mode="sum"))(ragged))

    with step("functional model") as see:
        inputs = tf.keras.Input((None, 3), ragged=True)
        outputs = weighted(layers.SimpleRNN(2))(inputs)
        see(output=tf.keras.Model(inputs, outputs)(ragged))

    with step("made dense, and masked") as see:
        masked = layers.Masking(mask_value=7.0)(ragged.to_tensor(default_value=7.0))
        see(output=weighted(layers.SimpleRNN(2))(masked))


if __name__ == "__main__":
    alone(scenario)
