"""Several outputs: losses of the states that a layer returns, by their order and by their names."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
one, nine = np.ones((2, 2), np.float32), np.full((2, 2), 9, np.float32)


def loss(losses, targets, **how):
    """The loss of a model that gives the output and both states of an LSTM called `rnn`."""
    inputs = tf.keras.Input((3, 2))
    lstm = layers.LSTM(2, return_state=True, unroll=True, name="rnn")
    model = tf.keras.Model(inputs, lstm(inputs))
    lstm.set_weights([np.full(w.shape, 0.25, np.float32) for w in lstm.get_weights()])
    model.compile(tf.keras.optimizers.SGD(0.0), losses, run_eagerly=True, **how)
    return np.float32(np.ravel(model.evaluate(x, targets, verbose=0))[0])


def scenario(variant, step):
    with step("one loss for all") as see:
        see(loss=loss("mse", [one, one, nine]))

    with step("a list of losses") as see:
        see(loss=loss(["mse", "mae", "mse"], [one, one, nine]))

    with step("a list of losses, None for the states") as see:
        see(loss=loss(["mse", None, None], [one, one, nine]))

    with step("loss_weights") as see:
        see(loss=loss("mse", [one, one, nine], loss_weights=[1.0, 0.0, 0.0]))

    with step("a loss for the name of the layer, targets in a list") as see:
        see(loss=loss({"rnn": "mse"}, [one, nine, nine]))

    with step("a loss for each name of 2.x") as see:
        names = ("rnn", "rnn_1", "rnn_2")
        see(loss=loss(dict.fromkeys(names, "mse"), dict(zip(names, (one, one, nine)))))


if __name__ == "__main__":
    alone(scenario)
