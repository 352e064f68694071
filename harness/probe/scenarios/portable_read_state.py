"""Portable: read the state, on every release.

`return_state=True` returns the state with the output; a stateful layer also keeps its state
in `states`. The hidden state equals the last time step of the output sequence.
"""

import tensorflow as tf
from steps import alone, fixed

VARIANTS = ("fixed",)

batch_size, num_timesteps, input_dim, nodes = 10, 2, 3, 10


def make(stateful=False):
    lstm = tf.keras.layers.LSTM(nodes, return_sequences=True, return_state=True, stateful=stateful)
    lstm.build((batch_size, num_timesteps, input_dim))
    lstm.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
    return lstm


def scenario(variant, step):
    x = fixed("x")

    with step("returned") as see:
        out, hidden_state, cell_state = make()(x)
        see(output=out[:, -1], hidden=hidden_state, cell=cell_state)

    with step("returned by a functional model") as see:
        inputs = tf.keras.Input(shape=(num_timesteps, input_dim))
        out, hidden_state, cell_state = tf.keras.Model(inputs, make()(inputs))(x)
        see(output=out[:, -1], hidden=hidden_state, cell=cell_state)

    with step("kept by the layer") as see:
        lstm = make(stateful=True)
        out = lstm(x)[0]
        hidden_state, cell_state = [state.numpy() for state in lstm.states]
        see(output=out[:, -1], hidden=hidden_state, cell=cell_state)


if __name__ == "__main__":
    alone(scenario)
