"""Portable: reset the state to zeros, on every release.

The states of a stateful layer are variables, to which values can be assigned. If the caller
keeps the state, a call without `initial_state` starts from zeros.
"""

import numpy as np
import tensorflow as tf
from steps import alone, fixed

VARIANTS = ("fixed",)

batch_size, num_timesteps, input_dim, nodes = 10, 2, 3, 10


def make(stateful=False):
    lstm = tf.keras.layers.LSTM(nodes, return_sequences=True, return_state=True, stateful=stateful)
    lstm.build((batch_size, num_timesteps, input_dim))
    lstm.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
    return lstm


def reset_to_zeros(layer):
    for state in layer.states:
        state.assign(np.zeros(state.shape))


def scenario(variant, step):
    x = fixed("x")

    lstm = make(stateful=True)
    with step("kept by the layer, before the reset") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("kept by the layer, after the reset") as see:
        reset_to_zeros(lstm)
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    lstm = make()
    with step("kept by the caller, left out") as see:
        _, *states = lstm(x)
        lstm(x, initial_state=states)
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)


if __name__ == "__main__":
    alone(scenario)
