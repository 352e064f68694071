# Reported: the state of a cell that is complex becomes float32 when a stateful layer is reset.
# https://github.com/keras-team/tf-keras/issues/649
import tensorflow as tf


class Rotating(tf.keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = 2
        self.output_size = 2

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        return tf.ones((batch_size, 2), tf.complex64)

    def call(self, inputs, states):
        state = states[0] * tf.constant(1j, tf.complex64)
        return tf.math.real(state) + inputs, [state]


x = tf.zeros((1, 3, 2))
y = tf.keras.layers.RNN(Rotating(), return_sequences=True)(x)
print(y.numpy())
layer = tf.keras.layers.RNN(Rotating(), return_sequences=True, stateful=True)
y = layer(x)
print(y.numpy())
