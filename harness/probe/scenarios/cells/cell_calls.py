"""Cell calls: how often a layer calls its cell, and when, and how one calls a cell by hand.

A cell computes one time step. Code of a cell runs once for each time step, once for a whole loop,
or only while a model is made, which shows where a cell has side effects.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

batch_size, num_timesteps, nodes = 2, 3, 3
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(batch_size, num_timesteps, nodes)
mask = np.array([[True, False, True], [True, True, False]])


class Counting(tf.keras.layers.Layer):
    """Adds the input to the state, and counts how often its own methods run."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = nodes
        self.calls = self.builds = self.starts = 0

    def build(self, input_shape):
        self.builds += 1
        self.built = True

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        self.starts += 1
        return tf.zeros((batch_size, nodes), dtype or "float32")

    def call(self, inputs, states):
        self.calls += 1
        state = states[0] + inputs
        return state, [state]

    def counted(self):
        """What ran since the last time that somebody asked."""
        found = {"calls": self.calls, "builds": self.builds, "initial_states": self.starts}
        self.calls = self.builds = self.starts = 0
        return found


def weighted(layer, *shape):
    """Sets weights that rise from -1 to 1."""
    layer.build(shape)
    layer.set_weights([rising(weight.shape) for weight in layer.get_weights()])
    return layer


def rising(shape):
    return np.linspace(-1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def scenario(variant, step):
    layers = tf.keras.layers

    with step("eager, first call") as see:
        cell = Counting()
        layers.RNN(cell)(x)
        see(**cell.counted())

    with step("eager, second call") as see:
        cell = Counting()
        layer = layers.RNN(cell)
        layer(x)
        cell.counted()
        layer(x)
        see(**cell.counted())

    with step("eager, unrolled") as see:
        cell = Counting()
        layers.RNN(cell, unroll=True)(x)
        see(**cell.counted())

    with step("eager, masked") as see:
        cell = Counting()
        layers.RNN(cell)(x, mask=tf.constant(mask))
        see(**cell.counted())

    with step("eager, stateful") as see:
        cell = Counting()
        layers.RNN(cell, stateful=True)(x)
        see(**cell.counted())

    with step("eager, stateful, second call") as see:
        cell = Counting()
        layer = layers.RNN(cell, stateful=True)
        layer(x)
        cell.counted()
        layer(x)
        see(**cell.counted())

    with step("tf.function, two calls of one shape") as see:
        cell = Counting()
        layer = layers.RNN(cell)
        function = tf.function(lambda given: layer(given), autograph=False)  # noqa: PLW0108
        function(tf.constant(x))
        function(tf.constant(x))
        see(**cell.counted())

    with step("functional model, while it is made") as see:
        cell = Counting()
        inputs = tf.keras.Input((num_timesteps, nodes))
        tf.keras.Model(inputs, layers.RNN(cell)(inputs))
        see(**cell.counted())

    with step("functional model, when it is called") as see:
        cell = Counting()
        inputs = tf.keras.Input((num_timesteps, nodes))
        model = tf.keras.Model(inputs, layers.RNN(cell)(inputs))
        cell.counted()
        model(x)
        see(**cell.counted())

    for name, cell_class in (
        ("an LSTMCell", layers.LSTMCell),
        ("a GRUCell", layers.GRUCell),
        ("a SimpleRNNCell", layers.SimpleRNNCell),
    ):
        with step("RNN of " + name) as see:
            rnn = layers.RNN(cell_class(nodes), return_sequences=True, return_state=True)
            out, *states = weighted(rnn, batch_size, num_timesteps, nodes)(x)
            see(output=out, states=np.stack(states))

    with step("RNN of an LSTM layer, which is no cell") as see:
        see(output=layers.RNN(layers.LSTM(nodes, kernel_initializer="ones"))(x))

    with step("LSTMCell by hand, states in a list") as see:
        cell = weighted(layers.LSTMCell(nodes), batch_size, nodes)
        states = [tf.zeros((batch_size, nodes))] * 2
        for t in range(num_timesteps):
            out, states = cell(x[:, t], states)
        see(output=out, states=np.stack(states))

    with step("LSTMCell by hand, states in a tuple") as see:
        cell = weighted(layers.LSTMCell(nodes), batch_size, nodes)
        states = (tf.zeros((batch_size, nodes)),) * 2
        for t in range(num_timesteps):
            out, states = cell(x[:, t], states)
        see(output=out, states=np.stack(states))

    with step("LSTMCell by hand, states of get_initial_state") as see:
        cell = weighted(layers.LSTMCell(nodes), batch_size, nodes)
        states = cell.get_initial_state(batch_size=batch_size, dtype="float32")
        for t in range(num_timesteps):
            out, states = cell(x[:, t], states)
        see(output=out, states=np.stack(states))

    for name, cell_class in (("GRUCell", layers.GRUCell), ("SimpleRNNCell", layers.SimpleRNNCell)):
        with step(name + " by hand, state in a list") as see:
            cell = weighted(cell_class(nodes), batch_size, nodes)
            state = [tf.zeros((batch_size, nodes))]
            for t in range(num_timesteps):
                out, state = cell(x[:, t], state)
            see(output=out, states=np.stack(state))

        with step(name + " by hand, state as a tensor") as see:
            cell = weighted(cell_class(nodes), batch_size, nodes)
            state = tf.zeros((batch_size, nodes))
            for t in range(num_timesteps):
                out, state = cell(x[:, t], state)
            see(output=out)

        for given, in_a_list in (("a list", True), ("a tensor", False)):
            with step("{} by hand, state comes back for {}".format(name, given)) as see:
                cell = weighted(cell_class(nodes), batch_size, nodes)
                state = tf.zeros((batch_size, nodes))
                _, after = cell(x[:, 0], [state] if in_a_list else state)
                see(in_a_list=isinstance(after, (list, tuple)))


if __name__ == "__main__":
    alone(scenario)
