"""Shared states: a stateful layer in several places, and who counts its state as a variable."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
quarters = tf.keras.initializers.Constant(0.25)


def make():
    return layers.SimpleRNN(
        2, stateful=True, kernel_initializer=quarters, recurrent_initializer=quarters
    )


def make_input():
    return tf.keras.Input((3, 2), batch_size=2)


class Holder(tf.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer


def scenario(variant, step):
    with step("a layer in two models") as see:
        layer, one, other = make(), make_input(), make_input()
        model, another = tf.keras.Model(one, layer(one)), tf.keras.Model(other, layer(other))
        see(first=model(x), second=another(x), third=model(x))

    with step("a layer twice in a model") as see:
        layer, inputs = make(), make_input()
        model = tf.keras.Model(inputs, [layer(inputs), layer(inputs)])
        first, second = model(x)
        see(first=first, second=second)

    with step("variables of a model") as see:
        inputs = make_input()
        model = tf.keras.Model(inputs, make()(inputs))
        model(x)
        see(weights=len(model.weights), variables=len(model.variables))

    with step("variables of a tf.Module") as see:
        layer = make()
        layer(x)
        module = Holder(layer)
        see(variables=len(module.variables), trainable=len(module.trainable_variables))


if __name__ == "__main__":
    alone(scenario)
