"""Seeding: which seeds make which random numbers equal in the next run.

Each variant is a way to seed; later variants seed more. A step is reproducible under a variant if
two runs give equal results. Every step seeds again, so that no step depends on another.
"""

import random

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("tensorflow", "numpy_too", "random_too", "set_random_seed", "op_determinism")
APART = True  # a process for each variant, since the next variant would inherit the seeds

batch_size, num_timesteps, input_dim, nodes = 10, 2, 3, 10


def seed(variant):
    if variant in ("tensorflow", "numpy_too", "random_too"):
        tf.random.set_seed(42)
    if variant in ("numpy_too", "random_too"):
        np.random.seed(42)
    if variant == "random_too":
        random.seed(42)
    if variant in ("set_random_seed", "op_determinism"):
        tf.keras.utils.set_random_seed(42)  # since 2.7
    if variant == "op_determinism":
        tf.config.experimental.enable_op_determinism()  # since 2.8


def scenario(variant, step):
    x = np.linspace(-1, 1, batch_size * num_timesteps * input_dim, dtype=np.float32)
    x = x.reshape(batch_size, num_timesteps, input_dim)

    with step("seeding itself") as see:
        seed(variant)
        see(seeded=True)

    with step("random.random") as see:
        seed(variant)
        see(draw=random.random())

    with step("np.random.rand") as see:
        seed(variant)
        see(draw=np.random.rand(3))

    with step("tf.random.normal") as see:
        seed(variant)
        see(draw=tf.random.normal((3,)))

    with step("weights of an LSTM and a Dense layer") as see:
        seed(variant)
        lstm, dense = tf.keras.layers.LSTM(nodes), tf.keras.layers.Dense(2)
        lstm.build(x.shape)
        dense.build((batch_size, nodes))
        kernel, recurrent_kernel, _ = lstm.get_weights()
        see(kernel=kernel, recurrent_kernel=recurrent_kernel, dense=dense.get_weights()[0])

    with step("weights of an initializer with a seed") as see:
        seed(variant)
        initializer = tf.keras.initializers.GlorotUniform(seed=42)
        dense = tf.keras.layers.Dense(2, kernel_initializer=initializer)
        dense.build((batch_size, nodes))
        see(dense=dense.get_weights()[0])

    with step("Dropout") as see:
        seed(variant)
        see(output=tf.keras.layers.Dropout(0.5)(x, training=True))

    with step("dropout in an LSTM") as see:
        seed(variant)
        ones = tf.keras.initializers.Ones()
        lstm = tf.keras.layers.LSTM(
            2,
            dropout=0.5,
            recurrent_dropout=0.5,
            kernel_initializer=ones,
            recurrent_initializer=ones,
        )
        see(output=lstm(x, training=True))

    with step("shuffled dataset") as see:
        seed(variant)
        order = tf.data.Dataset.range(20).shuffle(20)
        see(order=[int(item) for item in order])

    with step("fit with shuffle") as see:
        seed(variant)
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
        model.compile("sgd", "mse", run_eagerly=True)
        model.fit(x[:, 0], x[:, 1, :1], batch_size=3, epochs=1, verbose=0, shuffle=True)
        see(weights=model.get_weights()[0])


if __name__ == "__main__":
    alone(scenario)
