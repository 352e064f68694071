"""Layers: each kind of recurrent layer, and each option that changes the results.

Weights and inputs are fixed, so that every number can be compared with a reference.
"""

import numpy as np
import tensorflow as tf
from steps import alone, fixed

VARIANTS = ("fixed",)

ACTIVATIONS = ("linear", "relu", "sigmoid", "hard_sigmoid", "softsign", "softplus", "elu", "selu")
ACTIVATIONS += ("swish", "gelu")  # new in TensorFlow 2.2 and 2.4
PADDED_RIGHT = [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 0]]
MERGE_MODES = ("concat", "sum", "mul", "ave")

batch_size, num_timesteps, input_dim, nodes = 4, 5, 3, 10
h = np.arange(batch_size * nodes, dtype=np.float32).reshape(batch_size, nodes) / 100
c = 1 - 2 * h


def weights(gates, biases=1):
    """Kernel, recurrent kernel and bias; a GRU with `reset_after=True` has two rows of bias."""
    columns = gates * nodes
    bias = np.stack([fixed("bias")[at : at + columns] for at in range(biases)])
    return [
        fixed("kernel")[:, :columns],
        fixed("recurrent_kernel")[:, :columns],
        bias if biases > 1 else bias[0],
    ]


def weighted(layer, *values):
    layer.build((batch_size, num_timesteps, input_dim))
    layer.set_weights([array for group in values for array in group])
    return layer


def scenario(variant, step):
    x = fixed("x").reshape(batch_size, num_timesteps, input_dim)
    states = [tf.constant(h), tf.constant(c)]
    layers = tf.keras.layers
    see_all = {"return_sequences": True, "return_state": True}

    with step("LSTM") as see:
        lstm = weighted(layers.LSTM(nodes, **see_all), weights(4))
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("LSTM, recurrent_activation hard_sigmoid") as see:
        lstm = layers.LSTM(nodes, recurrent_activation="hard_sigmoid", **see_all)
        out, hidden_state, cell_state = weighted(lstm, weights(4))(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("LSTM, hard_sigmoid of Keras 2 written out") as see:
        gate = lambda z: tf.clip_by_value(0.2 * z + 0.5, 0.0, 1.0)  # noqa: E731
        lstm = layers.LSTM(nodes, recurrent_activation=gate, **see_all)
        out, hidden_state, cell_state = weighted(lstm, weights(4))(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("LSTM without bias") as see:
        lstm = weighted(layers.LSTM(nodes, use_bias=False, **see_all), weights(4)[:2])
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("LSTM, unrolled") as see:
        lstm = weighted(layers.LSTM(nodes, unroll=True, **see_all), weights(4))
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("LSTM, go_backwards") as see:
        lstm = weighted(layers.LSTM(nodes, go_backwards=True, **see_all), weights(4))
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    for name, counting in (
        ("padded right", PADDED_RIGHT),
        ("padded left and in between", [[0, 1, 1, 1, 1], [0, 0, 1, 0, 1], [0] * 5, [1] * 5]),
    ):
        with step("LSTM, masked, {}".format(name)) as see:
            lstm = weighted(layers.LSTM(nodes, **see_all), weights(4))
            mask = tf.constant(np.array(counting, bool))
            out, hidden_state, cell_state = lstm(x, mask=mask, initial_state=states)
            see(output=out, hidden=hidden_state, cell=cell_state)

    with step("LSTM, time_major") as see:
        lstm = weighted(layers.LSTM(nodes, time_major=True, **see_all), weights(4))
        out, hidden_state, cell_state = lstm(x.transpose(1, 0, 2), initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("GRU, reset_after") as see:
        gru = weighted(layers.GRU(nodes, reset_after=True, **see_all), weights(3, biases=2))
        out, hidden_state = gru(x, initial_state=states[:1])
        see(output=out, hidden=hidden_state)

    with step("GRU, reset before") as see:
        gru = weighted(layers.GRU(nodes, reset_after=False, **see_all), weights(3))
        out, hidden_state = gru(x, initial_state=states[:1])
        see(output=out, hidden=hidden_state)

    with step("SimpleRNN") as see:
        rnn = weighted(layers.SimpleRNN(nodes, **see_all), weights(1))
        out, hidden_state = rnn(x, initial_state=states[:1])
        see(output=out, hidden=hidden_state)

    for activation in ACTIVATIONS:
        with step("SimpleRNN, activation {}".format(activation)) as see:
            rnn = layers.SimpleRNN(nodes, activation=activation, **see_all)
            out, hidden_state = weighted(rnn, weights(1))(x, initial_state=states[:1])
            see(output=out, hidden=hidden_state)

    with step("RNN of two stacked LSTMCells") as see:
        second = [fixed("recurrent_kernel")[::-1], fixed("recurrent_kernel"), fixed("bias")]
        rnn = layers.RNN([layers.LSTMCell(nodes), layers.LSTMCell(nodes)], **see_all)
        out, *final = weighted(rnn, weights(4), second)(x)
        final = tf.nest.flatten(final)
        see(output=out, hidden=final[2], cell=final[3], first_hidden=final[0], first_cell=final[1])

    for merge_mode in MERGE_MODES:
        with step("Bidirectional LSTM, {}".format(merge_mode)) as see:
            both = layers.Bidirectional(layers.LSTM(nodes, **see_all), merge_mode=merge_mode)
            backward = [array[::-1] for array in weights(4)]
            out, *final = weighted(both, weights(4), backward)(x)
            see(output=out, hidden=final[0], cell=final[1])
            see(backward_hidden=final[2], backward_cell=final[3])

    for name, unroll in (("masked", False), ("masked, unrolled", True)):
        with step("Bidirectional LSTM, {}".format(name)) as see:
            both = layers.Bidirectional(layers.LSTM(nodes, unroll=unroll, **see_all))
            backward = [array[::-1] for array in weights(4)]
            mask = tf.constant(np.array(PADDED_RIGHT, bool))
            out, *final = weighted(both, weights(4), backward)(x, mask=mask)
            see(output=out, hidden=final[0], cell=final[1])
            see(backward_hidden=final[2], backward_cell=final[3])


if __name__ == "__main__":
    alone(scenario)
