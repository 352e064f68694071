"""After a masked layer: layers of other kinds that get the mask of a recurrent layer."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
x[0, 2] = 0


def after(layer, call=lambda layer, sequence: layer([sequence, sequence])):
    """What a layer gives in a model, for the steps that no mask leaves out."""
    inputs = tf.keras.Input((3, 2))
    rnn = layers.SimpleRNN(2, return_sequences=True)
    sequence = rnn(layers.Masking()(inputs))
    model = tf.keras.Model(inputs, call(layer, sequence))
    rnn.set_weights([np.full(w.shape, 0.25, np.float32) for w in rnn.get_weights()])
    return model(x)


def scenario(variant, step):
    with step("BatchNormalization, in training") as see:
        normalization = layers.BatchNormalization(momentum=0.0)
        output = after(normalization, lambda layer, sequence: layer(sequence, training=True))
        see(output=output[1], moving_mean=normalization.moving_mean.numpy())

    with step("Attention") as see:
        output = after(layers.Attention())
        see(first=output[0, :2], second=output[1])

    with step("AdditiveAttention") as see:
        output = after(layers.AdditiveAttention(use_scale=False))
        see(first=output[0, :2], second=output[1])

    with step("MultiHeadAttention") as see:
        attention = layers.MultiHeadAttention(1, 2, kernel_initializer="ones")
        output = after(attention, lambda layer, sequence: layer(sequence, sequence))
        see(first=output[0, :2], second=output[1])


if __name__ == "__main__":
    alone(scenario)
