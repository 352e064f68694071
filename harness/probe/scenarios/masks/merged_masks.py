"""Merged masks: two sequences with a mask each become one, and a recurrent layer reads it.

The masks of both are the same, unless the name of the step says otherwise.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

MASK = np.array([[1, 1, 0], [1, 0, 1]], bool)
x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3)
padded = x * MASK[:, :, None].astype(np.float32)


def masked(inputs=padded):
    return tf.keras.layers.Masking()(inputs)


def reader(features):
    """A recurrent layer with fixed weights."""
    rnn = tf.keras.layers.SimpleRNN(2, return_sequences=True)
    rnn.build((2, None, features))
    rnn.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape) for w in rnn.get_weights()])
    return rnn


def lost(sequences):
    return getattr(sequences, "_keras_mask", None) is None


class Both(tf.keras.layers.Layer):
    """Adds two inputs, and 1 where a mask comes with the first; it passes the second mask on."""

    def call(self, inputs, mask=None):
        first, second = inputs
        if mask is not None:
            first = first + tf.cast(mask[0], tf.float32)[:, :, None]
        return first + second

    def compute_mask(self, inputs, mask=None):
        return mask[1] if mask is not None else None


def scenario(variant, step):
    layers = tf.keras.layers
    read, read_both = reader(3), reader(6)

    with step("Add") as see:
        out = layers.Add()([masked(), masked()])
        see(output=read(out), mask_is_lost=lost(out))

    with step("Add, masks that differ") as see:
        out = layers.Add()([masked(), masked(padded[::-1])])
        see(output=read(out), mask_is_lost=lost(out))

    with step("Add, one mask") as see:
        out = layers.Add()([masked(), tf.constant(x)])
        see(output=read(out), mask_is_lost=lost(out))

    with step("Multiply, masks that differ") as see:
        out = layers.Multiply()([masked(), masked(padded[::-1])])
        see(output=read(out), mask_is_lost=lost(out))

    with step("plus") as see:
        out = masked() + masked()
        see(output=read(out), mask_is_lost=lost(out))

    with step("Concatenate") as see:
        out = layers.Concatenate()([masked(), masked()])
        see(output=read_both(out), mask_is_lost=lost(out))

    with step("Concatenate, masks that differ") as see:
        out = layers.Concatenate()([masked(), masked(padded[::-1])])
        see(output=read_both(out), mask_is_lost=lost(out))

    with step("Concatenate, one mask") as see:
        out = layers.Concatenate()([masked(), tf.constant(x)])
        see(output=read_both(out), mask_is_lost=lost(out))

    with step("Concatenate along time") as see:
        out = layers.Concatenate(axis=1)([masked(), masked(padded[:, :2])])
        see(output=read(out), mask_is_lost=lost(out))

    with step("layer of two inputs, masks that differ") as see:
        out = Both()([masked(), masked(padded[::-1])])
        see(output=read(out), mask_is_lost=lost(out))

    with step("functional model, Add") as see:
        pair = [tf.keras.Input((3, 3)), tf.keras.Input((3, 3))]
        merged = layers.Add()([masked(each) for each in pair])
        see(output=tf.keras.Model(pair, read(merged))([padded, padded]))

    with step("functional model, Concatenate") as see:
        pair = [tf.keras.Input((3, 3)), tf.keras.Input((3, 3))]
        merged = layers.Concatenate()([masked(each) for each in pair])
        see(output=tf.keras.Model(pair, read_both(merged))([padded, padded]))

    with step("functional model, Concatenate along time") as see:
        pair = [tf.keras.Input((3, 3)), tf.keras.Input((2, 3))]
        merged = layers.Concatenate(axis=1)([masked(each) for each in pair])
        see(output=tf.keras.Model(pair, read(merged))([padded, padded[:, :2]]))


if __name__ == "__main__":
    alone(scenario)
