# /// script
# requires-python = "==3.12.*"
# dependencies = ["tensorflow==2.16.2", "keras==3.4.1", "numpy==1.26.4"]
# [tool.uv]
# exclude-newer = "2024-06-29T23:59:59Z"
# ///
"""Exit code 0: as with tensorflow 2.15.1, keras 2.15.0; 1: as with tensorflow 2.16.2, keras 3.4.1;
125: cannot tell.
"""
import sys

sys.excepthook = lambda *error: (sys.__excepthook__(*error), sys.exit(125))

import numpy as np
import tensorflow as tf

input_dim = 3
num_timesteps = 2
batch_size = 10
nodes = 10
input_layer = tf.keras.Input(shape=(num_timesteps, input_dim), batch_size=batch_size)
cell = tf.keras.layers.LSTMCell(nodes)
lstm = tf.keras.layers.RNN(cell, return_state=True, stateful=True)
lstm_out, hidden_state, cell_state = lstm(input_layer)
try:
    lstm.reset_states(states=[np.ones((batch_size, nodes)), np.ones((batch_size, nodes))])
except Exception as error:
    print(error)
    found = type(error).__name__
    if {'TypeError': 'got an unexpected keyword argument'}.get(found,
        '') not in ' '.join(str(error).split()):
        found = 'another ' + found
else:
    found = 'no error'
print('found:', found)
sys.exit({'no error': 0, 'TypeError': 1}.get(found, 125))
