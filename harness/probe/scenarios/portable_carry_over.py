"""Portable: carry the state over from one batch to the next, on every release.

Either the layer keeps the state and then has one fixed batch size, or the caller keeps the
state: the states that one call returns are passed to the next call.
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

    lstm = make(stateful=True)
    with step("kept by the layer, first batch") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("kept by the layer, second batch") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    lstm = make()
    states = None
    with step("kept by the caller, first batch") as see:
        out, *states = lstm(x, initial_state=states)
        see(output=out, hidden=states[0], cell=states[1])

    with step("kept by the caller, second batch") as see:
        out, *states = lstm(x, initial_state=states)
        see(output=out, hidden=states[0], cell=states[1])


if __name__ == "__main__":
    alone(scenario)
