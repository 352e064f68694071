"""Constants: what a layer hands to its cell in every time step, beside the input."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

batch_size, num_timesteps, nodes = 2, 3, 3
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(batch_size, num_timesteps, nodes)
context = np.linspace(1, 2, 6, dtype=np.float32).reshape(batch_size, nodes)
mask = np.array([[True, False, True], [True, True, False]])


class Biased(tf.keras.layers.Layer):
    """Adds the input and the first constant to the state, and twice the second constant."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = nodes

    def call(self, inputs, states, constants=None):
        state = states[0] + inputs
        for at, constant in enumerate(constants or (), start=1):
            state = state + at * constant
        return state, [state]


class Plain(tf.keras.layers.Layer):
    """Takes no constants."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = nodes

    def call(self, inputs, states):
        state = states[0] + inputs
        return state, [state]


class Joined(Plain):
    """Finds the constant in the second half of its input, which works on every release."""

    def call(self, inputs, states):
        state = states[0] + inputs[:, :nodes] + inputs[:, nodes:]
        return state, [state]


def scenario(variant, step):
    layers = tf.keras.layers
    given, start = tf.constant(context), tf.constant(x[:, 0])

    with step("no constants") as see:
        see(output=layers.RNN(Biased())(x))

    with step("one constant") as see:
        see(output=layers.RNN(Biased())(x, constants=given))

    with step("one constant in a list") as see:
        see(output=layers.RNN(Biased())(x, constants=[given]))

    with step("two constants") as see:
        see(output=layers.RNN(Biased())(x, constants=[given, -2 * given]))

    with step("constant and initial_state") as see:
        see(output=layers.RNN(Biased())(x, initial_state=[start], constants=[given]))

    with step("constant and mask") as see:
        see(output=layers.RNN(Biased())(x, mask=tf.constant(mask), constants=[given]))

    with step("constant and a stateful layer, second call") as see:
        layer = layers.RNN(Biased(), stateful=True)
        layer(x, constants=[given])
        see(output=layer(x, constants=[given]))

    with step("constant and an unrolled layer") as see:
        see(output=layers.RNN(Biased(), unroll=True)(x, constants=[given]))

    with step("constant in a list with the input") as see:
        layer = layers.RNN(Biased())
        layer._num_constants = 1  # as a call with constants sets it
        see(output=layer([tf.constant(x), given]))

    with step("constant in a later call only") as see:
        layer = layers.RNN(Biased())
        layer(x)
        see(output=layer(x, constants=[given]))

    with step("two cells that take constants") as see:
        see(output=layers.RNN([Biased(), Biased()])(x, constants=given))

    with step("two cells, the second takes constants") as see:
        see(output=layers.RNN([Plain(), Biased()])(x, constants=given))

    with step("one cell that takes no constants") as see:
        see(output=layers.RNN(Plain())(x, constants=given))

    with step("LSTM, which takes no constants") as see:
        see(output=layers.LSTM(nodes, kernel_initializer="ones")(x, constants=given))

    with step("functional model, constant is an input") as see:
        inputs, constant = tf.keras.Input((num_timesteps, nodes)), tf.keras.Input((nodes,))
        out = layers.RNN(Biased())(inputs, constants=constant)
        see(output=tf.keras.Model([inputs, constant], out)([x, context]))

    with step("joined to the input") as see:
        repeated = np.repeat(context[:, None], num_timesteps, axis=1)
        see(output=layers.RNN(Joined())(np.concatenate([x, repeated], axis=2)))


if __name__ == "__main__":
    alone(scenario)
