"""States that a layer keeps: read and assigned, before and after the build, and a second build."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}


def make_gru(**how):
    return layers.GRU(2, **ones, **how)


def built(layer):
    layer.build((2, 3, 2))
    return layer


def shown(states):
    """The container of states, and how many of them there are."""
    several = isinstance(states, (list, tuple))
    return {
        "a_list": isinstance(states, list),
        "a_tuple": isinstance(states, tuple),
        "count": sum(each is not None for each in states) if several else int(states is not None),
    }


def scenario(variant, step):
    with step("read before the build, stateless") as see:
        see(**shown(make_gru().states))

    with step("read before the build, stateful") as see:
        see(**shown(make_gru(stateful=True).states))

    with step("read after a call, stateless") as see:
        gru = make_gru()
        gru(x)
        see(**shown(gru.states))

    with step("read after a call, stateful") as see:
        gru = make_gru(stateful=True)
        gru(x)
        see(**shown(gru.states))

    with step("the state after a call, stateful") as see:
        gru = make_gru(stateful=True)
        output = gru(x)
        see(output=output, state=gru.states[0].numpy())

    with step("returned at the end of a Sequential") as see:
        gru = make_gru(return_state=True)
        output, state = tf.keras.Sequential([tf.keras.Input((3, 2)), gru])(x)
        see(output=output, state=state)

    with step("assigned before the build") as see:
        gru = make_gru(stateful=True)
        gru.states = [tf.Variable(tf.ones((2, 2)))]
        see(output=gru(x))

    with step("assigned after the build, a list of tensors") as see:
        gru = built(make_gru(stateful=True))
        gru.states = [tf.ones((2, 2))]
        see(output=gru(x))

    with step("assigned after the build, into the variable") as see:
        gru = built(make_gru(stateful=True))
        gru.states[0].assign(tf.ones((2, 2)))
        see(output=gru(x))

    with step("a second build") as see:
        gru = make_gru(stateful=True)
        gru(x)
        gru.build((2, 3, 2))
        see(output=gru(x))

    with step("a second build, of another batch size") as see:
        gru = make_gru(stateful=True)
        gru(x)
        gru.build((1, 3, 2))
        see(output=gru(x[:1]))

    with step("a call with fewer rows") as see:
        gru = make_gru(stateful=True)
        gru(x)
        see(output=gru(x[:1]))

    with step("stateful switched on after a call") as see:
        gru = make_gru()
        gru(x)
        gru.stateful = True
        first = gru(x)
        see(first=first, output=gru(x))

    with step("stateful switched off after a call") as see:
        gru = make_gru(stateful=True)
        gru(x)
        gru.stateful = False
        first = gru(x)
        see(first=first, output=gru(x))


if __name__ == "__main__":
    alone(scenario)
