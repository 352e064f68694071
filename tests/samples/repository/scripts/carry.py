import numpy as np
import tensorflow as tf
from carrying import in_parts

layer = tf.keras.layers.GRU(
    3,
    return_state=True,
    kernel_initializer="ones",
    recurrent_initializer=tf.keras.initializers.Constant(0.5),
)
sequence = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 6, 2)
whole = layer(sequence)[0]
parts = in_parts(layer, sequence, 2)
print("largest difference", float(tf.reduce_max(tf.abs(whole - parts))))
