import numpy as np
import tensorflow as tf

np.random.seed(42)
tf.random.set_seed(42)

input_dim = 3
output_dim = 3
num_timesteps = 2
batch_size = 10
nodes = 10


class Model:
    def __init__(self):
        input_layer = tf.keras.Input(shape=(num_timesteps, input_dim), batch_size=batch_size)

        cell = tf.keras.layers.LSTMCell(
            nodes,
            kernel_initializer='glorot_uniform',
            recurrent_initializer='glorot_uniform',
            bias_initializer='zeros',
        )

        self.lstm = tf.keras.layers.RNN(
            cell,
            return_state=True,
            return_sequences=True,
            stateful=False,
        )

        lstm_out, hidden_state, cell_state = self.lstm(input_layer)

        output = tf.keras.layers.Dense(output_dim)(lstm_out)

        self.net = tf.keras.Model(
            inputs=input_layer,
            outputs=[output, hidden_state, cell_state]
        )

    def get_zero_initial_state(self, inputs):
        return [tf.zeros((batch_size, nodes)), tf.zeros((batch_size, nodes))]

    def get_initial_state(self, inputs):
        return self.initial_state

    def __call__(self, inputs, states=None):
        if states is None:
            self.lstm.get_initial_state = self.get_zero_initial_state
        else:
            self.initial_state = states
            self.lstm.get_initial_state = self.get_initial_state

        return self.net(inputs, states)


mdl = Model()

# a batch, from zeros
x = np.random.rand(batch_size, num_timesteps, input_dim).astype(np.float32)
out, hidden_state, cell_state = mdl(x)
print(np.mean(out))

# a single sample, from ones
x = np.random.rand(1, num_timesteps, input_dim).astype(np.float32)
states = [tf.ones((1, nodes)), tf.ones((1, nodes))]
out, hidden_state, cell_state = mdl(x, states=states)
print(np.mean(out))

# a single sample, from zeros
out, hidden_state, cell_state = mdl(x)
print(np.mean(out))
