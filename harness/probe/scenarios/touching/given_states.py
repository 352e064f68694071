"""States that a caller gives: in which form, from where, and what happens if some are missing."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
h = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
c = np.array([[1.0, 0.5], [-1.0, 0.0]], np.float32)
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}


def make_lstm(**how):
    return layers.LSTM(2, **ones, **how)


def make_gru(**how):
    return layers.GRU(2, **ones, **how)


def make_rnn(**how):
    return layers.SimpleRNN(2, **ones, **how)


def scenario(variant, step):
    states = [tf.constant(h), tf.constant(c)]

    with step("a tuple of two states") as see:
        see(output=make_lstm()(x, initial_state=tuple(states)))

    with step("in a list with the input") as see:
        see(output=make_lstm()([tf.constant(x), *states]))

    with step("by position, after the input") as see:
        see(output=make_lstm()(x, states))

    with step("one tensor for a layer of one state") as see:
        see(output=make_gru()(x, initial_state=tf.constant(h)))

    with step("a list of one tensor") as see:
        see(output=make_gru()(x, initial_state=[tf.constant(h)]))

    with step("one state of two") as see:
        see(output=make_lstm()(x, initial_state=states[:1]))

    with step("None for the second state") as see:
        see(output=make_lstm()(x, initial_state=[states[0], None]))

    with step("None for both states") as see:
        see(output=make_lstm()(x, initial_state=[None, None]))

    with step("three states of two") as see:
        see(output=make_lstm()(x, initial_state=[*states, states[0]]))

    with step("a state of other units") as see:
        see(output=make_gru()(x, initial_state=tf.ones((2, 3))))

    with step("a state of one row for two") as see:
        see(output=make_gru()(x, initial_state=tf.ones((1, 2))))

    with step("a state of float64") as see:
        see(output=make_gru()(x, initial_state=tf.constant(h, tf.float64)))

    with step("a state of whole numbers") as see:
        see(output=make_gru()(x, initial_state=tf.ones((2, 2), tf.int32)))

    inputs, state = tf.keras.Input((3, 2)), tf.keras.Input((2,))
    with step("an Input, in a functional model") as see:
        model = tf.keras.Model([inputs, state], make_rnn()(inputs, initial_state=state))
        see(output=model([x, h]))

    with step("an Input that the model leaves out") as see:
        tf.keras.Model(inputs, make_rnn()(inputs, initial_state=state))
        see(done=True)

    with step("an Input that the model leaves out, called") as see:
        model = tf.keras.Model(inputs, make_rnn()(inputs, initial_state=state))
        see(output=model(x))


if __name__ == "__main__":
    alone(scenario)
