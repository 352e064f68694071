# Two padded sequences are merged by Add or Concatenate, and an LSTM reads the result.
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

x = np.linspace(-1, 1, 4 * 3 * 2, dtype=np.float32).reshape(4, 3, 2)
x[:, 2:] = 0  # the last step is padding

kernel = np.linspace(-1, 1, 4 * 12, dtype=np.float32).reshape(4, 12)
recurrent_kernel = np.linspace(1, -1, 3 * 12, dtype=np.float32).reshape(3, 12)
bias = np.linspace(0.1, 0.9, 12, dtype=np.float32)

a = tf.keras.Input((3, 2))
b = tf.keras.Input((3, 2))
masked_a = layers.Masking()(a)
masked_b = layers.Masking()(b)

lstm = layers.LSTM(3)
model = tf.keras.Model([a, b], lstm(layers.Add()([masked_a, masked_b])))
lstm.set_weights([kernel[:2], recurrent_kernel, bias])
added = model.predict([x, x], verbose=0)
print("Add", added.sum())

lstm = layers.LSTM(3)
merged = layers.Concatenate()([masked_a, masked_b])
model = tf.keras.Model([a, b], lstm(merged))
lstm.set_weights([kernel, recurrent_kernel, bias])
concatenated = model.predict([x, x], verbose=0)
print("Concatenate", concatenated.sum())
