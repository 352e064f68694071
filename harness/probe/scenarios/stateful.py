"""Stateful: the final state of one batch is the initial state of the next.

The first half of the article: the same batch goes through a stateful LSTM twice. The
second pass gives another result because it starts from the final state of the first pass.
"""

import random

import numpy as np
import tensorflow as tf
from steps import alone, fixed

input_dim = 3
output_dim = 3
num_timesteps = 2
batch_size = 10
nodes = 10


def scenario(variant, step):
    np.random.seed(42)
    tf.random.set_seed(42)
    if variant == "strict":  # since 2.10, initializers take their seed from Python's `random`
        random.seed(42)

    input_layer = tf.keras.Input(shape=(num_timesteps, input_dim), batch_size=batch_size)
    cell = tf.keras.layers.LSTMCell(
        nodes,
        # the default of TensorFlow 2.0 alpha, which the published figures were made with
        recurrent_activation="hard_sigmoid" if variant == "published" else "sigmoid",
        kernel_initializer="glorot_uniform",
        recurrent_initializer="glorot_uniform",
        bias_initializer="zeros",
    )
    lstm = tf.keras.layers.RNN(cell, return_state=True, return_sequences=True, stateful=True)
    lstm_out, hidden_state, cell_state = lstm(input_layer)
    dense = tf.keras.layers.Dense(output_dim)
    output = dense(lstm_out)
    mdl = tf.keras.Model(inputs=input_layer, outputs=[hidden_state, cell_state, output])

    x = np.random.rand(batch_size, num_timesteps, input_dim).astype(np.float32)
    if variant == "fixed":
        x = fixed("x")
        cell.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
        dense.set_weights([fixed("dense_kernel"), fixed("dense_bias")])

    with step("first pass") as see:
        h_state, c_state, out = mdl(x)
        see(output=out, hidden=h_state, cell=c_state)

    with step("second pass") as see:
        h_state, c_state, out = mdl(x)
        see(output=out, hidden=h_state, cell=c_state)


if __name__ == "__main__":
    alone(scenario)
