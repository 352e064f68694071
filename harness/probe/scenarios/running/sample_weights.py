"""Sample weights: weights of samples, of time steps and of classes for a layer of sequences."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
y = np.ones((2, 3, 2), np.float32)
classes = np.array([[0, 1, 1], [1, 0, 1]])
of_steps = np.array([[1, 2, 0], [1, 1, 0]], np.float32)


def make(loss="mse", activation="tanh", **how):
    inputs = tf.keras.Input((3, 2))
    rnn = layers.SimpleRNN(2, return_sequences=True, activation=activation, unroll=True)
    model = tf.keras.Model(inputs, rnn(inputs))
    rnn.set_weights([np.full(w.shape, 0.25, np.float32) for w in rnn.get_weights()])
    model.compile(tf.keras.optimizers.SGD(0.0), loss, run_eagerly=True, **how)
    return model


def scenario(variant, step):
    with step("a weight for each sample") as see:
        weights = np.array([1, 3], np.float32)
        see(loss=np.float32(make().evaluate(x, y, sample_weight=weights, verbose=0)))

    with step("a weight for each sample, as many samples as steps") as see:
        square, ones = x.reshape(-1)[:9].reshape(3, 3, 1).repeat(2, axis=2), np.ones((3, 3, 2))
        weights = np.array([1, 3, 5], np.float32)
        see(loss=np.float32(make().evaluate(square, ones, sample_weight=weights, verbose=0)))

    with step("a weight for each step") as see:
        see(loss=np.float32(make().evaluate(x, y, sample_weight=of_steps, verbose=0)))

    with step("sample_weight_mode") as see:
        model = make(sample_weight_mode="temporal")
        see(loss=np.float32(model.evaluate(x, y, sample_weight=of_steps, verbose=0)))

    with step("class_weight") as see:
        model = make("sparse_categorical_crossentropy", "softmax")
        fitted = model.fit(x, classes, class_weight={0: 1.0, 1: 3.0}, verbose=0)
        see(loss=np.float32(fitted.history["loss"]))


if __name__ == "__main__":
    alone(scenario)
