"""Masked losses: what a masked step counts in a loss, in metrics, and in a step of training."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
x[0, 2] = 0
y = np.ones((2, 3, 2), np.float32)
classes = np.array([[0, 1, 1], [1, 0, 1]])
weights = np.array([[1, 2, 3], [1, 1, 1]], np.float32)


def make(loss="mse", **how):
    inputs = tf.keras.Input((3, 2))
    rnn = layers.SimpleRNN(2, return_sequences=True)
    model = tf.keras.Model(inputs, rnn(layers.Masking()(inputs)))
    rnn.set_weights([np.full(w.shape, 0.25, np.float32) for w in rnn.get_weights()])
    model.compile(tf.keras.optimizers.SGD(0.1), loss, run_eagerly=True, **how)
    return model


def scenario(variant, step):
    with step("loss") as see:
        see(loss=np.float32(make().evaluate(x, y, verbose=0)))

    with step("loss, a weight for each step") as see:
        see(loss=np.float32(make().evaluate(x, y, sample_weight=weights, verbose=0)))

    with step("a metric") as see:
        see(error=np.float32(make(metrics=["mae"]).evaluate(x, y, verbose=0)[1]))

    with step("a weighted metric") as see:
        see(error=np.float32(make(weighted_metrics=["mae"]).evaluate(x, y, verbose=0)[1]))

    with step("accuracy") as see:
        model = make("sparse_categorical_crossentropy", metrics=["accuracy"])
        see(accuracy=np.float32(model.evaluate(x, classes, verbose=0)[1]))

    with step("weights after a step of training") as see:
        model = make()
        model.train_on_batch(x, y)
        kernel, recurrent_kernel, bias = model.get_weights()
        see(kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias)


if __name__ == "__main__":
    alone(scenario)
