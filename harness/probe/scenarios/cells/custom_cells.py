"""Custom cells: the forms in which a cell of one's own has its states and its output.

Each cell here adds numbers, so that every result can be computed by hand.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

batch_size, num_timesteps, nodes = 2, 3, 3
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(batch_size, num_timesteps, nodes)
mask = np.array([[True, False, True], [True, True, False]])


class Summing(tf.keras.layers.Layer):
    """Adds the input to the first part of the state, twice the input to the second, and so on."""

    def __init__(self, state_size, **kwargs):
        super().__init__(**kwargs)
        self.state_size = state_size
        self.output_size = nodes

    def call(self, inputs, states):
        parts = tf.nest.flatten(states)
        parts = [part + at * inputs for at, part in enumerate(parts, start=1)]
        return parts[0], tf.nest.pack_sequence_as(states, parts)


class Bare(Summing):
    """Returns its state as it is, without a list around it."""

    def call(self, inputs, states):
        state = states[0] + inputs
        return state, state


class Grid(Summing):
    """A state of two rows."""

    def call(self, inputs, states):
        state = states[0] + tf.stack([inputs, 2 * inputs], axis=1)
        return state[:, 0], [state]


class TwoInputs(Summing):
    """Adds the first input and twice the second."""

    def call(self, inputs, states):
        first, second = inputs
        state = states[0] + first + 2 * second
        return state, [state]


class Short(Summing):
    """Puts out the first two of three sums."""

    def __init__(self, **kwargs):
        super().__init__(nodes, **kwargs)
        self.output_size = nodes - 1

    def call(self, inputs, states):
        state = states[0] + inputs
        return state[:, :-1], [state]


class ShortUndeclared(tf.keras.layers.Layer):
    """The same, but it does not say the size of its output."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = nodes

    def call(self, inputs, states):
        state = states[0] + inputs
        return state[:, :-1], [state]


class Echo(Summing):
    """Puts out its input, and sums up in its state: the output is not the state."""

    def call(self, inputs, states):
        return inputs, [states[0] + inputs]


class Averaging(Summing):
    """Adds a column, the mean of the input, to each unit of the state."""

    def call(self, inputs, states):
        state = states[0] + tf.reduce_mean(inputs, axis=-1, keepdims=True)
        return state, [state]


class Telling(Summing):
    """Puts out 1 where it is told to train, 0 where not, -1 where it is told nothing."""

    def call(self, inputs, states, training=None):
        told = -1.0 if training is None else tf.cast(training, "float32")
        return told + 0 * inputs, [states[0]]


class Containing(Summing):
    """Has a layer inside, which it does not build itself."""

    def __init__(self, **kwargs):
        super().__init__(nodes, **kwargs)
        self.inner = tf.keras.layers.Dense(nodes, kernel_initializer="ones")

    def call(self, inputs, states):
        state = states[0] + self.inner(inputs)
        return state, [state]


class OnlyCall:
    """No layer: an object with `call`."""

    state_size = output_size = nodes

    def call(self, inputs, states):
        state = states[0] + inputs
        return state, [state]


class Callable(OnlyCall):
    """No layer: an object that can be called."""

    __call__ = OnlyCall.call


def functional(layer):
    inputs = tf.keras.Input((num_timesteps, nodes))
    return tf.keras.Model(inputs, layer(inputs))


def scenario(variant, step):
    layers = tf.keras.layers

    for name, state_size in (
        ("a number", nodes),
        ("a list of one number", [nodes]),
        ("a list of two numbers", [nodes, nodes]),
        ("a tuple of two numbers", (nodes, nodes)),
        ("a TensorShape", tf.TensorShape([nodes])),
        ("a list of a TensorShape", [tf.TensorShape([nodes])]),
        ("a dict", {"a": nodes, "b": nodes}),
        ("a nest", [nodes, [nodes, nodes]]),
        ("a nest of tuples", (nodes, (nodes, nodes))),
    ):
        with step("state_size is " + name) as see:
            out, *states = layers.RNN(Summing(state_size), return_state=True)(x)
            see(output=out, states=np.stack(tf.nest.flatten(states)))

    with step("form of a nested state that comes back") as see:
        cell = Summing([nodes, [nodes, nodes]])
        out, *states = layers.RNN(cell, return_state=True)(x)
        see(parts=len(states), leaves=len(tf.nest.flatten(states)))

    with step("nested state, stateful, second call") as see:
        layer = layers.RNN(Summing([nodes, [nodes, nodes]]), stateful=True)
        layer(x)
        see(output=layer(x))

    with step("no state_size") as see:
        see(output=layers.RNN(layers.Dense(nodes, kernel_initializer="ones"))(x))

    with step("state of two rows") as see:
        cell = Grid([tf.TensorShape([2, nodes])])
        out, state = layers.RNN(cell, return_state=True)(x)
        see(output=out, state=state)

    with step("state returned without a list") as see:
        out, state = layers.RNN(Bare(nodes), return_state=True)(x)
        see(output=out, state=state)

    with step("output_size is less than state_size") as see:
        out, state = layers.RNN(Short(), return_state=True)(x)
        see(output=out, state=state)

    with step("output_size is left out") as see:
        see(output=layers.RNN(ShortUndeclared())(x))

    with step("output_size is left out, functional model") as see:
        model = functional(layers.RNN(ShortUndeclared()))
        see(output=model(x), declared_features=model.output_shape[-1])

    for name, unroll in (("masked", False), ("masked, unrolled", True)):
        with step("output is not the state, " + name) as see:
            layer = layers.RNN(Echo(nodes), return_sequences=True, return_state=True, unroll=unroll)
            out, state = layer(x, mask=tf.constant(mask))
            see(output=out, state=state)

        with step("two states, " + name) as see:
            layer = layers.RNN(Summing([nodes, nodes]), return_state=True, unroll=unroll)
            out, *states = layer(x, mask=tf.constant(mask))
            see(output=out, states=np.stack(states))

    for name, stateful in (("stateless", False), ("stateful", True)):
        with step("a column is added, as many units as samples, " + name) as see:
            cell = Averaging(batch_size)
            cell.output_size = batch_size
            see(output=layers.RNN(cell, stateful=stateful)(x))

    for name, cells in (
        ("one cell", Telling(nodes)),
        ("two cells", [Summing(nodes), Telling(nodes)]),
    ):
        with step("what a cell is told, {}, nothing given".format(name)) as see:
            see(output=layers.RNN(cells)(x)[0, 0])

        with step("what a cell is told, {}, training".format(name)) as see:
            see(output=layers.RNN(cells)(x, training=True)[0, 0])

    with step("layer inside the cell, eager") as see:
        see(output=layers.RNN(Containing())(x))

    with step("layer inside the cell, functional model") as see:
        see(output=functional(layers.RNN(Containing()))(x))

    with step("cell is an object with call") as see:
        see(output=layers.RNN(OnlyCall())(x))

    with step("cell is an object that can be called") as see:
        see(output=layers.RNN(Callable())(x))

    with step("cell is an AbstractRNNCell") as see:

        class Derived(layers.AbstractRNNCell):
            state_size = output_size = nodes
            call = OnlyCall.call

        see(output=layers.RNN(Derived())(x))

    with step("two inputs in a tuple") as see:
        see(output=layers.RNN(TwoInputs(nodes))((tf.constant(x), tf.constant(-x[::-1]))))

    with step("two inputs in a list") as see:
        see(output=layers.RNN(TwoInputs(nodes))([tf.constant(x), tf.constant(-x[::-1])]))

    with step("two inputs in a tuple, stateful") as see:
        layer = layers.RNN(TwoInputs(nodes), stateful=True)
        see(output=layer((tf.constant(x), tf.constant(-x[::-1]))))

    with step("two inputs in a tuple, functional model") as see:
        inputs = tuple(tf.keras.Input((num_timesteps, nodes)) for _ in range(2))
        model = tf.keras.Model(inputs, layers.RNN(TwoInputs(nodes))(inputs))
        see(output=model((tf.constant(x), tf.constant(-x[::-1]))))


if __name__ == "__main__":
    alone(scenario)
