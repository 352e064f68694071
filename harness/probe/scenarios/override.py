"""Override: choosing the initial state of a stateless LSTM by replacing `get_initial_state`.

The second half of the article. A stateful layer has one fixed batch size; this layer takes
a single sample or a batch, and starts from any given state.
"""

import random

import numpy as np
import tensorflow as tf
from steps import alone, fixed

input_dim = 3
output_dim = 3
num_timesteps = 2
batch_size = 10
nodes = 10


class Model:
    """The class in the article. Its zero state has `batch_size` rows for an input of any size."""

    def __init__(self):
        input_layer = tf.keras.Input(shape=(num_timesteps, input_dim), batch_size=batch_size)
        self.cell = tf.keras.layers.LSTMCell(
            nodes,
            kernel_initializer="glorot_uniform",
            recurrent_initializer="glorot_uniform",
            bias_initializer="zeros",
        )
        self.lstm = tf.keras.layers.RNN(
            self.cell, return_state=True, return_sequences=True, stateful=False
        )
        lstm_out, hidden_state, cell_state = self.lstm(input_layer)
        self.dense = tf.keras.layers.Dense(output_dim)
        output = self.dense(lstm_out)
        self.net = tf.keras.Model(inputs=input_layer, outputs=[output, hidden_state, cell_state])

    def get_zero_initial_state(self, inputs):
        return [tf.zeros((batch_size, nodes)), tf.zeros((batch_size, nodes))]

    def get_initial_state(self, inputs):
        return self.initial_state

    def __call__(self, inputs, states=None):
        if states is None:
            self.lstm.get_initial_state = self.get_zero_initial_state
        else:
            self.initial_state = states
            self.lstm.get_initial_state = self.get_initial_state
        return self.net(inputs, states)


class SizedModel(Model):
    """The same class with a zero state that has as many rows as the input."""

    def get_zero_initial_state(self, inputs):
        size = tf.shape(inputs)[0]
        return [tf.zeros((size, nodes)), tf.zeros((size, nodes))]


class EarlierModel(tf.keras.Model):
    """The model of an earlier version of the article, which printed its last two figures."""

    def __init__(self):
        super().__init__()
        cell = tf.keras.layers.LSTMCell(
            100,
            recurrent_activation="hard_sigmoid",
            kernel_initializer="glorot_uniform",
            recurrent_initializer="glorot_uniform",
            bias_initializer="zeros",
        )
        self.lstm = tf.keras.layers.RNN(
            cell, return_state=True, return_sequences=True, stateful=False
        )

    def get_zero_initial_state(self, inputs):
        size = tf.shape(inputs)[0]
        return [tf.zeros((size, 100)), tf.zeros((size, 100))]

    def get_initial_state(self, inputs):
        return self.initial_state

    def call(self, inputs, states=None):
        if states is None:
            self.lstm.get_initial_state = self.get_zero_initial_state
        else:
            self.initial_state = states
            self.lstm.get_initial_state = self.get_initial_state
        return self.lstm(inputs)


def seed(variant):
    np.random.seed(42)
    tf.random.set_seed(42)
    if variant == "strict":  # since 2.10, initializers take their seed from Python's `random`
        random.seed(42)


def prepare(model_class, variant):
    """A model, a single sample and a batch, seeded or with fixed weights, by the variant."""
    seed(variant)
    mdl = model_class()
    single = np.random.rand(1, num_timesteps, input_dim).astype(np.float32)
    batch = np.random.rand(batch_size, num_timesteps, input_dim).astype(np.float32)
    if variant == "fixed":
        single, batch = fixed("x")[:1], fixed("x")
        mdl.cell.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
        mdl.dense.set_weights([fixed("dense_kernel"), fixed("dense_bias")])
    return mdl, single, batch


def as_printed(variant, step):
    mdl, single, batch = prepare(Model, variant)

    with step("as printed, single sample") as see:
        out, hidden_state, cell_state = mdl(single)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("as printed, single sample, ones") as see:
        states = [tf.ones((1, nodes)), tf.ones((1, nodes))]
        out, hidden_state, cell_state = mdl(single, states=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("as printed, batch") as see:
        out, hidden_state, cell_state = mdl(batch)
        see(output=out, hidden=hidden_state, cell=cell_state)


def sized_by_the_input(variant, step):
    mdl, single, batch = prepare(SizedModel, variant)
    h = np.arange(batch_size * nodes, dtype=np.float32).reshape(batch_size, nodes) / 100
    c = 1 - 2 * h

    with step("single sample, zero state") as see:
        out, hidden_state, cell_state = mdl(single)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("single sample, zero state again") as see:
        out, hidden_state, cell_state = mdl(single)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("single sample, ones") as see:
        states = [tf.ones((1, nodes)), tf.ones((1, nodes))]
        out, hidden_state, cell_state = mdl(single, states=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("single sample, distinct states") as see:
        states = [tf.constant(h[:1]), tf.constant(c[:1])]
        out, hidden_state, cell_state = mdl(single, states=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("batch, zero state") as see:  # the same layer with another batch size
        out, hidden_state, cell_state = mdl(batch)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("batch, distinct states") as see:
        out, hidden_state, cell_state = mdl(batch, states=[tf.constant(h), tf.constant(c)])
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("single sample after the batch") as see:
        states = [tf.constant(h[:1]), tf.constant(c[:1])]
        out, hidden_state, cell_state = mdl(single, states=states)
        see(output=out, hidden=hidden_state, cell=cell_state)


def published(variant, step):
    with step("batch of two, zero state") as see:
        seed(variant)
        mdl = EarlierModel()
        x = np.random.rand(2, num_timesteps, input_dim).astype(np.float32)
        out, hidden_state, cell_state = mdl(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("single sample, ones") as see:
        seed(variant)
        mdl = EarlierModel()
        x = np.random.rand(1, num_timesteps, input_dim).astype(np.float32)
        out, hidden_state, cell_state = mdl(x, states=[tf.ones((1, 100)), tf.ones((1, 100))])
        see(output=out, hidden=hidden_state, cell=cell_state)


def scenario(variant, step):
    if variant == "published":
        published(variant, step)
    else:
        as_printed(variant, step)
        sized_by_the_input(variant, step)


if __name__ == "__main__":
    alone(scenario)
