# A mask that is longer or shorter than the sequence is given to TimeDistributed.
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 60, dtype=np.float32).reshape(4, 5, 3)

layer = tf.keras.layers.TimeDistributed(tf.keras.layers.Dense(2))
layer.build((4, 5, 3))
layer.set_weights([np.linspace(0, 1, 6, dtype=np.float32).reshape(3, 2), np.zeros(2)])

y = layer(x, mask=tf.ones((4, 5), tf.bool))
print(np.mean(y))

y = layer(x, mask=tf.ones((4, 4), tf.bool))
print("mask shorter:", np.mean(y))

y = layer(x, mask=tf.ones((4, 6), tf.bool))
print("mask longer:", np.mean(y))
