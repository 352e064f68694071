"""Layers whose watched attributes are of every kind: own, inherited, alias, absent, no function."""

from typing import Any


class Layer:
    weights: tuple[()] = ()

    def __init__(self, units: object = 2, **settings: object) -> None:
        self.units, self.settings = units, settings
        self.states: list[object] = []

    def __call__(self, inputs: object, initial_state: object = None) -> object:
        self.states = [initial_state]
        return self.call(inputs)

    def build(self, shape: object) -> None:
        """Makes nothing."""

    def call(self, inputs: object) -> object:
        return inputs

    def get_config(self) -> dict[str, object]:
        return {"name": "layer", "units": self.units}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Layer":
        return cls(config["units"])


class Recurrent(Layer):
    def reset_states(self, states: object = None) -> None:
        """Inherited by all layers with states."""

    reset_state = reset_states


class RNN(Recurrent):
    output_size = 3  # not a function
    inner_loop = max  # hides its signature

    def get_initial_state(self, inputs: object, *others: object, batch_size: int = 1) -> None:
        """Its own."""

    @property
    def state_size(self) -> int:
        return 2


class LSTMCell(Layer):
    def get_initial_state(self, inputs: object = None, dtype: str = "float32") -> None:
        """Its own."""


class GRUCell(Layer):
    @staticmethod
    def get_initial_state(inputs: object = None) -> None:
        """Its own."""


class SimpleRNNCell(Layer):
    pass


class StackedRNNCells(Layer):
    pass


class TimeDistributed(Layer):
    """The probe cannot make an instance: there is no Dense."""
