# /// script
# requires-python = "==3.12.*"
# dependencies = ["tensorflow==2.16.2", "keras==3.4.1", "numpy==1.26.4"]
# [tool.uv]
# exclude-newer = "2026-07-30T23:59:59Z"
# ///
"""Exit code 0: as with keras 3.3.3; 1: as with keras 3.4.1; 125: cannot tell."""
import sys

sys.excepthook = lambda *error: (sys.__excepthook__(*error), sys.exit(125))

import numpy as np
import tensorflow as tf

x = np.linspace(-0.5, 1, 2 * 1 * 2).reshape(2, 1, 2)
h = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
c = np.array([[1.0, 0.5], [-1.0, 0.0]], np.float32)


def make(form, **how):
    ones = {'kernel_initializer': 'ones', 'recurrent_initializer': 'ones'}
    lstm = tf.keras.layers.LSTM(2, **ones)
    inputs = tf.keras.Input((1, 2), name='inputs')
    states = [tf.keras.Input((2,), name='state_' + name) for name in 'hc']
    output = lstm(inputs, initial_state=states)
    return tf.keras.Model([inputs, *states], output)


sequence, hidden, cell = (tf.constant(x), tf.constant(h), tf.constant(c))
named = {'inputs': sequence, 'state_h': hidden, 'state_c': cell}
model = make(list)
value = model(named)
expected = [[0.15866013, 0.051313557], [-0.04204288, 0.6876847]]
observed = [[0.5558988, 0.08469236], [0.28373954, 0.49944115]]
close = [np.shape(value) == (2, 2) and np.allclose(value, each, rtol=0,
    atol=1e-05) for each in (expected, observed)]
found = 'the expected values' if close[0] else 'other values' if close[1] else 'values of neither side'
print('found:', found)
sys.exit({'the expected values': 0, 'other values': 1}.get(found, 125))
