"""The wrappers of cells in tf.nn around the cells of Keras: residual, dropout and device."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
state = np.linspace(0, 1, 2 * 2, dtype=np.float32).reshape(2, 2)


def make(cell_class):
    """A cell whose weights are ones, also when a wrapper builds it again."""
    return cell_class(2, kernel_initializer="ones", recurrent_initializer="ones")


def scenario(variant, step):
    first, given = tf.constant(x[:, 0]), tf.constant(state)

    with step("residual, one step") as see:
        residual = tf.nn.RNNCellResidualWrapper(make(layers.SimpleRNNCell))
        output, states = residual(first, [given])
        see(output=output, hidden=states[0])

    with step("residual, one step of an LSTMCell") as see:
        residual = tf.nn.RNNCellResidualWrapper(make(layers.LSTMCell))
        output, (h, c) = residual(first, [given, 2 * given])
        see(output=output, hidden=h, cell=c)

    with step("residual, in a layer") as see:
        residual = tf.nn.RNNCellResidualWrapper(make(layers.SimpleRNNCell))
        see(output=layers.RNN(residual, return_sequences=True)(x))

    with step("residual, in a layer, initial_state") as see:
        residual = tf.nn.RNNCellResidualWrapper(make(layers.SimpleRNNCell))
        see(output=layers.RNN(residual)(x, initial_state=[given]))

    with step("residual, get_initial_state") as see:
        residual = tf.nn.RNNCellResidualWrapper(make(layers.LSTMCell))
        states = residual.get_initial_state(batch_size=2, dtype=tf.float32)
        see(count=len(states), hidden=states[0])

    with step("dropout that keeps all, one step") as see:
        dropped = tf.nn.RNNCellDropoutWrapper(make(layers.GRUCell), output_keep_prob=1.0)
        output, states = dropped(first, [given])
        see(output=output)

    with step("dropout that keeps all, in a layer") as see:
        dropped = tf.nn.RNNCellDropoutWrapper(make(layers.SimpleRNNCell))
        see(output=layers.RNN(dropped)(x))

    with step("dropout of the states of an LSTMCell") as see:
        zeros = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}
        cell = layers.LSTMCell(100, unit_forget_bias=False, **zeros)
        dropped = tf.nn.RNNCellDropoutWrapper(cell, state_keep_prob=0.5)
        _, (h, c) = dropped(tf.ones((1, 2)), [tf.ones((1, 100)), tf.ones((1, 100))])
        # without weights, each gate is one half: c is 0.5 if nothing is dropped
        see(the_cell_state_is_dropped=bool(tf.reduce_any(c != 0.5)))

    with step("device, one step") as see:
        placed = tf.nn.RNNCellDeviceWrapper(make(layers.SimpleRNNCell), "/cpu:0")
        output, states = placed(first, [given])
        see(output=output, hidden=states[0])

    with step("device, in a layer") as see:
        placed = tf.nn.RNNCellDeviceWrapper(make(layers.SimpleRNNCell), "/cpu:0")
        see(output=layers.RNN(placed)(x))


if __name__ == "__main__":
    alone(scenario)
