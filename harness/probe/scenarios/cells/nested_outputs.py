"""Nested outputs: cells that give several outputs, in a tuple and in a dict."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)


class Two(layers.Layer):
    """Gives its input, and the sum of its input and its state."""

    def __init__(self, kind, **how):
        super().__init__(**how)
        self.kind = kind
        self.state_size = 2
        self.output_size = kind((2, 2))

    def call(self, inputs, states):
        total = inputs + states[0]
        return self.kind((inputs, total)), [total]


def in_dict(pair):
    return {"inputs": pair[0], "total": pair[1]}


def scenario(variant, step):
    with step("a tuple") as see:
        output = layers.RNN(Two(tuple))(tf.constant(x))
        see(inputs=output[0], total=output[1], a_tuple=isinstance(output, tuple))

    with step("a tuple, sequences") as see:
        output = layers.RNN(Two(tuple), return_sequences=True)(tf.constant(x))
        see(inputs=output[0], total=output[1], a_tuple=isinstance(output, tuple))

    with step("a tuple, return_state") as see:
        output = layers.RNN(Two(tuple), return_state=True)(tf.constant(x))
        see(count=len(output), state=output[-1])

    with step("a dict") as see:
        output = layers.RNN(Two(in_dict))(tf.constant(x))
        see(inputs=output["inputs"], total=output["total"])

    for name, kind in (("a tuple", tuple), ("a dict", in_dict)):
        with step(name + ", functional model") as see:
            inputs = tf.keras.Input((3, 2))
            output = tf.keras.Model(inputs, layers.RNN(Two(kind), unroll=True)(inputs))(x)
            output = list(output.values()) if isinstance(output, dict) else output
            see(inputs=output[0], total=output[1])


if __name__ == "__main__":
    alone(scenario)
