"""Initial state: which state a layer uses when there is more than one source of it.

A caller can pass a state with each call, the layer can keep its own state, or
`get_initial_state` can make one. A caller can also pass states to a functional model as a
second argument. The syntax of these calls never changed; their meaning did.
"""

import numpy as np
import tensorflow as tf
from steps import alone, fixed

VARIANTS = ("fixed",)

batch_size, num_timesteps, input_dim, nodes = 10, 2, 3, 10
h = np.arange(batch_size * nodes, dtype=np.float32).reshape(batch_size, nodes) / 100
c = 1 - 2 * h


class OnesFirst(tf.keras.layers.RNN):
    """Makes a state of ones for all arguments of `get_initial_state`."""

    def get_initial_state(self, *args, **kwargs):
        return [tf.ones((batch_size, nodes)), tf.ones((batch_size, nodes))]


def make(layer_class=tf.keras.layers.RNN, stateful=False):
    cell = tf.keras.layers.LSTMCell(nodes)
    layer = layer_class(cell, return_sequences=True, return_state=True, stateful=stateful)
    layer.build((batch_size, num_timesteps, input_dim))
    layer.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
    return layer


def scenario(variant, step):
    x = fixed("x")
    states = [tf.constant(h), tf.constant(c)]

    lstm = make()
    with step("stateless, initial_state in the call") as see:
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("stateless, initial_state of NumPy arrays") as see:
        out, hidden_state, cell_state = lstm(x, initial_state=[h, c])
        see(output=out, hidden=hidden_state, cell=cell_state)

    lstm = make(stateful=True)
    with step("stateful, initial_state in the first call") as see:
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("stateful, initial_state in a later call") as see:
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    lstm = make(OnesFirst, stateful=True)
    with step("stateful, get_initial_state overridden") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    lstm = make(OnesFirst)
    with step("stateless, get_initial_state overridden") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("stateless, overridden, initial_state in the call") as see:
        out, hidden_state, cell_state = lstm(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    inputs = tf.keras.Input(shape=(num_timesteps, input_dim), batch_size=batch_size)
    mdl = tf.keras.Model(inputs, make()(inputs))
    with step("functional model, states as second argument") as see:
        out, hidden_state, cell_state = mdl(x, states)
        see(output=out, hidden=hidden_state, cell=cell_state)


if __name__ == "__main__":
    alone(scenario)
