"""Reset: which stateful layers a model reaches, and a layer before it is built or not stateful."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
half = tf.keras.initializers.Constant(0.5)
how_made = {"kernel_initializer": half, "recurrent_initializer": half}


class Block(layers.Layer):
    """A layer with a layer in it."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs)


class Wrapped(tf.keras.Model):
    """A model with a layer or a model in it."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, inputs):
        return self.inner(inputs)


def make_rnn(**how):
    return layers.SimpleRNN(2, stateful=True, **how_made, **how)


def make_sequential():
    return tf.keras.Sequential([tf.keras.Input((3, 2), batch_size=2), make_rnn()])


def make_functional(inner):
    inputs = tf.keras.Input((3, 2), batch_size=2)
    return tf.keras.Model(inputs, inner(inputs))


def reset_after_two_calls(model, see):
    model(x)
    second = model(x)
    model.reset_states()
    see(second=second, output=model(x))


def reset_layers(model):
    """Reset each layer that can be reset, in the form of its release."""
    for layer in model.layers:
        getattr(layer, "reset_states", getattr(layer, "reset_state", lambda: None))()


def scenario(variant, step):
    with step("of a model, a layer of its own") as see:
        reset_after_two_calls(Wrapped(make_rnn()), see)

    with step("of a model, a layer in a layer") as see:
        reset_after_two_calls(Wrapped(Block(make_rnn())), see)

    with step("of a model, a layer in a Sequential in it") as see:
        reset_after_two_calls(Wrapped(make_sequential()), see)

    with step("of a functional model, a layer in a Sequential in it") as see:
        reset_after_two_calls(make_functional(make_sequential()), see)

    with step("of a functional model, a Bidirectional") as see:
        reset_after_two_calls(make_functional(layers.Bidirectional(make_rnn())), see)

    with step("of each layer of a Sequential") as see:
        model = make_sequential()
        model(x)
        reset_layers(model)
        see(output=model(x))

    with step("of each layer of a functional model, a Sequential in it") as see:
        model = make_functional(make_sequential())
        model(x)
        reset_layers(model)
        see(output=model(x))

    with step("reset_states before the build") as see:
        rnn = make_rnn()
        rnn.reset_states()
        see(output=rnn(x))

    with step("reset_state before the build") as see:
        rnn = make_rnn()
        rnn.reset_state()
        see(output=rnn(x))

    with step("reset_states of a layer that is not stateful") as see:
        rnn = layers.SimpleRNN(2, **how_made)
        rnn(x)
        rnn.reset_states()
        see(output=rnn(x))

    with step("reset_state of a layer that is not stateful") as see:
        rnn = layers.SimpleRNN(2, **how_made)
        rnn(x)
        rnn.reset_state()
        see(output=rnn(x))

    with step("reset_states with two states for one") as see:
        rnn = make_rnn()
        rnn(x)
        rnn.reset_states(states=[np.ones((2, 2), np.float32)] * 2)
        see(output=rnn(x))

    with step("reset_states with a state of one row for two") as see:
        rnn = make_rnn()
        rnn.build(x.shape)  # no call: an error may show the state, which is zeros here
        rnn.reset_states(states=np.ones((1, 2), np.float32))
        see(output=rnn(x))

    with step("reset_states with a tensor") as see:
        rnn = make_rnn()
        rnn(x)
        rnn.reset_states(states=tf.ones((2, 2)))
        see(output=rnn(x))

    with step("reset_states with float64") as see:
        rnn = make_rnn()
        rnn(x)
        rnn.reset_states(states=np.ones((2, 2)))
        see(output=rnn(x))

    with step("reset_states with None") as see:
        rnn = make_rnn()
        rnn(x)
        rnn.reset_states(states=None)
        see(output=rnn(x))


if __name__ == "__main__":
    alone(scenario)
