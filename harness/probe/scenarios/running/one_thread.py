"""One thread: whether a layer computes what it computes with one thread for each core.

The number of threads is a setting of the whole process, so this scenario has one of its own. Every
other scenario runs with as many threads as TensorFlow chooses.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)
APART = True

ROWS, TIMES, FEATURES, UNITS = 16, 4, 8, 16
x = np.linspace(0, 1, ROWS * TIMES * FEATURES, dtype=np.float32).reshape(ROWS, TIMES, FEATURES)


def scenario(variant, step):
    threading = tf.config.threading
    with step("one thread") as see:
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)
        see(
            intra=threading.get_intra_op_parallelism_threads(),
            inter=threading.get_inter_op_parallelism_threads(),
        )

    for name in ("SimpleRNN", "GRU", "LSTM"):
        with step(name) as see:
            layer = getattr(tf.keras.layers, name)(UNITS)
            layer.build(x.shape)
            layer.set_weights(
                [np.linspace(-0.2, 0.2, w.size).reshape(w.shape) for w in layer.get_weights()]
            )
            with tf.GradientTape() as tape:
                output = layer(tf.constant(x))
                loss = tf.reduce_sum(output * output)
            see(output=output[:2], bias=tape.gradient(loss, layer.trainable_weights[2]))


if __name__ == "__main__":
    alone(scenario)
