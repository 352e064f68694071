# Reported: a GRU saved by Keras 2 cannot be loaded, since its config says time_major=False.
# https://github.com/keras-team/keras/issues/20750
import tensorflow as tf

config = {
    "units": 2,
    "kernel_initializer": "ones",
    "recurrent_initializer": "ones",
    "reset_after": True,
    "time_major": False,
}
gru = tf.keras.layers.GRU.from_config(config)
y = gru(tf.ones((1, 3, 2)))
print(y.numpy())
