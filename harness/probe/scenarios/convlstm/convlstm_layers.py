"""ConvLSTM layers: what they compute by default, in each dimension and precision."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

batch_size, num_timesteps, size, filters = 2, 2, 3, 2


def inputs(dimensions):
    """Images of one channel: (batch, time, ..., channel)."""
    shape = (batch_size, num_timesteps) + (size,) * dimensions + (1,)
    return np.linspace(-1, 1, np.prod(shape), dtype=np.float32).reshape(shape)


x = inputs(2)


def weighted(layer, shape=x.shape):
    """The layer with fixed weights."""
    layer.build(shape)
    layer.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in layer.get_weights()])
    return layer


def scenario(variant, step):
    layers = tf.keras.layers
    same = {"padding": "same", "recurrent_activation": "sigmoid"}

    for dimensions in (1, 2, 3):
        name = "ConvLSTM{}D".format(dimensions)

        with step(name + " with defaults") as see:
            layer = getattr(layers, name)(filters, 2)
            see(output=weighted(layer, inputs(dimensions).shape)(inputs(dimensions)))

        with step(name + ", outputs and states") as see:
            layer = getattr(layers, name)(
                filters, 3, return_sequences=True, return_state=True, **same
            )
            out, hidden, cell = weighted(layer, inputs(dimensions).shape)(inputs(dimensions))
            see(output=out, hidden=hidden, cell=cell)

    with step("hard_sigmoid") as see:
        how = dict(same, recurrent_activation="hard_sigmoid")
        see(output=weighted(layers.ConvLSTM2D(filters, 3, **how))(x))

    # orthogonal matrices, the default of a recurrent kernel, are not made in half precision
    half = dict(same, recurrent_initializer="zeros")

    with step("half precision") as see:
        see(output=weighted(layers.ConvLSTM2D(filters, 3, dtype="float16", **half))(x))

    with step("half precision, weights of single precision") as see:
        policy = tf.keras.mixed_precision.Policy("mixed_float16")
        layer = weighted(layers.ConvLSTM2D(filters, 3, dtype=policy, **half))
        see(output=layer(x), weight=layer.get_weights()[2])

    with step("double precision") as see:
        layer = weighted(layers.ConvLSTM2D(filters, 3, dtype="float64", **same))
        see(output=layer(x.astype(np.float64)))

    with step("half precision, stateful") as see:
        zeros = {"kernel_initializer": "zeros", "dtype": "float16"}
        layer = layers.ConvLSTM2D(filters, 3, stateful=True, **zeros, **half)
        see(output=layer(x), hidden=layer.states[0].numpy())

    with step("half precision, weights of single precision, stateful") as see:
        policy = tf.keras.mixed_precision.Policy("mixed_float16")
        zeros = {"kernel_initializer": "zeros", "dtype": policy}
        layer = layers.ConvLSTM2D(filters, 3, stateful=True, **zeros, **half)
        see(output=layer(x), hidden=layer.states[0].numpy())

    with step("bias at the start") as see:
        layer = layers.ConvLSTM2D(filters, 3)
        layer.build(x.shape)
        see(bias=layer.get_weights()[2])

    with step("shapes of the weights") as see:
        layer = layers.ConvLSTM2D(filters, (1, 2))
        layer.build(x.shape)
        kernel, recurrent_kernel, bias = layer.get_weights()
        see(kernel=kernel.shape, recurrent_kernel=recurrent_kernel.shape, bias=bias.shape)

    with step("compute_output_shape with return_state") as see:
        layer = layers.ConvLSTM2D(filters, 2, return_state=True)
        output, hidden, cell = layer.compute_output_shape((2, 2, 3, 3, 1))
        see(output=tuple(output), hidden=tuple(hidden), cell=tuple(cell))


if __name__ == "__main__":
    alone(scenario)
