"""Masks inside a layer: what each kind of layer, and each option of it, makes of masked steps.

The first sample is padded at its end, the second one has a gap. A masked step keeps the state; its
output repeats the output of the step before, or is zeros.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

MASK = np.array([[1, 1, 0], [1, 0, 1]], bool)
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)
start = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)


def weighted(layer):
    """The layer with fixed weights."""
    layer.build(x.shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


class Halves(tf.keras.layers.Layer):
    """A cell whose output is not its state: it counts the steps, and adds half of its count."""

    state_size = output_size = 3

    def call(self, inputs, states):
        return inputs + states[0] / 2, [states[0] + 1]


def scenario(variant, step):
    layers = tf.keras.layers
    mask = tf.constant(MASK)
    states = [tf.constant(start), tf.constant(-start)]
    see_all = {"return_sequences": True, "return_state": True}

    with step("SimpleRNN") as see:
        rnn = weighted(layers.SimpleRNN(2, **see_all))
        out, hidden = rnn(x, mask=mask, initial_state=states[:1])
        see(output=out, hidden=hidden)

    with step("LSTM") as see:
        lstm = weighted(layers.LSTM(2, **see_all))
        out, hidden, cell = lstm(x, mask=mask, initial_state=states)
        see(output=out, hidden=hidden, cell=cell)

    with step("GRU") as see:
        gru = weighted(layers.GRU(2, **see_all))
        out, hidden = gru(x, mask=mask, initial_state=states[:1])
        see(output=out, hidden=hidden)

    with step("RNN of LSTMCell") as see:
        rnn = weighted(layers.RNN(layers.LSTMCell(2), **see_all))
        out, hidden, cell = rnn(x, mask=mask, initial_state=states)
        see(output=out, hidden=hidden, cell=cell)

    for name, unroll in (
        ("RNN of two stacked cells", False),
        ("RNN of two stacked cells, unrolled", True),
    ):
        with step(name) as see:
            cells = [layers.LSTMCell(2), layers.SimpleRNNCell(2)]
            rnn = weighted(layers.RNN(cells, unroll=unroll, **see_all))
            out, *final = rnn(x, mask=mask)
            final = tf.nest.flatten(final)
            see(output=out, first_hidden=final[0], first_cell=final[1], hidden=final[2])

    for name, unroll in (
        ("RNN of a cell whose output is not its state", False),
        ("RNN of a cell whose output is not its state, unrolled", True),
    ):
        with step(name) as see:
            out, count = layers.RNN(Halves(), unroll=unroll, **see_all)(x, mask=mask)
            see(output=out, count=count)

    with step("LSTM, last output alone") as see:
        see(output=weighted(layers.LSTM(2))(x, mask=mask))

    with step("LSTM, go_backwards") as see:
        lstm = weighted(layers.LSTM(2, go_backwards=True, **see_all))
        out, hidden, cell = lstm(x, mask=mask)
        see(output=out, hidden=hidden, cell=cell)

    with step("GRU, go_backwards, unrolled") as see:
        gru = weighted(layers.GRU(2, go_backwards=True, unroll=True, **see_all))
        out, hidden = gru(x, mask=mask)
        see(output=out, hidden=hidden)

    with step("LSTM, zero_output_for_mask") as see:
        lstm = weighted(layers.LSTM(2, zero_output_for_mask=True, **see_all))
        out, hidden, cell = lstm(x, mask=mask)
        see(output=out, hidden=hidden, cell=cell)

    with step("GRU, zero_output_for_mask, last output alone") as see:
        see(output=weighted(layers.GRU(2, zero_output_for_mask=True))(x, mask=mask))

    with step("LSTM, implementation 1") as see:
        lstm = weighted(layers.LSTM(2, implementation=1, **see_all))
        out, hidden, cell = lstm(x, mask=mask)
        see(output=out, hidden=hidden, cell=cell)

    with step("GRU, implementation 1") as see:
        gru = weighted(layers.GRU(2, implementation=1, **see_all))
        out, hidden = gru(x, mask=mask)
        see(output=out, hidden=hidden)

    with step("LSTM, time_major") as see:
        lstm = weighted(layers.LSTM(2, time_major=True, **see_all))
        out, hidden, cell = lstm(x.transpose(1, 0, 2), mask=tf.constant(MASK.T))
        see(output=out, hidden=hidden, cell=cell)

    with step("GRU, time_major False in a config") as see:
        config = dict(layers.GRU(2, **see_all).get_config(), time_major=False)
        out, hidden = weighted(layers.GRU.from_config(config))(x, mask=mask)
        see(output=out, hidden=hidden)

    with step("stateful GRU, a call with all steps masked between two") as see:
        gru = weighted(layers.GRU(2, stateful=True, **see_all))
        gru(x, mask=mask)
        _, between = gru(x, mask=tf.zeros_like(mask))
        out, hidden = gru(x, mask=mask)
        see(between=between, output=out, hidden=hidden)

    with step("SimpleRNN, not a number in the masked steps") as see:
        rnn = weighted(layers.SimpleRNN(2, **see_all))
        with_gaps = tf.constant(np.where(MASK[:, :, None], x, np.float32("nan")))
        with tf.GradientTape() as tape:
            out, hidden = rnn(with_gaps, mask=mask)
            loss = tf.reduce_sum(hidden)
        gradients = tape.gradient(loss, rnn.trainable_variables)
        finite = all(np.isfinite(gradient).all() for gradient in gradients)
        see(output=out, hidden=hidden, gradients_are_numbers=finite)


if __name__ == "__main__":
    alone(scenario)
