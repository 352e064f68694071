"""Loops in calls: models whose `call` goes through the time steps itself, as decoders do."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)


class Decoder(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.cell = tf.keras.layers.SimpleRNNCell(
            2, kernel_initializer="ones", recurrent_initializer="ones"
        )


class OverNumbers(Decoder):
    def call(self, inputs):
        state = tf.zeros((2, 2))
        for n in range(3):
            state, _ = self.cell(inputs[:, n], [state])
        return state


class OverTensors(Decoder):
    def call(self, inputs):
        state = tf.zeros((2, 2))
        for n in tf.range(3):
            state, _ = self.cell(inputs[:, n], [state])
        return state


class WhileTensors(Decoder):
    def call(self, inputs):
        state, n = tf.zeros((2, 2)), tf.constant(0)
        while n < 3:
            state, _ = self.cell(inputs[:, n], [state])
            n += 1
        return state


def scenario(variant, step):
    for name, kind in (
        ("for, over numbers", OverNumbers),
        ("for, over a tensor", OverTensors),
        ("while, of a tensor", WhileTensors),
    ):
        with step(name + ", eagerly") as see:
            see(output=kind()(tf.constant(x)))

        with step(name + ", predict") as see:
            see(output=kind().predict(x, verbose=0))


if __name__ == "__main__":
    alone(scenario)
