# A layer that returns its state stands at the end of a Sequential, then inside one.
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)

lstm = layers.LSTM(
    2, kernel_initializer="ones", recurrent_initializer="ones", return_state=True
)
out, h, c = lstm(x)
print(np.mean(out))

model = tf.keras.Sequential([lstm])
out, h, c = model(x)
print(np.mean(out), np.mean(c))

dense = layers.Dense(2, kernel_initializer="ones")
model = tf.keras.Sequential([tf.keras.Input((4, 3)), lstm, dense])
out = model(x)
print(out)
