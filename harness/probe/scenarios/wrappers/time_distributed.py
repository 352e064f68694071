"""TimeDistributed: around a recurrent layer and inside one, and how often the layer is called."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 2 * 3 * 2, dtype=np.float32).reshape(2, 2, 3, 2)  # (batch, time, ...)
flat = x.reshape(2, 2, 6)


class Counting(layers.Layer):
    """Passes its input on, and counts how often it is built and called."""

    calls = builds = 0

    def build(self, input_shape):
        self.builds += 1
        super().build(input_shape)

    def call(self, inputs):
        self.calls += 1
        return inputs + 1.0

    def compute_output_shape(self, input_shape):
        return input_shape


class WithMask(layers.Layer):
    """Gives 1 for each sample whose mask it gets, and 0 for each sample without."""

    def call(self, inputs, mask=None):
        return tf.zeros_like(inputs[:, :1]) if mask is None else tf.ones_like(inputs[:, :1])


def give_weights(layer, start):
    values = [np.linspace(start, start + 1, w.size).reshape(w.shape) for w in layer.get_weights()]
    layer.set_weights(values)


def make(rnn):
    """A layer with weights, for x step by step."""
    rnn.build((2, 3, 2))
    give_weights(rnn.cell, -0.5)
    return rnn


def scenario(variant, step):
    with step("around an LSTM") as see:
        see(output=layers.TimeDistributed(make(layers.LSTM(2)))(x))

    with step("around a Bidirectional") as see:
        both = layers.Bidirectional(layers.SimpleRNN(2))
        both.build((2, 3, 2))
        give_weights(both.forward_layer, -0.5)
        give_weights(both.backward_layer, -0.4)
        see(output=layers.TimeDistributed(both)(x))

    with step("around a layer with return_state") as see:
        output, state = layers.TimeDistributed(make(layers.SimpleRNN(2, return_state=True)))(x)
        see(output=output, state=state)

    with step("around a stateful layer") as see:
        rnn = make(layers.SimpleRNN(2, stateful=True))
        see(output=layers.TimeDistributed(rnn)(x))

    with step("around a stateful layer, second call") as see:
        steps = layers.TimeDistributed(make(layers.SimpleRNN(2, stateful=True)))
        steps(x)
        see(output=steps(x))

    with step("around a stateful layer, reset_states") as see:
        steps = layers.TimeDistributed(make(layers.SimpleRNN(2, stateful=True)))
        steps(x)
        steps.layer.reset_states()
        see(output=steps(x))

    with step("around a stateful layer, reset_states of the model") as see:
        inputs = tf.keras.Input((2, 3, 2), batch_size=2)
        rnn = make(layers.SimpleRNN(2, stateful=True))
        model = tf.keras.Model(inputs, layers.TimeDistributed(rnn)(inputs))
        model(x)
        model.reset_states()
        see(output=model(x))

    with step("around two inputs") as see:
        one, other = tf.keras.Input((2,)), tf.keras.Input((4,))
        inner = tf.keras.Model([one, other], layers.Concatenate()([other, one]))
        see(output=layers.TimeDistributed(inner)([flat[:, :, :2], flat[:, :, 2:]]))

    with step("calls of the layer") as see:
        counting = Counting()
        output = layers.TimeDistributed(counting)(flat)
        see(output=output, calls=counting.calls, builds=counting.builds)

    with step("calls of the layer in a second call") as see:
        counting = Counting()
        steps = layers.TimeDistributed(counting)
        steps(flat)
        before = counting.calls
        steps(flat)
        see(calls=counting.calls - before, builds=counting.builds)

    with step("calls of the layer, functional, batch size unknown") as see:
        counting = Counting()
        layers.TimeDistributed(counting)(tf.keras.Input((2, 6)))
        see(calls=counting.calls, builds=counting.builds)

    with step("calls of the layer, functional, batch size known") as see:
        counting = Counting()
        layers.TimeDistributed(counting)(tf.keras.Input((2, 6), batch_size=2))
        see(calls=counting.calls, builds=counting.builds)

    with step("calls of the layer, functional, time unknown") as see:
        counting = Counting()
        outputs = layers.TimeDistributed(counting)(tf.keras.Input((None, 6)))
        see(calls=counting.calls, builds=counting.builds, axes=len(outputs.shape))

    with step("a layer of one's own gets the mask") as see:
        mask = tf.constant([[True, False], [True, True]])
        see(output=layers.TimeDistributed(WithMask())(flat, mask=mask))

    with step("masked steps of a layer of one's own") as see:
        mask = tf.constant([[True, False], [True, True]])
        see(output=layers.TimeDistributed(Counting())(flat, mask=mask))

    with step("dropout differs between steps") as see:
        ones = tf.ones((1, 2, 200))
        output = layers.TimeDistributed(layers.Dropout(0.5))(ones, training=True).numpy()
        see(it_drops=(output == 0).any(), masks=1 + int((output[0, 0] != output[0, 1]).any()))


if __name__ == "__main__":
    alone(scenario)
