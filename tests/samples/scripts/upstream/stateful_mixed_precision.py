# Reported: a stateful GRU could not be called under the mixed_float16 policy.
# https://github.com/tensorflow/tensorflow/issues/51385
import numpy as np
import tensorflow as tf

tf.keras.mixed_precision.set_global_policy("mixed_float16")
x = tf.constant(np.linspace(0, 1, 1 * 4 * 2).reshape(1, 4, 2), tf.float16)

stateless = tf.keras.layers.GRU(3, kernel_initializer="zeros", recurrent_initializer="zeros")
y = stateless(x)
print(y.dtype)

stateful = tf.keras.layers.GRU(
    3, kernel_initializer="zeros", recurrent_initializer="zeros", stateful=True
)
z = stateful(x)
print(z.dtype)
