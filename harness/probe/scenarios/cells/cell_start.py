"""First states: what a cell starts from, and who may ask for it in which way.

A cell of one's own may have `get_initial_state`, which makes a state that is not zero, or not of
floats. The layer calls the method; so may anyone.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

batch_size, num_timesteps, nodes = 2, 3, 3
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(batch_size, num_timesteps, nodes)


class Summing(tf.keras.layers.Layer):
    """Adds the input to the state."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = nodes

    def call(self, inputs, states):
        state = states[0] + inputs
        return state, [state]


class FromOnes(Summing):
    """Starts from ones; takes the arguments that Keras 2 gives, and those that Keras 3 gives."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return [tf.ones((batch_size, nodes))]


class FromOnesBare(Summing):
    """Starts from ones, without a list around them."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return tf.ones((batch_size, nodes))


class FromOnesKeras2(Summing):
    """As the base class of TensorFlow 2 has the method."""

    def get_initial_state(self, inputs, batch_size, dtype):
        return [tf.ones((batch_size, nodes), dtype)]


class FromOnesKeras3(Summing):
    """As Keras 3 has the method."""

    def get_initial_state(self, batch_size=None):
        return [tf.ones((batch_size, nodes))]


class FromOnesInputs(Summing):
    """Goes by the input."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return [tf.ones_like(inputs[:, 0])]


class FromOneRow(Summing):
    """Starts from a single row, whatever the number of samples."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return [tf.ones((1, nodes))]


class Rotating(Summing):
    """A complex state that a quarter turn changes in each time step."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return [tf.ones((batch_size, nodes), tf.complex64)]

    def call(self, inputs, states):
        state = states[0] * tf.constant(1j, tf.complex64)
        return tf.math.real(state) + inputs, [state]


class Ticking(Summing):
    """A state of integers that counts time steps."""

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return [tf.zeros((batch_size, nodes), tf.int32)]

    def call(self, inputs, states):
        state = states[0] + 1
        return inputs + tf.cast(state, inputs.dtype), [state]


def scenario(variant, step):
    layers = tf.keras.layers

    for name, cell_class in (
        ("in a list", FromOnes),
        ("not in a list", FromOnesBare),
        ("signature of Keras 2", FromOnesKeras2),
        ("signature of Keras 3", FromOnesKeras3),
        ("made by the input", FromOnesInputs),
        ("of one row", FromOneRow),
    ):
        with step("ones {}, stateless".format(name)) as see:
            see(output=layers.RNN(cell_class())(x))

        with step("ones {}, stateful".format(name)) as see:
            see(output=layers.RNN(cell_class(), stateful=True)(x))

    with step("ones, functional model") as see:
        inputs = tf.keras.Input((num_timesteps, nodes))
        see(output=tf.keras.Model(inputs, layers.RNN(FromOnes())(inputs))(x))

    with step("ones, initial_state in the call") as see:
        given = tf.constant(2 * x[:, 0])
        see(output=layers.RNN(FromOnes())(x, initial_state=[given]))

    with step("ones, stateful, states once built") as see:
        layer = layers.RNN(FromOnes(), stateful=True)
        layer.build((batch_size, num_timesteps, nodes))
        see(output=layer.states[0].numpy())

    with step("ones, stateful, second call") as see:
        layer = layers.RNN(FromOnes(), stateful=True)
        layer(x)
        see(output=layer(x))

    with step("ones, stateful, after reset_states") as see:
        layer = layers.RNN(FromOnes(), stateful=True)
        layer(x)
        layer.reset_states()
        see(output=layer(x))

    with step("ones, two cells") as see:
        see(output=layers.RNN([FromOnes(), FromOnes()])(x))

    with step("ones, two cells, stateful") as see:
        see(output=layers.RNN([FromOnes(), FromOnes()], stateful=True)(x))

    with step("complex state, stateless") as see:
        out, state = layers.RNN(Rotating(), return_state=True)(x)
        see(output=out, real=tf.math.real(state), imaginary=tf.math.imag(state))

    with step("complex state, stateful") as see:
        see(output=layers.RNN(Rotating(), stateful=True)(x))

    with step("integer state, stateless") as see:
        out, state = layers.RNN(Ticking(), return_state=True)(x)
        see(output=out, state=state)

    with step("integer state, stateful, second call") as see:
        layer = layers.RNN(Ticking(), stateful=True)
        layer(x)
        see(output=layer(x), state=layer.states[0].numpy())

    with step("integer state, stateful, after reset_states") as see:
        layer = layers.RNN(Ticking(), stateful=True)
        layer(x)
        layer.reset_states()
        see(output=layer(x))

    def asked(of, *args, **kwargs):
        found = of.get_initial_state(*args, **kwargs)
        states = tf.nest.flatten(found)
        several = isinstance(found, (list, tuple))
        return {"output": np.stack(states), "in_a_list": several}

    cells = (
        ("LSTMCell", layers.LSTMCell),
        ("GRUCell", layers.GRUCell),
        ("SimpleRNNCell", layers.SimpleRNNCell),
        ("two cells", lambda units: layers.StackedRNNCells([layers.GRUCell(units)] * 2)),
    )
    for name, make in cells:
        with step("{} asked, inputs".format(name)) as see:
            see(**asked(make(nodes), inputs=tf.constant(x[:, 0])))

        with step("{} asked, batch_size and dtype".format(name)) as see:
            see(**asked(make(nodes), batch_size=batch_size, dtype="float32"))

        with step("{} asked, batch_size".format(name)) as see:
            see(**asked(make(nodes), batch_size=batch_size))

    with step("LSTMCell asked, None, batch size and dtype by position") as see:
        see(**asked(layers.LSTMCell(nodes), None, batch_size, "float32"))

    with step("LSTMCell asked, batch size by position") as see:
        see(**asked(layers.LSTMCell(nodes), batch_size))

    with step("LSTMCell asked, batch_size is a tensor") as see:
        see(**asked(layers.LSTMCell(nodes), batch_size=tf.constant(batch_size), dtype="float32"))

    with step("LSTMCell asked, batch_size is a tensor of a graph") as see:

        @tf.function(autograph=False)
        def ask(batch_size):
            return layers.LSTMCell(nodes).get_initial_state(batch_size=batch_size, dtype="float32")

        see(output=np.stack(ask(tf.constant(batch_size))))

    with step("LSTMCell asked, nothing given") as see:
        see(**asked(layers.LSTMCell(nodes)))

    with step("LSTMCell asked, dtype float64") as see:
        see(**asked(layers.LSTMCell(nodes), batch_size=batch_size, dtype="float64"))

    own = FromOnes()
    for name, make, given in (("LSTM", layers.LSTM, nodes), ("RNN", layers.RNN, own)):
        with step("{} layer asked, inputs".format(name)) as see:
            see(**asked(make(given), inputs=tf.constant(x)))

        with step("{} layer asked, input by position".format(name)) as see:
            see(**asked(make(given), tf.constant(x)))

        with step("{} layer asked, batch_size".format(name)) as see:
            see(**asked(make(given), batch_size=batch_size))

        with step("{} layer asked, batch size by position".format(name)) as see:
            see(**asked(make(given), batch_size))


if __name__ == "__main__":
    alone(scenario)
