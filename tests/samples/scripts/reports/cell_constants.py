# A cell of one's own is given a constant in every time step beside its input.
import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

x = np.linspace(-1, 1, 2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)
context = tf.constant(np.linspace(1, 2, 2 * 3).reshape(2, 3), tf.float32)


class Biased(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size = 3
        self.output_size = 3

    def build(self, input_shape):
        self.built = True

    def call(self, inputs, states, constants=None):
        state = states[0] + inputs
        if constants is not None:
            state = state + constants[0]
        return state, [state]


plain = layers.RNN(Biased())(x)
print(plain.numpy())
rnn = layers.RNN(Biased())
biased = rnn(x, constants=context)
print(biased.numpy())
