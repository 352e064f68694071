# Reported: RNNCellDropoutWrapper drops the cell state of an LSTM too.
# https://github.com/tensorflow/tensorflow/issues/33690
import tensorflow as tf

cell = tf.keras.layers.LSTMCell(
    50, kernel_initializer="zeros", recurrent_initializer="zeros", unit_forget_bias=False
)
dropped = tf.nn.RNNCellDropoutWrapper(cell, state_keep_prob=0.5)
out, (h, c) = dropped(tf.ones((1, 2)), [tf.ones((1, 50)), tf.ones((1, 50))])

# without weights, each gate is one half: c is 0.5, if nothing is dropped
touched = bool(tf.reduce_any(c != 0.5))
print("the cell state is dropped:", touched)
