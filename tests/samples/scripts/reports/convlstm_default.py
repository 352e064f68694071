# A ConvLSTM2D as everybody writes it: no recurrent_activation is given.
import numpy as np
import tensorflow as tf

frames = np.linspace(-1, 1, 2 * 3 * 4 * 4, dtype=np.float32).reshape(2, 3, 4, 4, 1)

layer = tf.keras.layers.ConvLSTM2D(
    2, 3, padding="same", kernel_initializer="ones", recurrent_initializer="ones"
)
out = layer(frames)
print(out.shape)
print(np.mean(out))
