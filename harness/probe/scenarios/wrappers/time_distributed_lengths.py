"""TimeDistributed of sequences whose length or number is not known when it is traced."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
five_steps = np.linspace(-1, 1, 2 * 5, dtype=np.float32).reshape(2, 5, 1)
three_steps = five_steps.reshape(5, 2, 1)[:, :1].repeat(3, axis=1)  # five rows


def make():
    return layers.TimeDistributed(layers.Dense(1, kernel_initializer="ones"))


def traced(shape, x):
    """What the layer gives in a function that is traced for inputs of a shape."""
    layer = make()
    layer.build(x.shape)
    function = tf.function(
        layer.__call__,
        autograph=False,
        input_signature=[tf.TensorSpec(shape, tf.float32)],
    )
    return function(tf.constant(x))


def scenario(variant, step):
    with step("length unknown") as see:
        see(output=traced((2, None, 1), five_steps))

    with step("number of rows unknown") as see:
        see(output=traced((None, 5, 1), five_steps))

    with step("both unknown, more steps than rows") as see:
        see(output=traced((None, None, 1), five_steps))

    with step("both unknown, more rows than steps") as see:
        see(output=traced((None, None, 1), three_steps))

    with step("predict, then another length") as see:
        model = tf.keras.Sequential([tf.keras.Input((None, 1)), make()])
        see(shorter=model.predict(five_steps[:, :3], verbose=0))
        see(output=model.predict(five_steps, verbose=0))


if __name__ == "__main__":
    alone(scenario)
