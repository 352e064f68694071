# /// script
# requires-python = "==3.12.*"
# dependencies = ["tensorflow==2.16.2", "keras==3.11.3", "numpy==1.26.4"]
# [tool.uv]
# exclude-newer = "2026-07-30T23:59:59Z"
# ///
"""Exit code 0: as with keras 3.11.3; 1: as with keras 3.12.0; 125: cannot tell."""
import sys

sys.excepthook = lambda *error: (sys.__excepthook__(*error), sys.exit(125))

import numpy as np
import tensorflow as tf

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 2 * 3).reshape(2, 2, 3)


def give_weights(layer, start):
    values = [np.linspace(start, start + 1, w.size).reshape(w.shape) for w in layer.get_weights()]
    layer.set_weights(values)


def make(layer_class=layers.SimpleRNN, merge_mode='concat', stateful=True, **how):
    both = layers.Bidirectional(layer_class(2, stateful=stateful))
    both.build((2, 2, 3))
    give_weights(both.forward_layer.cell, -0.5)
    give_weights(both.backward_layer.cell, -0.4)
    return both


both = make()
both(x)
try:
    value = both(x[:1])
except Exception as error:
    print(error)
    found = type(error).__name__
    if {'ValueError': 'the batch size of the input sequences must be the same as'}.get(found,
        '') not in ' '.join(str(error).split()):
        found = 'another ' + found
else:
    expected = [[-0.20193103, 0.70060146, -0.020632079, 0.5987265], [-0.23738688, 0.70967203,
        -0.022022441, 0.6294326]]
    found = 'the expected values' if np.shape(value) == (2, 4) and np.allclose(value, expected,
        rtol=0, atol=1e-05) else 'other values'
print('found:', found)
sys.exit({'the expected values': 0, 'ValueError': 1}.get(found, 125))
