"""Traced calls: layers in tf.function, how often it traces them, and whether a state survives."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)


def weighted(layer):
    layer.build(x.shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def make_rnn(**how):
    return weighted(layers.SimpleRNN(2, **how))


def traced(layer, shape=None, **how):
    """A function that calls the layer, and a list with an entry for each time it is traced."""
    traces = []

    def call(given):
        traces.append(tuple(given.shape))
        return layer(given)

    if shape:
        how["input_signature"] = [tf.TensorSpec(shape, tf.float32)]
    return tf.function(call, autograph=False, **how), traces


def see_two_calls(see, function, traces, second=x):
    first = function(tf.constant(x))
    see(first=first, second=function(tf.constant(second)), traces=len(traces))


def scenario(variant, step):
    with step("known dimensions, then another batch size, and another length") as see:
        function, traces = traced(make_rnn(unroll=True))
        see_two_calls(see, function, traces)
        row, shorter = function(tf.constant(x[:1])), function(tf.constant(x[:, :2]))
        see(row=row, shorter=shorter, traces_of_all=len(traces))

    for name, shape, second in (
        ("batch size unknown", (None, 3, 2), x[:1]),
        ("both unknown", (None, None, 2), x[:1, :2]),
    ):
        with step(name) as see:
            see_two_calls(see, *traced(make_rnn(), shape), second=second)

    with step("LSTM, both unknown") as see:
        lstm = weighted(layers.LSTM(2))
        see_two_calls(see, *traced(lstm, (None, None, 2)), second=x[:1, :2])

    with step("length unknown, unrolled") as see:
        see_two_calls(see, *traced(make_rnn(unroll=True), (2, None, 2)))

    with step("compiled") as see:
        see_two_calls(see, *traced(make_rnn(), jit_compile=True))

    for name in ("GRU", "LSTM"):
        with step(name + ", compiled") as see:
            layer = weighted(getattr(layers, name)(2))
            see_two_calls(see, *traced(layer, jit_compile=True))

    with step("stateful, known dimensions, then another length") as see:
        function, traces = traced(make_rnn(stateful=True))
        see_two_calls(see, function, traces)
        see(shorter=function(tf.constant(x[:, :2])), traces_of_all=len(traces))

    with step("stateful, batch size unknown") as see:
        see_two_calls(see, *traced(make_rnn(stateful=True), (None, 3, 2)))

    with step("stateful, length unknown") as see:
        function, traces = traced(make_rnn(stateful=True), (2, None, 2))
        see_two_calls(see, function, traces, second=x[:, :2])

    with step("stateful, compiled") as see:
        see_two_calls(see, *traced(make_rnn(stateful=True), jit_compile=True))

    with step("stateful, built in the function") as see:
        ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
        see_two_calls(see, *traced(layers.SimpleRNN(2, stateful=True, **ones)))

    with step("stateful, calls outside and in the function, and a reset") as see:
        rnn = make_rnn(stateful=True)
        function, traces = traced(rnn)
        rnn(x)
        see(inside=function(tf.constant(x)), outside=rnn(x))
        rnn.reset_states()
        see(after_reset=function(tf.constant(x)), traces=len(traces))

    with step("stateful, a reset in the function") as see:
        rnn = make_rnn(stateful=True)

        def reset_and_call(given):
            rnn.reset_states()
            return rnn(given)

        function = tf.function(reset_and_call, autograph=False)
        rnn(x)
        see(first=function(tf.constant(x)), second=function(tf.constant(x)))


if __name__ == "__main__":
    alone(scenario)
