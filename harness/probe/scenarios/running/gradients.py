"""Gradients: of the weights and the initial state of each layer, and a step of training."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
y = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
h = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
c = np.array([[1.0, 0.5], [-1.0, 0.0]], np.float32)
MASK = np.array([[True, True, False], [False, True, True]])


def weighted(layer):
    layer.build(x.shape)
    layer.set_weights(
        [np.linspace(-0.5, 0.5, w.size).reshape(w.shape) for w in layer.get_weights()]
    )
    return layer


def gradients(layer, call=None, **how):
    """The gradients of the sum of the squares of the output."""
    states = [tf.constant(h), tf.constant(c)][: 2 if isinstance(layer, layers.LSTM) else 1]
    weights = layer.trainable_weights
    with tf.GradientTape() as tape:
        tape.watch(states)
        output = (call or layer)(tf.constant(x), initial_state=states, **how)
        loss = tf.reduce_sum(output * output)
    found = tape.gradient(loss, [*weights, *states])
    names = ["kernel", "recurrent_kernel", "bias", "state_0", "state_1"]
    return dict(zip(names, found))


def trained(layer, **how):
    """The weights after a step of training."""
    model = tf.keras.Sequential([tf.keras.Input((3, 2)), layer])
    weighted(layer)
    model.compile(tf.keras.optimizers.SGD(0.5), "mse", **how)
    model.train_on_batch(x, y)
    return dict(zip(["kernel", "recurrent_kernel", "bias"], layer.get_weights()))


def scenario(variant, step):
    for name in ("SimpleRNN", "GRU", "LSTM"):
        make = getattr(layers, name)

        with step(name) as see:
            see(**gradients(weighted(make(2))))

        with step(name + ", the weights after a step of training") as see:
            see(**trained(make(2), run_eagerly=True))

    with step("LSTM, masked") as see:
        see(**gradients(weighted(layers.LSTM(2)), mask=tf.constant(MASK)))

    with step("GRU, reset before") as see:
        see(**gradients(weighted(layers.GRU(2, reset_after=False))))

    with step("LSTM, unrolled") as see:
        see(**gradients(weighted(layers.LSTM(2, unroll=True))))

    with step("LSTM, in tf.function") as see:
        lstm = weighted(layers.LSTM(2))
        see(**gradients(lstm, tf.function(lstm.__call__, autograph=False)))

    with step("stateful SimpleRNN, a second call") as see:
        rnn = weighted(layers.SimpleRNN(2, stateful=True))
        rnn(x)
        with tf.GradientTape() as tape:
            output = rnn(x)
            loss = tf.reduce_sum(output * output)
        found = tape.gradient(loss, rnn.trainable_weights)
        see(kernel=found[0], recurrent_kernel=found[1], bias=found[2])

    l2 = tf.keras.regularizers.l2(0.5)
    with step("losses of the regularizers of an LSTM") as see:
        lstm = weighted(layers.LSTM(2, kernel_regularizer=l2, recurrent_regularizer=l2))
        lstm(x)
        see(losses=np.float32(lstm.losses))

    with step("losses of the regularizers of a cell") as see:
        cell = layers.LSTMCell(2, kernel_regularizer=l2, recurrent_regularizer=l2)
        rnn = weighted(layers.RNN(cell))
        rnn(x)
        see(losses=np.float32(rnn.losses))

    with step("loss of an activity regularizer") as see:
        lstm = weighted(layers.LSTM(2, activity_regularizer=l2))
        lstm(x)
        see(losses=np.float32(lstm.losses))


if __name__ == "__main__":
    alone(scenario)
