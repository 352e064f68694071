"""Dropout over time: whether the mask is the same in each time step, and what that does in the end.

Inputs, states and weights are ones, so that an output is zero where a unit was dropped, and else
tells by how much the unit was scaled. With 64 units, masks that are drawn apart are never the same.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

n, num_timesteps = 64, 3
x = np.ones((2, num_timesteps, n), np.float32)
eye = np.eye(n, dtype=np.float32)
off, zero, one = 0 * eye, np.zeros(n, np.float32), np.ones(n, np.float32)

# kernel and bias with which the output of a layer is tanh(input), and nothing is kept
lstm_kernel = np.concatenate([off, off, eye, off], axis=1)
lstm_bias = np.concatenate([100 * one, -100 * one, zero, 100 * one])
gru_kernel = np.concatenate([off, off, eye], axis=1)
gru_bias = np.concatenate([-100 * one, zero, zero])


def over_time(layer, *weights):
    """What a layer that puts out its input does with it in each time step."""
    layer.build(x.shape)
    kernel = weights[0]
    layer.set_weights([kernel, np.zeros((n, kernel.shape[1])), *weights[1:]])
    out = np.array(layer(x, training=True))
    return {"units_are_dropped": (out == 0).any(), "same_in_each_step": (out == out[:, :1]).all()}


def kept_state(layer, *weights):
    """The smallest and the largest output after twenty steps of a layer that keeps its state."""
    layer.build(x.shape)
    layer.set_weights(weights)
    states = [tf.ones((1, n))] * (2 if isinstance(layer, tf.keras.layers.LSTM) else 1)
    out = np.array(layer(tf.zeros((1, 20, n)), initial_state=states, training=True))
    return {"smallest": out.min(), "largest": out.max()}


def scenario(variant, step):
    layers = tf.keras.layers
    how = {"dropout": 0.5, "return_sequences": True}

    with step("SimpleRNN, dropout") as see:
        see(**over_time(layers.SimpleRNN(n, **how), eye, zero))

    with step("LSTM, dropout") as see:
        see(**over_time(layers.LSTM(n, **how), lstm_kernel, lstm_bias))

    with step("LSTM, dropout, implementation 1") as see:
        see(**over_time(layers.LSTM(n, implementation=1, **how), lstm_kernel, lstm_bias))

    with step("LSTM of another activation, dropout") as see:
        see(**over_time(layers.LSTM(n, activation="relu", **how), lstm_kernel, lstm_bias))

    with step("LSTM, unrolled, dropout") as see:
        see(**over_time(layers.LSTM(n, unroll=True, **how), lstm_kernel, lstm_bias))

    with step("LSTM, dropout and recurrent_dropout") as see:
        lstm = layers.LSTM(n, recurrent_dropout=0.25, **how)
        see(**over_time(lstm, lstm_kernel, lstm_bias))

    with step("GRU, dropout") as see:
        see(**over_time(layers.GRU(n, **how), gru_kernel, np.stack([gru_bias, 0 * gru_bias])))

    with step("GRU, reset_after=False, dropout") as see:
        see(**over_time(layers.GRU(n, reset_after=False, **how), gru_kernel, gru_bias))

    with step("GRU, reset_after=False, dropout, implementation 1") as see:
        gru = layers.GRU(n, reset_after=False, implementation=1, **how)
        see(**over_time(gru, gru_kernel, gru_bias))

    with step("RNN of an LSTMCell, dropout") as see:
        rnn = layers.RNN(layers.LSTMCell(n, dropout=0.5), return_sequences=True)
        see(**over_time(rnn, lstm_kernel, lstm_bias))

    with step("SimpleRNN, kept inputs are scaled") as see:
        rnn = layers.SimpleRNN(n, dropout=0.2, recurrent_dropout=0.6, activation="linear")
        rnn.build(x.shape)
        rnn.set_weights([eye, off, zero])
        see(largest=np.max(rnn(x, training=True)))

    with step("SimpleRNN, kept states are scaled") as see:
        rnn = layers.SimpleRNN(n, dropout=0.2, recurrent_dropout=0.6, activation="linear")
        rnn.build(x.shape)
        rnn.set_weights([off, eye, zero])
        see(largest=np.max(rnn(x[:, :1], initial_state=[tf.ones((2, n))], training=True)))

    with step("SimpleRNN, recurrent_dropout, after twenty steps") as see:
        rnn = layers.SimpleRNN(n, recurrent_dropout=0.5, activation="linear")
        see(**kept_state(rnn, off, eye, zero))

    with step("GRU that keeps its state, recurrent_dropout, after twenty steps") as see:
        gru = layers.GRU(n, recurrent_dropout=0.5)
        bias = np.concatenate([100 * one, zero, zero])
        see(**kept_state(gru, 0 * gru_kernel, 0 * gru_kernel, np.stack([bias, 0 * bias])))

    with step("LSTM that keeps its state, recurrent_dropout, after twenty steps") as see:
        lstm = layers.LSTM(n, recurrent_dropout=0.5)
        bias = np.concatenate([-100 * one, 100 * one, zero, 100 * one])
        see(**kept_state(lstm, 0 * lstm_kernel, 0 * lstm_kernel, bias))


if __name__ == "__main__":
    alone(scenario)
