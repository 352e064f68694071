# Reported: TimeDistributed does not take two inputs.
# https://github.com/tensorflow/tensorflow/issues/35824
import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input, TimeDistributed

a = np.linspace(-1, 1, 2 * 4 * 3).reshape(2, 4, 3).astype("float32")
b = np.linspace(0, 1, 2 * 4 * 2).reshape(2, 4, 2).astype("float32")

one, other = Input((3,)), Input((2,))
merged = Concatenate()([one, other])
step = tf.keras.Model([one, other], Dense(1, kernel_initializer="ones")(merged))
first = step([a[:, 0], b[:, 0]])
print(first.numpy())

steps = TimeDistributed(step)([a, b])
print(steps.numpy())
