"""Dropout from call to call: when a layer drops, and when it draws a new mask.

Inputs, states and weights are ones, so that an output is zero where a unit was dropped. With 64
units, masks that are drawn apart are never the same.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

n = 64
identity = tf.keras.initializers.Identity()
x = np.ones((2, 1, n), np.float32)
first = tf.ones((2, n))


def make_cell(**how):
    """A cell that puts out its input, and drops half of it."""
    zeros = {"recurrent_initializer": "zeros", "activation": "linear"}
    how = how or {"dropout": 0.5}
    return tf.keras.layers.SimpleRNNCell(n, kernel_initializer=identity, **zeros, **how)


def make(**how):
    """A layer that puts out its input, and drops half of it."""
    zeros = {"recurrent_initializer": "zeros", "activation": "linear"}
    return tf.keras.layers.SimpleRNN(n, kernel_initializer=identity, dropout=0.5, **zeros, **how)


def drops(output):
    return bool((np.array(output) == 0).any())


def same(one, other):
    return bool((np.array(one) == np.array(other)).all())


def outputs(cell, *training):
    """The outputs of a cell that is called by hand, once for each value of `training`."""
    return [cell(first, [tf.zeros((2, n))], training=each)[0] for each in training]


class Around(tf.keras.Model):
    """A model that tells its layer nothing about training."""

    def __init__(self):
        super().__init__()
        self.rnn = make()

    def call(self, inputs):
        return self.rnn(inputs)


def scenario(variant, step):
    layers = tf.keras.layers

    with step("training is not given") as see:
        see(units_are_dropped=drops(make()(x)))

    for name, training in (
        ("None", None),
        ("False", False),
        ("True", True),
        ("1", 1),
        ("a NumPy bool", np.bool_(True)),
        ("a tensor", tf.constant(True)),
        ("a tensor that is false", tf.constant(False)),
    ):
        with step("training is " + name) as see:
            see(units_are_dropped=drops(make()(x, training=training)))

    with step("training is given to the model alone") as see:
        see(units_are_dropped=drops(Around()(x, training=True)))

    with step("training in the learning phase") as see:
        before = tf.keras.backend.learning_phase()
        tf.keras.backend.set_learning_phase(1)
        dropped = drops(make()(x))
        tf.keras.backend.set_learning_phase(before)
        see(units_are_dropped=dropped)

    with step("inference is the input as it is") as see:
        see(output=np.unique(make()(x, training=False)))

    with step("inference of an LSTM, implementation 1") as see:
        lstm = layers.LSTM(n, dropout=0.5, implementation=1, kernel_initializer="ones")
        see(output=np.unique(lstm(x, training=False)))

    with step("layer, two calls") as see:
        rnn = make()
        see(same_mask=same(rnn(x, training=True), rnn(x, training=True)))

    with step("RNN of a cell, two calls") as see:
        rnn = layers.RNN(make_cell())
        see(same_mask=same(rnn(x, training=True), rnn(x, training=True)))

    with step("RNN of a cell, another batch size in the second call") as see:
        rnn = layers.RNN(make_cell())
        rnn(x, training=True)
        see(units_are_dropped=drops(rnn(x[:1], training=True)))

    with step("RNN of a cell, inference between two calls") as see:
        rnn = layers.RNN(make_cell())
        one, between, other = [rnn(x, training=each) for each in (True, False, True)]
        see(inference_drops=drops(between), same_mask=same(one, other), drops=drops(other))

    with step("RNN of a cell, training after inference") as see:
        rnn = layers.RNN(make_cell())
        rnn(x, training=False)
        see(units_are_dropped=drops(rnn(x, training=True)))

    with step("RNN of two cells") as see:
        rnn = layers.RNN([make_cell(), make_cell()])
        one, other = [np.array(rnn(x, training=True)) for _ in range(2)]
        see(units_are_dropped=drops(one), largest=one.max(), same_mask=same(one, other))

    with step("cell by hand, two calls") as see:
        see(same_mask=same(*outputs(make_cell(), True, True)))

    with step("cell by hand, reset_dropout_mask between two calls") as see:
        cell = make_cell()
        one = outputs(cell, True)
        cell.reset_dropout_mask()
        see(same_mask=same(one, outputs(cell, True)))

    with step("cell by hand, inference between two calls") as see:
        one, between, other = outputs(make_cell(), True, False, True)
        see(inference_drops=drops(between), same_mask=same(one, other))

    with step("cell by hand, training after inference") as see:
        _, training = outputs(make_cell(), False, True)
        see(units_are_dropped=drops(training))

    with step("cell by hand, another batch size in the second call") as see:
        cell = make_cell()
        outputs(cell, True)
        output, _ = cell(first[:1], [tf.zeros((1, n))], training=True)
        see(units_are_dropped=drops(output))

    with step("Bidirectional, both directions") as see:
        both = layers.Bidirectional(layers.SimpleRNN(n, dropout=0.5))
        both.build(x.shape)
        both.set_weights([np.eye(n), np.zeros((n, n)), np.zeros(n)] * 2)
        forward, backward = tf.split(both(x, training=True), 2, axis=-1)
        see(units_are_dropped=drops(forward), same_mask=same(forward, backward))

    with step("two layers of one seed") as see:
        see(same_mask=same(make(seed=1)(x, training=True), make(seed=1)(x, training=True)))

    for rate in (1.0, 1.5, -0.5):
        with step("a rate of {}".format(rate)) as see:
            rnn = layers.RNN(make_cell(dropout=rate))
            see(output=np.unique(rnn(x, training=True)))


if __name__ == "__main__":
    alone(scenario)
