"""Stacked cells: how RNN([cell, cell]) keeps its states, takes them and gives them back."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

batch_size, num_timesteps, input_dim = 2, 3, 3
UNITS = (3, 4)
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(batch_size, num_timesteps, input_dim)
mask = np.array([[True, False, True], [True, True, False]])


class Pair(tf.keras.layers.Layer):
    """Has two states, as an LSTMCell, and no weights.

    The second adds up the mean of the input. The first is the output: half of what it was, and the
    second.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = [units, units]
        self.output_size = units

    def call(self, inputs, states):
        carried = states[1] + tf.reduce_mean(inputs, axis=-1, keepdims=True)
        hidden = states[0] / 2 + carried
        return hidden, [hidden, carried]


def rising(shape, largest=1.0):
    return np.linspace(-largest, largest, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def weighted(layer):
    """Sets weights that rise from -1 to 1."""
    layer.build((batch_size, num_timesteps, input_dim))
    layer.set_weights([rising(weight.shape) for weight in layer.get_weights()])
    return layer


def stack(**how):
    return tf.keras.layers.RNN([Pair(units) for units in UNITS], **how)


def functional(layer):
    inputs = tf.keras.Input((num_timesteps, input_dim))
    return tf.keras.Model(inputs, layer(inputs))


def scenario(variant, step):
    layers = tf.keras.layers
    nested = [
        [tf.constant(rising((batch_size, units), 0.5)), tf.constant(-rising((batch_size, units)))]
        for units in UNITS
    ]
    flat = [state for pair in nested for state in pair]

    for name, make in (
        ("returned", lambda: stack(return_state=True)),
        ("returned by a functional model", lambda: functional(stack(return_state=True))),
    ):
        with step(name) as see:
            out, *final = make()(x)
            h1, c1, h2, c2 = tf.nest.flatten(final)
            see(output=out, first_states=np.stack([h1, c1]), second_states=np.stack([h2, c2]))
            see(parts=len(final))

    with step("returned at the end of a Sequential") as see:
        model = tf.keras.Sequential([tf.keras.Input((num_timesteps, input_dim))])
        model.add(stack(return_state=True))
        see(parts=len(model.outputs))

    with step("compute_output_shape") as see:
        layer = stack(return_state=True)
        shapes = layer.compute_output_shape((batch_size, num_timesteps, input_dim))
        see(parts=len(shapes))

    with step("state_size and output_size") as see:
        cells = layers.StackedRNNCells([Pair(units) for units in UNITS])
        see(parts=len(cells.state_size), leaves=len(tf.nest.flatten(cells.state_size)))
        see(output=cells.output_size)

    with step("given as a nest") as see:
        see(output=stack()(x, initial_state=nested))

    with step("given as a flat list") as see:
        see(output=stack()(x, initial_state=flat))

    with step("given in a list with the input") as see:
        see(output=stack()([tf.constant(x), *nested]))

    with step("given for the first cell alone") as see:
        see(output=stack()(x, initial_state=nested[:1]))

    with step("given as it was returned") as see:
        out, *final = stack(return_state=True)(x)
        see(output=stack()(x, initial_state=final))

    with step("given as it was returned, functional model") as see:
        inputs = tf.keras.Input((num_timesteps, input_dim))
        out, *final = stack(return_state=True)(inputs)
        see(output=tf.keras.Model(inputs, stack()(inputs, initial_state=final))(x))

    with step("given as Keras inputs") as see:
        inputs = tf.keras.Input((num_timesteps, input_dim))
        given = [[tf.keras.Input((units,)) for _ in range(2)] for units in UNITS]
        model = tf.keras.Model([inputs, given], stack()(inputs, initial_state=given))
        see(output=model([tf.constant(x), nested]))

    with step("stateful, second call") as see:
        layer = stack(stateful=True)
        layer(x)
        see(output=layer(x))

    with step("stateful, after reset_states") as see:
        layer = stack(stateful=True)
        layer(x)
        layer.reset_states()
        see(output=layer(x))

    with step("stateful, after reset_states of one cell with one state") as see:
        layer = layers.RNN(layers.SimpleRNNCell(2, kernel_initializer="ones"), stateful=True)
        layer(x)
        layer.reset_states()
        see(output=layer.states[0].numpy())

    with step("stateful, after reset_states to a nest") as see:
        layer = stack(stateful=True)
        layer(x)
        layer.reset_states(states=[[state.numpy() for state in pair] for pair in nested])
        see(output=layer(x))

    with step("stateful, after zeros were assigned") as see:
        layer = stack(stateful=True)
        layer(x)
        for state in tf.nest.flatten(layer.states):
            state.assign(tf.zeros(state.shape))
        see(output=layer(x))

    with step("stateful, given as a nest") as see:
        see(output=stack(stateful=True)(x, initial_state=nested))

    with step("stateful, form of states") as see:
        layer = stack(stateful=True)
        layer(x)
        see(parts=len(layer.states), leaves=len(tf.nest.flatten(layer.states)))

    with step("masked") as see:
        see(output=stack()(x, mask=tf.constant(mask)))

    with step("masked, unrolled") as see:
        see(output=stack(unroll=True)(x, mask=tf.constant(mask)))

    with step("two layers instead of two cells") as see:
        first = layers.RNN(Pair(UNITS[0]), return_sequences=True)
        see(output=layers.RNN(Pair(UNITS[1]))(first(x)))

    with step("a stack in a stack") as see:
        inner = layers.StackedRNNCells([Pair(2), Pair(3)])
        see(output=layers.RNN([inner, Pair(2)])(x))

    with step("cells of three kinds") as see:
        cells = [layers.GRUCell(3), layers.LSTMCell(2), layers.SimpleRNNCell(3)]
        see(output=weighted(layers.RNN(cells))(x))

    with step("one cell twice") as see:
        cell = layers.SimpleRNNCell(3)
        see(output=weighted(layers.RNN([cell, cell]))(x))

    with step("by hand, one time step") as see:
        cells = layers.StackedRNNCells([Pair(units) for units in UNITS])
        out, after = cells(tf.constant(x[:, 0]), nested)
        see(output=out, parts=len(after), leaves=len(tf.nest.flatten(after)))

    with step("reverse_state_order") as see:
        cells = layers.StackedRNNCells([Pair(3), Pair(3)], reverse_state_order=True)
        out, *final = layers.RNN(cells, return_state=True)(x)
        see(output=out, first_state=tf.nest.flatten(final)[0])

    with step("no cells") as see:
        see(output=layers.RNN([])(x))


if __name__ == "__main__":
    alone(scenario)
