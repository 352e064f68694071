"""Odd inputs: of no samples or steps, of other types, and from a generator."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
quarters = tf.keras.initializers.Constant(0.25)
fixed = {"kernel_initializer": quarters, "recurrent_initializer": quarters}


def scenario(variant, step):
    with step("no samples") as see:
        see(shape=np.array(layers.LSTM(2, **fixed)(x[:0]).shape))

    with step("no time steps") as see:
        see(output=layers.LSTM(2, **fixed)(x[:, :0]))

    with step("no time steps, unrolled") as see:
        see(output=layers.SimpleRNN(2, unroll=True, **fixed)(x[:, :0]))

    with step("whole numbers") as see:
        see(output=layers.SimpleRNN(2, **fixed)(np.arange(12).reshape(x.shape) % 3))

    with step("lists of numbers") as see:
        see(output=layers.SimpleRNN(2, **fixed)(x.tolist()))

    with step("fewer features than before") as see:
        layer = layers.SimpleRNN(2, **fixed)
        layer(x)
        see(output=layer(x[..., :1]))

    with step("not a number, in masked steps") as see:
        padded = np.concatenate([x, np.full_like(x, np.nan)], axis=1)
        mask = tf.constant([[True] * 3 + [False] * 3] * 2)
        see(output=layers.LSTM(2, **fixed)(padded, mask=mask))

    with step("a generator of batches, predict") as see:
        inputs = tf.keras.Input((3, 2), batch_size=2)
        model = tf.keras.Model(inputs, layers.SimpleRNN(2, stateful=True, **fixed)(inputs))
        see(output=model.predict((batch for batch in [x, x]), steps=2, verbose=0))


if __name__ == "__main__":
    alone(scenario)
