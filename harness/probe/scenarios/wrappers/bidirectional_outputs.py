"""Bidirectional: what comes back, merged and not, masked and not, and from which two layers."""

import sys
import types

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 3, dtype=np.float32).reshape(2, 3, 3)
counting = np.array([[1, 1, 0], [1, 0, 0]], dtype=bool)
padded = np.where(counting[:, :, None], x, 0).astype(np.float32)
all_outputs = {"return_sequences": True}


def give_weights(layer, start):
    values = [np.linspace(start, start + 1, w.size).reshape(w.shape) for w in layer.get_weights()]
    layer.set_weights(values)


def make(layer, **how):
    both = layers.Bidirectional(layer, **how)
    both.build((2, 3, 3))
    give_weights(both.forward_layer, -0.5)
    give_weights(both.backward_layer, -0.4)
    return both


def make_next():
    rnn = layers.SimpleRNN(2)
    rnn.build((2, 3, 2))
    give_weights(rnn, -0.3)
    return rnn


class Minimal(layers.Layer):
    """A cell of one state, as users write it in a module of their own."""

    __module__ = "cells_of_mine"

    def __init__(self, units, **how):
        super().__init__(**how)
        self.units = self.state_size = self.output_size = units

    def call(self, inputs, states):
        h = states[0] + tf.reduce_sum(inputs, axis=1, keepdims=True)
        return h, [h]

    def get_config(self):
        return dict(super().get_config(), units=self.units)


def scenario(variant, step):
    mask = tf.constant(counting)

    with step("merge_mode None") as see:
        forward, backward = make(layers.SimpleRNN(2, **all_outputs), merge_mode=None)(x)
        see(forward=forward, backward=backward)

    with step("merge_mode None, return_state") as see:
        both = make(layers.GRU(2, return_state=True, **all_outputs), merge_mode=None)
        forward, backward, forward_state, backward_state = both(x)
        see(forward=forward, backward=backward)
        see(forward_state=forward_state, backward_state=backward_state)

    with step("SimpleRNN, masked") as see:
        see(output=make(layers.SimpleRNN(2, **all_outputs))(x, mask=mask))

    with step("merge_mode None, masked") as see:
        both = make(layers.SimpleRNN(2, **all_outputs), merge_mode=None)
        forward, backward = both(x, mask=mask)
        see(forward=forward, backward=backward)

    with step("the mask reaches the next layer") as see:
        both = make(layers.SimpleRNN(2, **all_outputs), merge_mode="sum")
        see(output=make_next()(both(layers.Masking()(padded))))

    with step("the mask reaches the next layer, merge_mode None") as see:
        both = make(layers.SimpleRNN(2, **all_outputs), merge_mode=None)
        see(output=make_next()(both(layers.Masking()(padded))[1]))

    with step("a backward_layer of another activation") as see:
        other = layers.SimpleRNN(2, activation="relu", go_backwards=True, **all_outputs)
        see(output=make(layers.SimpleRNN(2, **all_outputs), backward_layer=other)(x))

    with step("a layer that goes backwards already") as see:
        see(output=make(layers.SimpleRNN(2, go_backwards=True))(x))

    with step("a backward_layer that was built before") as see:
        other = layers.SimpleRNN(2, go_backwards=True)
        other.build((2, 3, 3))
        give_weights(other, -0.4)
        both = layers.Bidirectional(layers.SimpleRNN(2), backward_layer=other)
        both.build((2, 3, 3))
        give_weights(both.forward_layer, -0.5)
        see(output=both(x))

    with step("a layer that was built before") as see:
        rnn = layers.SimpleRNN(2)
        rnn.build((2, 3, 3))
        give_weights(rnn, -0.5)
        both = layers.Bidirectional(rnn)
        both.build((2, 3, 3))
        kernel, forward_kernel = rnn.get_weights()[0], both.forward_layer.get_weights()[0]
        see(the_weights_are_kept=np.allclose(kernel, forward_kernel))
        see(weights=len(both.weights), trainable_weights=len(both.trainable_weights))

    with step("RNN of a cell of one's own") as see:
        sys.modules["cells_of_mine"] = types.ModuleType("cells_of_mine")
        sys.modules["cells_of_mine"].Minimal = Minimal
        try:
            both = layers.Bidirectional(layers.RNN(Minimal(1), **all_outputs))
        finally:
            del sys.modules["cells_of_mine"]
        see(output=both(x))

    with step("from its config") as see:
        other = layers.SimpleRNN(2, activation="relu", go_backwards=True)
        first = make(layers.SimpleRNN(2), backward_layer=other, merge_mode="sum")
        both = layers.Bidirectional.from_config(first.get_config())
        both.build((2, 3, 3))
        both.set_weights(first.get_weights())
        see(output=both(x))

    with step("return_state, what comes back") as see:
        outputs = make(layers.LSTM(2, return_state=True))(x)
        see(
            count=len(outputs), a_list=isinstance(outputs, list), a_tuple=isinstance(outputs, tuple)
        )

    with step("merge_mode None, what comes back of Inputs") as see:
        outputs = make(layers.SimpleRNN(2), merge_mode=None)(tf.keras.Input((3, 3)))
        see(
            count=len(outputs), a_list=isinstance(outputs, list), a_tuple=isinstance(outputs, tuple)
        )

    with step("compute_output_shape") as see:
        both = make(layers.SimpleRNN(2, **all_outputs))
        see(output=tuple(both.compute_output_shape((2, 3, 3))))

    with step("compute_output_shape, merge_mode None") as see:
        both = make(layers.SimpleRNN(2, **all_outputs), merge_mode=None)
        see(output=[tuple(shape) for shape in both.compute_output_shape((2, 3, 3))])

    with step("compute_output_shape, return_state") as see:
        both = make(layers.GRU(2, return_state=True))
        see(output=[tuple(shape) for shape in both.compute_output_shape((2, 3, 3))])


if __name__ == "__main__":
    alone(scenario)
